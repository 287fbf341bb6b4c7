//! The newest ticks, side by side in memory.

use super::{N, Row, WINDOWS};

/// Ticks between an entry and its copy: a power of two, above the longest window.
const APART: usize = 1024;
const LONGEST: usize = WINDOWS[N - 1];
const _: () = assert!(LONGEST < APART);

/// The newest prices and volumes. Each is written twice, so that every window is one slice.
#[derive(Debug)]
pub struct History {
    prices: [f64; 2 * APART],
    volumes: [f64; 2 * APART],
    /// How many ticks came so far.
    pub ticks: u64,
}

impl History {
    pub fn new() -> Self {
        Self { prices: [0.0; 2 * APART], volumes: [0.0; 2 * APART], ticks: 0 }
    }

    #[inline(always)]
    pub fn push(&mut self, price: f64, volume: f64) {
        let at = self.ticks as usize % APART;
        self.prices[at] = price;
        self.prices[at + APART] = price;
        self.volumes[at] = volume;
        self.volumes[at + APART] = volume;
        self.ticks += 1;
    }

    /// Returns the place of the newest tick; a whole [`APART`] lies before it.
    #[inline(always)]
    fn newest(&self) -> usize {
        (self.ticks as usize).wrapping_sub(1) % APART + APART
    }

    /// Returns the prices and volumes of the newest `window` ticks, oldest first.
    #[inline(always)]
    pub fn window(&self, window: usize) -> (&[f64], &[f64]) {
        let end = self.newest() + 1;
        (&self.prices[end - window..end], &self.volumes[end - window..end])
    }

    /// Returns, of each window, the price and the volume that the newest tick drives out of it.
    #[inline(always)]
    pub fn leaving(&self) -> (Row, Row) {
        let before = self.newest() - LONGEST;
        let (prices, volumes) = (&self.prices[before..=before + LONGEST], &self.volumes[before..=before + LONGEST]);
        let (mut of_prices, mut of_volumes) = (Row::ZERO, Row::ZERO);
        for k in 0..N {
            of_prices.0[k] = prices[LONGEST - WINDOWS[k]];
            of_volumes.0[k] = volumes[LONGEST - WINDOWS[k]];
        }
        (of_prices, of_volumes)
    }

    /// Returns the first price of each window.
    #[inline(always)]
    pub fn first(&self) -> Row {
        let before = self.newest() + 1 - LONGEST;
        let prices = &self.prices[before..before + LONGEST];
        let mut first = Row::ZERO;
        for k in 0..N {
            first.0[k] = prices[LONGEST - WINDOWS[k]];
        }
        first
    }
}
