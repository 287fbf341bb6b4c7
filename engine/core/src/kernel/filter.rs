//! `D = HMA3 - HMA` in a constant number of operations a bar.
//!
//! `D` is linear in the prices: a weighted moving average over differences of weighted moving averages. Its first
//! differences are running sums, so that one step costs two dozen operations whatever the windows are:
//!
//! ```text
//! d₁ = 2 WMA(half) - WMA(full)               d ← d - q + k y,   q ← q + Σ c (y - y of w steps ago)
//! d₃ = 3 WMA(p3) - WMA(p2) - WMA(p)          likewise
//! D  = WMA(d₃, p) - WMA(d₁, sq)              likewise, over d₁ and d₃
//! ```
//!
//! Running sums gather rounding errors, so they are summed anew every [`RESTART`] steps, on values less a centre; how far
//! off they can be is derived in [`bound`](super::bound).

use super::lanes::{Bits, Blocks, LANES, Lanes};
use super::level::at_each_level;
use super::lines::Windows;
use super::sides::Sides;
use super::simd::{Shifted, Simd, Values};

/// Steps between two restarts: a multiple of 64. The bound grows with its square, the price of restarts falls with it.
pub const RESTART: usize = 512;

/// What a filter needs beside its input, kept from one combination to the next.
#[derive(Default)]
pub struct Scratch {
    slow: Vec<Lanes>,
    fast: Vec<Lanes>,
    /// (word of the block, lane) of the words in doubt.
    pub doubts: Vec<(usize, usize)>,
}

at_each_level! {
    /// Writes the signs of `D` over the blocks, and the words in doubt: those in which it was not above `least` in size.
    pub fn signs(
        blocks: &Blocks,
        windows: &Windows,
        least: Lanes,
        scratch: &mut Scratch,
        out: &mut Sides,
    ) = signs_body
}

/// Returns `factor · WMA(n)` as factors of its weighted sum and of its plain sum's step.
#[inline(always)]
fn factor(a: f64, n: usize) -> f64 {
    a * 2.0 / (n as f64 * (n as f64 + 1.0))
}

/// Returns (sum, sum weighted 1 … n) of the `n` values before `end`.
#[inline(always)]
fn sums<S: Simd>(x: &[Lanes], end: usize, n: usize) -> (Values<S>, Values<S>) {
    let (mut plain, mut weighted) = (Values::splat(0.0), Values::splat(0.0));
    let mut weight = 1.0;
    for value in &x[end - n..end] {
        let value = Values::load(value);
        plain = plain + value;
        weighted = value.times_plus(Values::splat(weight), weighted);
        weight += 1.0;
    }
    (plain, weighted)
}

/// A running `Σ factor · (sums of the last n values)`: what a restart sums anew and a step moves on.
#[derive(Clone, Copy)]
struct Running<S: Simd> {
    /// Weighted sums.
    value: Values<S>,
    /// Plain sums, by which the weighted ones shrink a step.
    slope: Values<S>,
}

impl<S: Simd> Running<S> {
    #[inline(always)]
    fn zero() -> Self {
        Self { value: Values::splat(0.0), slope: Values::splat(0.0) }
    }

    #[inline(always)]
    fn with(self, factor: f64, x: &[Lanes], end: usize, n: usize) -> Self {
        let (plain, weighted) = sums::<S>(x, end, n);
        let factor = Values::splat(factor);
        Self { value: weighted.times_plus(factor, self.value), slope: plain.times_plus(factor, self.slope) }
    }
}

/// Both differences: their factors and their running state.
struct Differences<S: Simd> {
    windows: Windows,
    slow_factors: [f64; 2],
    fast_factors: [f64; 3],
    slow: Running<S>,
    fast: Running<S>,
}

impl<S: Simd> Differences<S> {
    #[inline(always)]
    fn new(windows: Windows) -> Self {
        let Windows { half, full, p3, p2, p, .. } = windows;
        Self {
            windows,
            slow_factors: [factor(2.0, half), factor(-1.0, full)],
            fast_factors: [factor(3.0, p3), factor(-1.0, p2), factor(-1.0, p)],
            slow: Running::zero(),
            fast: Running::zero(),
        }
    }

    /// Sums anew what the step before `at` left.
    #[inline(always)]
    fn restart(&mut self, y: &[Lanes], at: usize) {
        let Windows { half, full, p3, p2, p, .. } = self.windows;
        let [h, f] = self.slow_factors;
        self.slow = Running::zero().with(h, y, at, half).with(f, y, at, full);
        let [a, b, c] = self.fast_factors;
        let fast = Running::zero().with(a, y, at, p3).with(b, y, at, p2);
        self.fast = fast.with(c, y, at, p);
    }

    /// Writes the differences of `slow_out.len()` steps from `at` on.
    #[inline(always)]
    fn run(&mut self, y: &[Lanes], at: usize, slow_out: &mut [Lanes], fast_out: &mut [Lanes]) {
        let Windows { half, full, p3, p2, p, .. } = self.windows;
        let n = slow_out.len();
        let ([h, f], [a, b, c]) = (self.slow_factors, self.fast_factors);
        let (slow_new, fast_new) = (Values::<S>::splat(h + f), Values::splat(a + b + c));
        let slow_gain = Values::splat(h * half as f64 + f * full as f64);
        let fast_gain = Values::splat(a * p3 as f64 + b * p2 as f64 + c * p as f64);
        let (minus_h, minus_f) = (Values::splat(-h), Values::splat(-f));
        let (minus_a, minus_b, minus_c) = (Values::splat(-a), Values::splat(-b), Values::splat(-c));
        let now = &y[at..][..n];
        let (y_half, y_full) = (&y[at - half..][..n], &y[at - full..][..n]);
        let (y_p3, y_p2, y_p) = (&y[at - p3..][..n], &y[at - p2..][..n], &y[at - p..][..n]);
        let (mut slow, mut fast) = (self.slow, self.fast);
        let fast_out = &mut fast_out[..n];
        for i in 0..n {
            let new = Values::load(&now[i]);
            slow.value = new.times_plus(slow_gain, slow.value - slow.slope);
            fast.value = new.times_plus(fast_gain, fast.value - fast.slope);
            let gone = Values::load(&y_half[i]).times_plus(minus_h, Values::load(&y_full[i]) * minus_f);
            slow.slope = new.times_plus(slow_new, gone) + slow.slope;
            let gone = Values::load(&y_p2[i]).times_plus(minus_b, Values::load(&y_p[i]) * minus_c);
            let gone = Values::load(&y_p3[i]).times_plus(minus_a, gone);
            fast.slope = new.times_plus(fast_new, gone) + fast.slope;
            slow.value.store(&mut slow_out[i]);
            fast.value.store(&mut fast_out[i]);
        }
        (self.slow, self.fast) = (slow, fast);
    }
}

#[inline(always)]
fn signs_body<S: Simd>(blocks: &Blocks, windows: &Windows, least: Lanes, scratch: &mut Scratch, out: &mut Sides) {
    let y = &blocks.steps[..];
    let before = windows.second_longest();
    for buffer in [&mut scratch.slow, &mut scratch.fast] {
        buffer.clear();
        buffer.resize(before + RESTART, Lanes::ZERO);
    }
    let (slow, fast) = (&mut scratch.slow[..], &mut scratch.fast[..]);
    let mut differences = Differences::<S>::new(*windows);
    // The second averaging looks back: the differences of the steps before the block's first.
    differences.restart(y, blocks.reach - before);
    differences.run(y, blocks.reach - before, &mut slow[..before], &mut fast[..before]);
    let mut bits = Bits::ZERO;
    let words = out.words_mut();
    for first in (0..blocks.block).step_by(RESTART) {
        let n = RESTART.min(blocks.block - first);
        differences.restart(y, blocks.reach + first);
        let (slow_new, fast_new) = (&mut slow[before..before + n], &mut fast[before..before + n]);
        differences.run(y, blocks.reach + first, slow_new, fast_new);
        let mut second = Second::<S>::restart(windows, slow, fast, before);
        for word in 0..n / 64 {
            let smallest = second.run(slow, fast, before + word * 64, &mut bits);
            let word = first / 64 + word;
            for lane in 0..LANES {
                if let Some(slot) = words.get_mut(lane * blocks.words() + word) {
                    *slot = bits.0[lane];
                }
                let is_certain = smallest.0[lane] > least.0[lane];
                if !is_certain {
                    scratch.doubts.push((word, lane));
                }
            }
        }
        slow.copy_within(n..n + before, 0);
        fast.copy_within(n..n + before, 0);
    }
}

/// The second averaging of both differences at once, whose result is D.
struct Second<S: Simd> {
    sq: usize,
    p: usize,
    slow_factor: f64,
    fast_factor: f64,
    difference: Running<S>,
}

impl<S: Simd> Second<S> {
    /// Sums anew what the step before `at` left.
    #[inline(always)]
    fn restart(windows: &Windows, slow: &[Lanes], fast: &[Lanes], at: usize) -> Self {
        let Windows { sq, p, .. } = *windows;
        let (slow_factor, fast_factor) = (factor(-1.0, sq), factor(1.0, p));
        let difference = Running::zero().with(slow_factor, slow, at, sq).with(fast_factor, fast, at, p);
        Self { sq, p, slow_factor, fast_factor, difference }
    }

    /// Runs 64 steps from `at` on, writes the signs of D and returns its smallest sizes.
    #[inline(always)]
    fn run(&mut self, slow: &[Lanes], fast: &[Lanes], at: usize, bits_out: &mut Bits) -> Lanes {
        let (slow_factor, fast_factor) = (Values::<S>::splat(self.slow_factor), Values::splat(self.fast_factor));
        let (minus_slow, minus_fast) = (Values::splat(-self.slow_factor), Values::splat(-self.fast_factor));
        let slow_gain = Values::splat(self.slow_factor * self.sq as f64);
        let fast_gain = Values::splat(self.fast_factor * self.p as f64);
        let (slow_now, slow_gone) = (&slow[at..][..64], &slow[at - self.sq..][..64]);
        let (fast_now, fast_gone) = (&fast[at..][..64], &fast[at - self.p..][..64]);
        let (mut bits, mut smallest) = (Shifted::<S>::load(bits_out), Values::splat(f64::INFINITY));
        let Running { mut value, mut slope } = self.difference;
        for i in 0..64 {
            let (slow, fast) = (Values::load(&slow_now[i]), Values::load(&fast_now[i]));
            value = slow.times_plus(slow_gain, fast.times_plus(fast_gain, value - slope));
            let moved = slow.times_plus(slow_factor, Values::load(&slow_gone[i]) * minus_slow);
            let moved = Values::load(&fast_gone[i]).times_plus(minus_fast, moved);
            slope = fast.times_plus(fast_factor, moved) + slope;
            smallest = smallest.min(value.abs());
            bits = bits.push_positive(value);
        }
        self.difference = Running { value, slope };
        bits.store(bits_out);
        let mut found = Lanes::ZERO;
        smallest.store(&mut found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::bound::Bound;
    use crate::kernel::simd::Portable;
    use proptest::prelude::*;

    /// The weighted moving average of the `n` values up to `at`, by its definition.
    fn average(x: &[f64], at: usize, n: usize) -> f64 {
        let window = &x[at + 1 - n..=at];
        let total: f64 = window.iter().zip(1..).map(|(value, weight)| f64::from(weight) * value).sum();
        total / (n * (n + 1) / 2) as f64
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn a_filter_stays_within_its_bound_to_the_end_of_its_run(
            // 64ths: their sums are exact, and so is the definition but for a handful of roundings.
            ticks in proptest::collection::vec(-6400..6400_i32, 400 + RESTART),
            windows in [1..60_usize, 1..120, 1..20, 1..40, 1..40, 1..60],
        ) {
            let [half, full, sq, p3, p2, p] = windows;
            let windows = Windows { half, full, sq, p3, p2, p };
            let y: Vec<f64> = ticks.iter().map(|tick| f64::from(*tick) / 64.0).collect();
            let lanes: Vec<Lanes> = y.iter().map(|value| Lanes([*value; LANES])).collect();
            let (first, before) = (400, windows.second_longest());
            let mut differences = Differences::<Portable>::new(windows);
            let mut slow = vec![Lanes::ZERO; first + RESTART];
            let mut fast = slow.clone();
            for (from, to) in [(first - before, first), (first, first + RESTART)] {
                differences.restart(&lanes, from);
                differences.run(&lanes, from, &mut slow[from..to], &mut fast[from..to]);
            }
            let mut second = Second::<Portable>::restart(&windows, &slow, &fast, first);
            let exact = |f: &dyn Fn(usize) -> f64| (0..first + RESTART).map(f).collect::<Vec<_>>();
            let reach = windows.first_longest();
            let of = |t: usize, n: usize| average(&y, t, n);
            let slow_exact = exact(&|t| if t < reach { 0.0 } else { 2.0 * of(t, half) - of(t, full) });
            let fast_exact = exact(&|t| if t < reach { 0.0 } else { 3.0 * of(t, p3) - of(t, p2) - of(t, p) });
            let bound = Bound::new(&windows, RESTART.max(before)).at(100.0, 0.0);
            for word in 0..RESTART / 64 {
                let at = first + word * 64;
                second.run(&slow, &fast, at, &mut Bits::ZERO.clone());
                let mut value = Lanes::ZERO;
                second.difference.value.store(&mut value);
                let exact = average(&fast_exact, at + 63, p) - average(&slow_exact, at + 63, sq);
                let off = (value.0[0] - exact).abs();
                prop_assert!(off <= bound, "off by {off:e} at step {at}, bound {bound:e}");
            }
        }
    }
}
