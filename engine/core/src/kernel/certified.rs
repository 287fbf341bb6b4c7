//! The sign of HMA3 - HMA in a constant number of operations a bar, certified; exact sums where it is in doubt.
//!
//! A combination's answer depends on its lines through the sign of `D = HMA3 - HMA` alone, and [`filter`] computes `D` from
//! running sums. Those gather rounding errors; how far `D` can then be from the reference's is derived in
//! [`bound`](super::bound). Where `|D|` is not above that, the word
//! of 64 bars is computed again in the reference's order ([`across`](super::across)); where many words are in doubt (flat
//! prices, prices without decimals: `D` is exactly 0 there), the combination goes to the exact kernel
//! ([`prefix`](super::prefix)). The answer is the reference's always; only the time depends on the prices.

use super::across;
use super::bound::Bound;
use super::filter::{self, RESTART, Scratch};
use super::lanes::{Blocks, LANES, Lanes};
use super::level::Level;
use super::lines::Windows;
use super::plain::weights;
use super::prefix;
use super::sides::Sides;

/// Words in doubt of all combinations beyond which the exact kernel is faster than word by word.
const MANY: usize = 2_000;
/// Bars below which eight blocks would be mostly what comes before them.
const FEW: usize = 4_096;

/// A series as the filters read it, and what bounds it.
pub struct Prepared<'a> {
    close: &'a [f64],
    blocks: Blocks,
    /// The largest value of each lane after centring, and of the series before it.
    centred: [f64; LANES],
    price: f64,
}

/// Writes the sides of every combination over the prepared series; words in doubt are computed again, exactly.
pub fn sides(level: Level, prepared: &Prepared<'_>, windows: &[Windows], out: &mut [Sides]) {
    let close = prepared.close;
    let mut scratch = Scratch::default();
    let mut in_doubt = Vec::new();
    for (m, windows) in windows.iter().enumerate().filter(|(_, w)| w.first_valid() < close.len()) {
        let steps = RESTART.max(windows.second_longest());
        let bound = Bound::new(windows, steps);
        let least = Lanes(prepared.centred.map(|centred| bound.at(centred, prepared.price)));
        filter::signs(level, &prepared.blocks, windows, least, &mut scratch, &mut out[m]);
        let words = prepared.blocks.words();
        let last = close.len().div_ceil(64);
        // Words before the first valid bar and beyond the series are nobody's.
        let own = windows.first_valid() / 64..last;
        let doubts = scratch.doubts.drain(..).map(|(word, lane)| lane * words + word);
        in_doubt.extend(doubts.filter(|word| own.contains(word)).map(|word| (m, word)));
    }
    repair(level, close, windows, &in_doubt, out);
}

/// Computes the words (combination, word of the series) again, in the reference's order.
fn repair(level: Level, close: &[f64], windows: &[Windows], in_doubt: &[(usize, usize)], out: &mut [Sides]) {
    if in_doubt.len() > MANY {
        let mut which: Vec<usize> = in_doubt.iter().map(|(m, _)| *m).collect();
        which.dedup();
        let chosen: Vec<Windows> = which.iter().map(|&m| windows[m]).collect();
        let mut exact = vec![Sides::new(close.len()); which.len()];
        prefix::sides(level, close, &chosen, &mut exact);
        for (m, exact) in which.into_iter().zip(exact) {
            out[m] = exact;
        }
        return;
    }
    let longest = in_doubt.iter().map(|(m, _)| windows[*m].longest()).max().unwrap_or(0);
    let weights = weights(longest);
    for &(m, word) in in_doubt {
        let bars = (word * 64).max(windows[m].first_valid())..((word + 1) * 64).min(close.len());
        let (slow, fast) = across::lines_at(level, close, &windows[m], &weights, bars.clone());
        out[m].fill(bars.clone(), |bar| fast[bar - bars.start] > slow[bar - bars.start]);
    }
}

impl<'a> Prepared<'a> {
    /// Returns `close`, in which every bar is a number of ordinary size, prepared for combinations of these windows; None
    /// where it is too short for filters to be worth their preparation.
    pub fn new(close: &'a [f64], windows: &[Windows]) -> Option<Self> {
        let valid = windows.iter().filter(|w| w.first_valid() < close.len());
        let reach = valid.map(|w| w.first_longest() + w.second_longest()).max()?;
        if close.len() < FEW {
            return None;
        }
        let blocks = Blocks::new(close, reach, true);
        let size = blocks.steps.iter().fold(Lanes::ZERO, |size, step| {
            let mut size = size;
            for lane in 0..LANES {
                size.0[lane] = size.0[lane].max(step.0[lane].abs());
            }
            size
        });
        let price = close.iter().fold(0.0, |price: f64, bar| price.max(bar.abs()));
        Some(Self { close, blocks, centred: size.0, price })
    }
}
