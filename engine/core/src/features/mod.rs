//! Rolling features of a stream of ticks, in constant time a tick: every kind over every window.
//!
//! | kind | of the window's prices p (oldest first, 1..w) and volumes v | computed by | agrees with the definition |
//! |---|---|---|---|
//! | mean | sum p / w | running sum | 1e-12 of the price |
//! | deviation | square root of the sum of squares about the mean / (w - 1) | running sums | 1e-8 of itself |
//! | z | (last p - mean) / deviation | running sums | 1e-8 of 1 + itself |
//! | weighted | sum k p_k / (w (w + 1) / 2) | running sums | 1e-12 of the price |
//! | exponential | weights (1 - a)^(w - k) of p_k over their sum, a = 2 / (w + 1) | running sum | 1e-12 of the price |
//! | minimum, maximum | | kept; the window is looked through where it leaves | the same bits |
//! | position | (last p - minimum) / (maximum - minimum) | | the same bits |
//! | change | last p / first p - 1 | | the same bits |
//! | correlation | of p and v (Pearson) | running sums | 1e-7 |
//! | quartile | the price of rank (w - 1) / 4, rounded down, from 0 | kept with its rank; looked through where that moves | the same bits |
//! | turnover | sum p v | running sum | 1e-12 of the sum of their sizes |
//! | average | turnover / sum v | running sums | 1e-12 of the price where volumes are not all but 0 |
//!
//! Every feature is a function of the last w ticks and of nothing before: what research computes from a slice is what is
//! computed here from a stream, to the bound. A window that is not full yet has none (NaN), nor has one what its division
//! by zero would be: z, position and correlation where prices are all the same, correlation where volumes are, average
//! where nothing was traded. Deviation is exactly 0 where prices are all the same.
//!
//! How far the running sums drift, and why no further: [`sums`].

pub mod cycle;
mod history;
pub mod inference;

mod order;
mod sums;

use std::fmt;

use bytemuck::{Pod, Zeroable};

use crate::kernel::level::{Level, at_each_level};
use crate::kernel::simd::Simd;
use history::History;
use order::Orders;
use sums::Sums;

/// Windows, ticks; ascending.
pub const WINDOWS: [usize; N] =
    [10, 12, 15, 18, 22, 27, 33, 40, 50, 60, 75, 90, 110, 135, 165, 200, 250, 300, 370, 450, 550, 670, 820, 1000];
/// How many windows there are.
pub const N: usize = 24;
/// The kinds, in the order of the features.
pub const KINDS: [&str; N_KINDS] = [
    "mean",
    "deviation",
    "z",
    "weighted",
    "exponential",
    "minimum",
    "maximum",
    "position",
    "change",
    "correlation",
    "quartile",
    "turnover",
    "average",
];
const N_KINDS: usize = 13;
/// How many features there are: kind k over window w is number k * 24 + w.
pub const COUNT: usize = N_KINDS * N;
/// Prices and volumes above it are refused: their squares and products are to stay numbers.
pub const LARGEST: f64 = 1e100;

/// A value a window.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C, align(64))]
struct Row([f64; N]);

impl Row {
    const ZERO: Self = Self([0.0; N]);
}

/// A price or a volume that is none; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoTick {
    /// As given.
    pub price: f64,
    /// As given.
    pub volume: f64,
}

impl fmt::Display for NoTick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { price, volume } = self;
        write!(f, "expected a price above 0 and a volume of at least 0, neither above 1e100, got {price} and {volume}")
    }
}

impl std::error::Error for NoTick {}

/// The features of a stream, kept up to date tick by tick; its memory does not grow.
#[derive(Debug)]
pub struct Features {
    level: Level,
    state: Box<State>,
}

#[derive(Debug)]
struct State {
    history: History,
    sums: Sums,
    orders: Orders,
    /// Windows that are full: the first so many.
    full: usize,
    /// Ticks in a row, up to now, with the same price; with the same volume.
    same: (u64, u64),
    out: [Row; N_KINDS],
}

impl Features {
    /// Returns the features of a stream that has not begun.
    pub fn new(level: Level) -> Self {
        let (history, sums, orders) = (History::new(), Sums::new(), Orders::new());
        let out = [Row([f64::NAN; N]); N_KINDS];
        Self { level, state: Box::new(State { history, sums, orders, full: 0, same: (0, 0), out }) }
    }

    /// Takes in a tick, and returns the [`COUNT`] features of the windows that end with it; NaN where there is none.
    ///
    /// # Errors
    /// - The price or the volume is none; nothing has changed.
    #[inline]
    pub fn push(&mut self, price: f64, volume: f64) -> Result<&[f64], NoTick> {
        if !(price > 0.0 && price <= LARGEST && (0.0..=LARGEST).contains(&volume)) {
            return Err(NoTick { price, volume });
        }
        push(self.level, &mut self.state, price, volume);
        Ok(self.latest())
    }

    /// Returns the [`COUNT`] features of the newest tick.
    #[inline]
    pub fn latest(&self) -> &[f64] {
        bytemuck::cast_slice(&self.state.out)
    }
}

at_each_level! {
    fn push(state: &mut State, price: f64, volume: f64) = push_at
}

#[inline(always)]
fn push_at<S: Simd>(state: &mut State, price: f64, volume: f64) {
    let State { history, sums, orders, full, same, out } = state;
    let (last_price, last_volume) = history.window(1);
    same.0 = if last_price[0] == price { same.0 + 1 } else { 1 };
    same.1 = if last_volume[0] == volume { same.1 + 1 } else { 1 };
    history.push(price, volume);
    let leaving = history.leaving();
    sums.push(price, volume, &leaving, *full, history);
    orders.push::<S>(price, &leaving.0, *full, history);
    if *full < N && history.ticks == WINDOWS[*full] as u64 {
        sums.begin(*full, history);
        orders.begin(*full, history.window(WINDOWS[*full]).0);
        *full += 1;
    }
    let first = history.first();
    write(out, price, volume, &first, sums, orders, *same);
    if *full < N {
        for row in out {
            row.0[*full..].fill(f64::NAN);
        }
    }
}

/// Writes every kind of every window.
#[inline(always)]
fn write(
    out: &mut [Row; N_KINDS],
    price: f64,
    volume: f64,
    first: &Row,
    sums: &Sums,
    orders: &Orders,
    same: (u64, u64),
) {
    let moments = sums.moments();
    out[0] = moments.mean;
    out[3] = moments.weighted;
    out[4] = moments.exponential;
    out[5] = orders.smallest;
    out[6] = orders.largest;
    out[10] = orders.quartile;
    out[11] = moments.turnover;
    for k in 0..N {
        let (smallest, largest) = (orders.smallest.0[k], orders.largest.0[k]);
        // Sums may leave a trace where there is none.
        let deviation = if smallest == largest { 0.0 } else { moments.deviation.0[k] };
        out[1].0[k] = deviation;
        out[2].0[k] = if deviation > 0.0 { (price - moments.mean.0[k]) / deviation } else { f64::NAN };
        out[7].0[k] = (price - smallest) / (largest - smallest);
        out[8].0[k] = price / first.0[k] - 1.0;
        out[9].0[k] = moments.correlation.0[k].clamp(-1.0, 1.0);
        out[12].0[k] = moments.turnover.0[k] / moments.volume.0[k];
    }
    // Windows with nothing but one price, or one volume, are the shortest so many.
    for (k, window) in WINDOWS.into_iter().enumerate() {
        let (prices, volumes) = (same.0 >= window as u64, same.1 >= window as u64);
        if prices || volumes {
            out[9].0[k] = f64::NAN;
        }
        if volumes && volume == 0.0 {
            out[11].0[k] = 0.0;
            out[12].0[k] = f64::NAN;
        }
    }
}
