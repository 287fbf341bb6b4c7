//! Smallest, largest and quartile of every window: kept, and looked for again where they leave or move on.
//!
//! A tick enters a window and one leaves it. The smallest price stays unless it is the one that leaves; the price of a rank
//! stays unless the two lie on different sides of it, and then it moves to the next one. Only then is the window looked
//! through, eight prices at a time. What is kept is what sorting would find, ties included.

use super::history::History;
use super::{N, Row, WINDOWS};
use crate::kernel::lanes::LANES;
use crate::kernel::simd::{Simd, Values};

/// What is kept of every window; counts are whole numbers.
#[derive(Debug)]
pub struct Orders {
    pub smallest: Row,
    pub largest: Row,
    pub quartile: Row,
    /// Prices below the quartile, and those equal to it.
    below: Row,
    equal: Row,
}

/// Returns the rank of the quartile in a window of `ticks`, from 0.
const fn rank(ticks: usize) -> usize {
    (ticks - 1) / 4
}

const RANKS: Row = {
    let mut ranks = [0.0; N];
    let mut k = 0;
    while k < N {
        ranks[k] = rank(WINDOWS[k]) as f64;
        k += 1;
    }
    Row(ranks)
};

impl Orders {
    pub fn new() -> Self {
        let zero = Row::ZERO;
        Self { smallest: zero, largest: zero, quartile: zero, below: zero, equal: zero }
    }

    /// Takes in the newest tick of `history`, which drives `leaving` out of the windows; the first `full` are kept.
    #[inline(always)]
    pub fn push<S: Simd>(&mut self, price: f64, leaving: &Row, full: usize, history: &History) {
        let (mut small, mut large, mut moved) = (0_u32, 0_u32, 0_u32);
        for k in 0..N {
            let (left, smallest, largest) = (leaving.0[k], self.smallest.0[k], self.largest.0[k]);
            small |= u32::from(left == smallest && price > smallest) << k;
            large |= u32::from(left == largest && price < largest) << k;
            self.smallest.0[k] = if price < smallest { price } else { smallest };
            self.largest.0[k] = if price > largest { price } else { largest };
        }
        for k in 0..N {
            let (left, quartile) = (leaving.0[k], self.quartile.0[k]);
            self.below.0[k] += one(price < quartile) - one(left < quartile);
            self.equal.0[k] += one(price == quartile) - one(left == quartile);
            let (below, rank) = (self.below.0[k], RANKS.0[k]);
            moved |= u32::from(rank < below || rank >= below + self.equal.0[k]) << k;
        }
        let kept = ((1_u64 << full) - 1) as u32;
        for k in Bits(small & kept) {
            self.smallest.0[k] = least_above::<S>(history.window(WINDOWS[k]).0, f64::NEG_INFINITY).0;
        }
        for k in Bits(large & kept) {
            self.largest.0[k] = greatest_below::<S>(history.window(WINDOWS[k]).0, f64::INFINITY).0;
        }
        for k in Bits(moved & kept) {
            self.step::<S>(k, history.window(WINDOWS[k]).0);
        }
    }

    /// Moves the quartile to the next price: one tick came and one went, so it is no further.
    #[inline(always)]
    fn step<S: Simd>(&mut self, k: usize, prices: &[f64]) {
        if RANKS.0[k] < self.below.0[k] {
            let (price, count) = greatest_below::<S>(prices, self.quartile.0[k]);
            self.quartile.0[k] = price;
            self.below.0[k] -= count;
            self.equal.0[k] = count;
        } else {
            let (price, count) = least_above::<S>(prices, self.quartile.0[k]);
            self.below.0[k] += self.equal.0[k];
            self.quartile.0[k] = price;
            self.equal.0[k] = count;
        }
    }

    /// Begins with window number `k`, which has just become full.
    pub fn begin(&mut self, k: usize, prices: &[f64]) {
        let mut sorted = prices.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let quartile = sorted[rank(WINDOWS[k])];
        self.smallest.0[k] = sorted[0];
        self.largest.0[k] = sorted[sorted.len() - 1];
        self.quartile.0[k] = quartile;
        self.below.0[k] = sorted.partition_point(|price| *price < quartile) as f64;
        self.equal.0[k] = sorted.partition_point(|price| *price <= quartile) as f64 - self.below.0[k];
    }
}

#[inline(always)]
fn one(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

/// Numbers of the bits that are set.
struct Bits(u32);

impl Iterator for Bits {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let lowest = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(lowest)
    }
}

/// Returns the smallest price above `bound`, infinity where there is none, and how often it is there.
#[inline(always)]
fn least_above<S: Simd>(prices: &[f64], bound: f64) -> (f64, f64) {
    let (bound, none) = (Values::<S>::splat(bound), Values::<S>::splat(f64::INFINITY));
    let (fours, eights, last) = cut(prices);
    // Four chains, for each would wait for itself.
    let [mut a, mut b, mut c, mut d] = [none; 4];
    for [w, x, y, z] in fours {
        let (w, x, y, z) = (load::<S>(w), load::<S>(x), load::<S>(y), load::<S>(z));
        a = w.where_above(bound, w, none).min(a);
        b = x.where_above(bound, x, none).min(b);
        c = y.where_above(bound, y, none).min(c);
        d = z.where_above(bound, z, none).min(d);
    }
    for eight in eights {
        let x = load::<S>(eight);
        a = x.where_above(bound, x, none).min(a);
    }
    let x = load::<S>(last);
    b = x.where_above(bound, x, none).min(b);
    let mut lanes = [0.0; LANES];
    a.min(b).min(c.min(d)).to_slice(&mut lanes);
    let mut found = f64::INFINITY;
    for price in lanes {
        found = if price < found { price } else { found };
    }
    (found, count::<S>(prices, found))
}

/// Returns the largest price below `bound`, minus infinity where there is none, and how often it is there.
#[inline(always)]
fn greatest_below<S: Simd>(prices: &[f64], bound: f64) -> (f64, f64) {
    let (bound, none) = (Values::<S>::splat(bound), Values::<S>::splat(f64::NEG_INFINITY));
    let (fours, eights, last) = cut(prices);
    let [mut a, mut b, mut c, mut d] = [none; 4];
    for [w, x, y, z] in fours {
        let (w, x, y, z) = (load::<S>(w), load::<S>(x), load::<S>(y), load::<S>(z));
        a = bound.where_above(w, w, none).max(a);
        b = bound.where_above(x, x, none).max(b);
        c = bound.where_above(y, y, none).max(c);
        d = bound.where_above(z, z, none).max(d);
    }
    for eight in eights {
        let x = load::<S>(eight);
        a = bound.where_above(x, x, none).max(a);
    }
    let x = load::<S>(last);
    b = bound.where_above(x, x, none).max(b);
    let mut lanes = [0.0; LANES];
    a.max(b).max(c.max(d)).to_slice(&mut lanes);
    let mut found = f64::NEG_INFINITY;
    for price in lanes {
        found = if price > found { price } else { found };
    }
    (found, count::<S>(prices, found))
}

/// Returns how many of the prices are `wanted`.
#[inline(always)]
fn count<S: Simd>(prices: &[f64], wanted: f64) -> f64 {
    let (wanted, one, zero) = (Values::<S>::splat(wanted), Values::<S>::splat(1.0), Values::<S>::splat(0.0));
    let (fours, eights, last) = cut(prices);
    let [mut a, mut b, mut c, mut d] = [zero; 4];
    for [w, x, y, z] in fours {
        a = a.add_where_equal(load(w), wanted, one);
        b = b.add_where_equal(load(x), wanted, one);
        c = c.add_where_equal(load(y), wanted, one);
        d = d.add_where_equal(load(z), wanted, one);
    }
    for eight in eights {
        a = a.add_where_equal(load(eight), wanted, one);
    }
    // Of the last eight, those that were not among the others.
    let new = Values::<S>::from_slice(&LAST[prices.len() % LANES]);
    b = b.add_where_equal(load(last), wanted, new);
    let mut lanes = [0.0; LANES];
    ((a + b) + (c + d)).to_slice(&mut lanes);
    let mut count = 0.0;
    for part in lanes {
        count += part;
    }
    count
}

/// 1 for the last so many lanes.
const LAST: [[f64; LANES]; LANES] = {
    let mut last = [[0.0; LANES]; LANES];
    let mut n = 1;
    while n < LANES {
        let mut lane = LANES - n;
        while lane < LANES {
            last[n][lane] = 1.0;
            lane += 1;
        }
        n += 1;
    }
    last
};

type Eight = [f64; LANES];

#[inline(always)]
fn load<S: Simd>(eight: &Eight) -> Values<S> {
    Values::from_slice(eight)
}

/// Returns the prices in fours of eights, the eights behind them, and the last eight, which may lie across.
#[inline(always)]
fn cut(prices: &[f64]) -> (&[[Eight; 4]], &[Eight], &Eight) {
    let (eights, _) = prices.as_chunks::<LANES>();
    let (fours, rest) = eights.as_chunks::<4>();
    match prices.last_chunk() {
        Some(last) => (fours, rest, last),
        None => unreachable!("windows are longer than {LANES}"),
    }
}
