//! Which side to be on, a bit a bar, and what following it earns.
//!
//! A kernel's answer depends on its two lines through nothing but the sign of their difference. As bits, a bar that
//! changes nothing costs a 64th of an operation, and the arithmetic of trades is done where trades are.

use std::ops::Range;

/// Cost of a round trip, in percentage points.
pub const FEE_PP: f64 = 0.09;

/// A bit a bar: set where HMA3 is above HMA.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides {
    words: Vec<u64>,
}

impl Sides {
    /// Returns the sides of `bars` bars, all clear.
    pub fn new(bars: usize) -> Self {
        Self { words: vec![0; bars.div_ceil(64)] }
    }

    /// Returns the words, 64 bars each, the oldest bar lowest.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// Makes the bits of `bars` those of `above`, called once a bar, oldest first.
    pub fn fill(&mut self, bars: Range<usize>, mut above: impl FnMut(usize) -> bool) {
        for bar in bars {
            let bit = 1 << (bar % 64);
            if above(bar) {
                self.words[bar / 64] |= bit;
            } else {
                self.words[bar / 64] &= !bit;
            }
        }
    }
}

/// Who follows the sides: what was earned so far, and what is open.
#[derive(Debug, Clone, Copy, Default)]
pub struct Follower {
    /// PnL in percentage points.
    pub pnl: f64,
    /// Closed trades.
    pub trades: i64,
    // 0 before the first valid bar, then +1 or -1 for good.
    position: i32,
    entry: f64,
}

impl Follower {
    /// Follows `sides` over the bars `valid` of `close`; bars outside of it have no side and change nothing.
    pub fn follow(&mut self, close: &[f64], sides: &Sides, valid: Range<usize>) {
        let Range { start, end } = valid;
        if start >= end {
            return;
        }
        if self.position == 0 {
            self.position = if sides.words[start / 64] >> (start % 64) & 1 == 1 { 1 } else { -1 };
            self.entry = close[start];
        }
        for word in start / 64..end.div_ceil(64) {
            let held = if self.position > 0 { u64::MAX } else { 0 };
            let before = mask(start, word);
            // Bars before the first valid one count as held, so that they are no change.
            let bits = (sides.words[word] & !before) | (held & before);
            let mut changes = (bits ^ (bits << 1 | held & 1)) & mask(end, word);
            while changes != 0 {
                self.reverse(close[word * 64 + changes.trailing_zeros() as usize]);
                changes &= changes - 1;
            }
        }
    }

    fn reverse(&mut self, price: f64) {
        self.pnl += f64::from(self.position) * (price - self.entry) / self.entry * 100.0 - FEE_PP;
        self.trades += 1;
        self.position = -self.position;
        self.entry = price;
    }
}

/// Returns the bits of `word` whose bars come before `bar`.
fn mask(bar: usize, word: usize) -> u64 {
    match bar.saturating_sub(word * 64) {
        0 => 0,
        before @ 1..64 => (1 << before) - 1,
        _ => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition: bar by bar.
    fn slow(close: &[f64], above: &[bool], valid: Range<usize>, state: &mut (f64, i64, i32, f64)) {
        for bar in valid {
            let side = if above[bar] { 1 } else { -1 };
            if side != state.2 {
                if state.2 != 0 {
                    state.0 += f64::from(state.2) * (close[bar] - state.3) / state.3 * 100.0 - FEE_PP;
                    state.1 += 1;
                }
                (state.2, state.3) = (side, close[bar]);
            }
        }
    }

    proptest! {
        #[test]
        fn following_bits_is_following_bars(
            bars in proptest::collection::vec((90.0..110.0_f64, any::<bool>()), 0..400),
            cuts in [0..400_usize, 0..400, 0..400, 0..400],
        ) {
            let (close, above): (Vec<_>, Vec<_>) = bars.into_iter().unzip();
            let mut cuts = cuts.map(|cut| cut.min(close.len()));
            cuts.sort_unstable();
            let mut sides = Sides::new(close.len());
            sides.fill(0..close.len(), |bar| above[bar]);
            let (mut follower, mut state) = (Follower::default(), (0.0, 0, 0, 0.0));
            for valid in [cuts[0]..cuts[1], cuts[2]..cuts[3]] {
                follower.follow(&close, &sides, valid.clone());
                slow(&close, &above, valid, &mut state);
            }
            prop_assert_eq!((follower.pnl.to_bits(), follower.trades), (state.0.to_bits(), state.1));
        }
    }
}
