//! Every window that starts at a bar, in one pass: the exact kernel.
//!
//! **Shared prefixes.** Summed oldest first, a window of w bars is the first w terms of any longer window with the same
//! start. So one chain of sums over the longest window gives the averages of *all* windows of *all* combinations over
//! prices, to the last bit, for the price of one. What is left to each combination alone is the second averaging, over
//! differences that no other combination has.
//!
//! **Lanes.** Eight blocks of the series run side by side ([`Blocks`]), so that every load is aligned and every operation
//! is whole. In the second averaging, eight neighbouring outputs share what is loaded: each step of the loop loads one
//! new value and makes eight products.
//!
//! **Tiles.** Averages over prices are kept for as long as the longest window makes them wait, in rings that together
//! stay near the second cache.

use super::divisor::Divisor;
use super::lanes::{Bits, Blocks, LANES, Lanes};
use super::level::at_each_level;
use super::lines::Windows;
use super::neighbours::{FEW, MANY, add_products, standing, walking};
use super::plain::{weight_sum, weights};
use super::sides::Sides;
use super::simd::{Shifted, Simd, Values};

/// Steps a tile; divides 64.
const TILE: usize = 32;
/// Starts whose chains run at once.
const STARTS: usize = 4;

at_each_level! {
    /// Writes the sides of every combination over `close`, in which every bar is a number of ordinary size.
    pub fn sides(close: &[f64], windows: &[Windows], out: &mut [Sides]) = sides_body
}

#[inline(always)]
fn sides_body<S: Simd>(close: &[f64], windows: &[Windows], out: &mut [Sides]) {
    if let Some(mut tiles) = Tiles::new(close, windows) {
        let bits = vec![Bits::ZERO; windows.len()];
        let block = tiles.block;
        tiles.run::<S>(&mut Signs { bits, block, out });
    }
}

at_each_level! {
    /// Writes HMA and HMA3 of one combination over `close`, in which every bar is a number of ordinary size, from the
    /// first bar on at which both are valid.
    pub fn lines(close: &[f64], windows: &Windows, slow_out: &mut [f64], fast_out: &mut [f64]) = lines_body
}

#[inline(always)]
fn lines_body<S: Simd>(close: &[f64], windows: &Windows, slow_out: &mut [f64], fast_out: &mut [f64]) {
    if let Some(mut tiles) = Tiles::new(close, std::slice::from_ref(windows)) {
        let (block, first) = (tiles.block, windows.first_valid());
        tiles.run::<S>(&mut Both { block, first, slow_out, fast_out });
    }
}

/// What becomes of the lines of a tile. A trait and no closure: a closure that the compiler does not inline would be
/// compiled for the least instructions, whatever calls it.
trait Sink<S: Simd> {
    /// Takes (HMA, HMA3) of a combination from step `step` of the blocks on.
    fn take(&mut self, combination: usize, step: usize, slow: &[Lanes; TILE], fast: &[Lanes; TILE]);
}

struct Signs<'a> {
    bits: Vec<Bits>,
    block: usize,
    out: &'a mut [Sides],
}

impl<S: Simd> Sink<S> for Signs<'_> {
    #[inline(always)]
    fn take(&mut self, combination: usize, step: usize, slow: &[Lanes; TILE], fast: &[Lanes; TILE]) {
        let held = &mut self.bits[combination];
        let mut bits = Shifted::<S>::load(held);
        for (slow, fast) in slow.iter().zip(fast) {
            bits = bits.push_above(Values::load(fast), Values::load(slow));
        }
        bits.store(held);
        if (step + TILE).is_multiple_of(64) {
            let words = self.out[combination].words_mut();
            for lane in 0..LANES {
                if let Some(word) = words.get_mut((lane * self.block + step) / 64) {
                    *word = held.0[lane];
                }
            }
        }
    }
}

struct Both<'a> {
    block: usize,
    first: usize,
    slow_out: &'a mut [f64],
    fast_out: &'a mut [f64],
}

impl<S: Simd> Sink<S> for Both<'_> {
    #[inline(always)]
    fn take(&mut self, _: usize, step: usize, slow: &[Lanes; TILE], fast: &[Lanes; TILE]) {
        for offset in 0..TILE {
            for lane in 0..LANES {
                let bar = lane * self.block + step + offset;
                if (self.first..self.slow_out.len()).contains(&bar) {
                    (self.slow_out[bar], self.fast_out[bar]) = (slow[offset].0[lane], fast[offset].0[lane]);
                }
            }
        }
    }
}

/// The averages of one window over prices, for as long as they are waited for.
struct Ring {
    window: usize,
    weight_sum: Divisor,
    /// A multiple of [`TILE`], so that a tile is never cut.
    values: Vec<Lanes>,
}

impl Ring {
    /// Returns the averages of a tile.
    #[inline(always)]
    fn at(&self, tile: usize) -> &[Lanes] {
        &self.values[tile % self.values.len()..][..TILE]
    }
}

/// A second averaging: its differences, oldest first, with those of before the tile in front.
struct Second {
    window: usize,
    weight_sum: Divisor,
    differences: Vec<Lanes>,
    /// Where the differences of before the tile begin.
    at: usize,
}

impl Second {
    /// Tiles between two moves of what came before to the front.
    const TILES: usize = 2;

    fn new(window: usize) -> Self {
        // MANY more, for the last step loads ahead of what it needs.
        let differences = vec![Lanes::ZERO; window - 1 + Self::TILES * TILE + MANY];
        Self { window, weight_sum: Divisor::new(weight_sum(window)), differences, at: 0 }
    }

    /// Returns where the differences of the next tile go.
    #[inline(always)]
    fn next(&mut self) -> &mut [Lanes] {
        &mut self.differences[self.at + self.window - 1..][..TILE]
    }

    /// Writes the weighted moving averages of the tile whose differences were written.
    #[inline(always)]
    fn average<S: Simd>(&mut self, weights: &[f64], out: &mut [Lanes; TILE]) {
        let before = self.window - 1;
        let span = &self.differences[self.at..][..before + TILE + MANY];
        let weights = &weights[..self.window];
        // As many neighbours as there are registers for; where there are few, what is loaded is not kept either.
        if S::REGISTERS >= 3 * MANY {
            for (first, out) in (0..TILE).step_by(MANY).zip(out.as_chunks_mut::<MANY>().0) {
                self.weight_sum.divided(walking::<S>(&span[first..], weights), out);
            }
        } else {
            for (first, out) in (0..TILE).step_by(FEW).zip(out.as_chunks_mut::<FEW>().0) {
                self.weight_sum.divided(standing::<S>(&span[first..], weights), out);
            }
        }
        self.at += TILE;
        if self.at == Self::TILES * TILE {
            self.differences.copy_within(self.at..self.at + before, 0);
            self.at = 0;
        }
    }
}

/// One combination: which rings it reads, and its two second averagings.
struct Reader {
    /// Of half, full, p3, p2, p.
    rings: [usize; 5],
    slow: Second,
    fast: Second,
}

struct Tiles {
    steps: Vec<Lanes>,
    reach: usize,
    block: usize,
    weights: Vec<f64>,
    rings: Vec<Ring>,
    readers: Vec<Reader>,
}

impl Tiles {
    /// Returns the tiles of `close`; None where no combination has a valid bar.
    fn new(close: &[f64], windows: &[Windows]) -> Option<Self> {
        let longest = windows.iter().filter(|w| w.first_valid() < close.len());
        let first = longest.clone().map(Windows::first_longest).max()?;
        let second = longest.map(Windows::second_longest).max()?;
        let reach = (first + second).next_multiple_of(64);
        let Blocks { mut steps, block, .. } = Blocks::new(close, reach, false);
        // Chains run on to the end of the longest window; what they find beyond the series is not read.
        steps.resize(reach + block + first + STARTS, Lanes::ZERO);
        // A window that never fills is read as one of a single bar, and its sides are not followed.
        let of = |n: usize| if n <= first { n } else { 1 };
        let mut lengths: Vec<usize> = windows.iter().flat_map(|w| [w.half, w.full, w.p3, w.p2, w.p]).map(of).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let ring = |&window: &usize| Ring {
            window,
            weight_sum: Divisor::new(weight_sum(window)),
            values: vec![Lanes::ZERO; (TILE + window - 1).next_multiple_of(TILE)],
        };
        let at = |n: usize| lengths.binary_search(&of(n)).unwrap_or_default();
        let second_of = |n: usize| Second::new(if n <= second { n } else { 1 });
        let readers = windows.iter().map(|w| Reader {
            rings: [w.half, w.full, w.p3, w.p2, w.p].map(at),
            slow: second_of(w.sq),
            fast: second_of(w.p),
        });
        let readers = readers.collect();
        let rings = lengths.iter().map(ring).collect();
        Some(Self { steps, reach, block, weights: weights(first.max(second)), rings, readers })
    }

    /// Hands every tile of the blocks to `sink`, oldest first, combination by combination.
    #[inline(always)]
    fn run<S: Simd>(&mut self, sink: &mut impl Sink<S>) {
        let (mut slow, mut fast) = ([Lanes::ZERO; TILE], [Lanes::ZERO; TILE]);
        let (two, three) = (Values::<S>::splat(2.0), Values::<S>::splat(3.0));
        for tile in (0..self.reach + self.block).step_by(TILE) {
            for start in (tile..tile + TILE).step_by(STARTS) {
                self.averages_from::<S>(start);
            }
            for (combination, reader) in self.readers.iter_mut().enumerate() {
                let [half, full, p3, p2, p] = reader.rings;
                let (half, full) = (self.rings[half].at(tile), self.rings[full].at(tile));
                let next = reader.slow.next();
                for i in 0..TILE {
                    (two * Values::load(&half[i]) - Values::load(&full[i])).store(&mut next[i]);
                }
                let (p3, p2, p) = (self.rings[p3].at(tile), self.rings[p2].at(tile), self.rings[p].at(tile));
                let next = reader.fast.next();
                for i in 0..TILE {
                    let (p3, p2, p) = (Values::load(&p3[i]), Values::load(&p2[i]), Values::load(&p[i]));
                    (three * p3 - p2 - p).store(&mut next[i]);
                }
                reader.slow.average::<S>(&self.weights, &mut slow);
                reader.fast.average::<S>(&self.weights, &mut fast);
                if tile >= self.reach {
                    sink.take(combination, tile - self.reach, &slow, &fast);
                }
            }
        }
    }

    /// Adds to every ring the averages of the windows that begin at `start` and the [`STARTS`] - 1 steps after it.
    #[inline(always)]
    fn averages_from<S: Simd>(&mut self, start: usize) {
        let mut totals = [Values::<S>::splat(0.0); STARTS];
        let mut summed = 0;
        for ring in &mut self.rings {
            let span = &self.steps[start + summed..start + ring.window + STARTS - 1];
            let weights = &self.weights[summed..ring.window];
            totals = add_products(span, weights, totals);
            summed = ring.window;
            // The window from `start` is full at its last step.
            let mut slot = (start + ring.window - 1) % ring.values.len();
            for total in totals {
                ring.weight_sum.divide::<S>(total).store(&mut ring.values[slot]);
                slot += 1;
                if slot == ring.values.len() {
                    slot = 0;
                }
            }
        }
    }
}
