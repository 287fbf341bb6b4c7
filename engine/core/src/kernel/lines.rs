//! What every fast kernel shares: six windows as sizes, where a combination's lines begin, and a sweep made of lines.

use std::ops::Range;

use super::Sweep;
use super::sides::{Follower, Sides};
use crate::combination::Combination;

/// The six windows of a combination, as sizes of slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Of HMA's faster average.
    pub half: usize,
    /// Of HMA's slower one.
    pub full: usize,
    /// Of HMA itself.
    pub sq: usize,
    /// Of HMA3's fastest average.
    pub p3: usize,
    /// Of HMA3's middle one.
    pub p2: usize,
    /// Of HMA3's slowest, and of HMA3 itself.
    pub p: usize,
}

impl From<&Combination> for Windows {
    fn from(c: &Combination) -> Self {
        // At most MAX_WINDOW, which any usize holds.
        let [half, full, sq, p3, p2, p] = [c.half, c.full, c.sq, c.p3, c.p2, c.p].map(|n| n as usize);
        Self { half, full, sq, p3, p2, p }
    }
}

impl Windows {
    /// Returns the longest of the six.
    pub fn longest(&self) -> usize {
        self.first_longest().max(self.second_longest())
    }

    /// Returns the longest of those over prices.
    pub fn first_longest(&self) -> usize {
        self.half.max(self.full).max(self.p3).max(self.p2).max(self.p)
    }

    /// Returns the longest of those over differences of averages.
    pub fn second_longest(&self) -> usize {
        self.sq.max(self.p)
    }

    /// Returns the first bar at which both lines are valid, counted from a bar before which there is none.
    pub fn first_valid(&self) -> usize {
        let hma = self.half.max(self.full) + self.sq;
        let hma3 = self.p3.max(self.p2).max(self.p) + self.p;
        hma.max(hma3) - 2
    }
}

/// Returns the longest stretches of bars that have a price.
pub fn stretches(close: &[f64]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut begin = None;
    for (bar, price) in close.iter().enumerate() {
        match (price.is_nan(), begin) {
            (false, None) => begin = Some(bar),
            (true, Some(first)) => {
                found.push(first..bar);
                begin = None;
            }
            _ => {}
        }
    }
    found.extend(begin.map(|first| first..close.len()));
    found
}

/// Returns a sweep, combination by combination, of which `lines` gives HMA and HMA3.
pub fn sweep_of(
    close: &[f64],
    combinations: &[Combination],
    mut lines: impl FnMut(&[f64], &Windows) -> (Vec<f64>, Vec<f64>),
) -> Sweep {
    let mut result = Sweep::default();
    for windows in combinations.iter().map(Windows::from) {
        let mut follower = Follower::default();
        // A window that never fills makes no line, and no line no trade.
        if windows.first_valid() < close.len() {
            let (slow, fast) = lines(close, &windows);
            follow_lines(&mut follower, close, &slow, &fast);
        }
        result.push(follower);
    }
    result
}

/// Follows two lines over all bars where both are numbers.
fn follow_lines(follower: &mut Follower, close: &[f64], slow: &[f64], fast: &[f64]) {
    let mut sides = Sides::new(close.len());
    let mut valid = 0..0;
    for bar in 0..close.len() {
        if slow[bar].is_nan() || fast[bar].is_nan() {
            follower.follow(close, &sides, valid.clone());
            valid = bar + 1..bar + 1;
        } else {
            valid.end = bar + 1;
        }
        sides.fill(bar..bar + 1, |bar| fast[bar] > slow[bar]);
    }
    follower.follow(close, &sides, valid);
}
