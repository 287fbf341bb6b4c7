//! One pass at a time, several outputs side by side.
//!
//! Each output keeps its own sum in its own order, so the results are those of the scalar loop to the last bit; the
//! parallelism is between outputs, of which neighbours read the same bars shifted by one.

use std::ops::Range;

use super::lanes::LANES;
use super::level::{Level, at_each_level};
use super::lines::Windows;
use super::plain::weight_sum;
use super::simd::{Simd, Values};

at_each_level! {
    /// Writes the weighted moving average of the last `n` of each of `x`'s windows, one for each element of `out`.
    ///
    /// `x` has `n - 1` values more than `out`; `weights` holds 1.0, 2.0, … up to `n`.
    pub fn wma(x: &[f64], n: usize, weights: &[f64], out: &mut [f64]) = wma_body
}

#[inline(always)]
fn wma_body<S: Simd>(x: &[f64], n: usize, weights: &[f64], out: &mut [f64]) {
    // Enough sums in flight that each has done its addition when its turn comes again, and no more than there are
    // registers for.
    if S::REGISTERS >= 8 { in_flight::<S, 4>(x, n, weights, out) } else { in_flight::<S, 2>(x, n, weights, out) }
}

#[inline(always)]
fn in_flight<S: Simd, const N: usize>(x: &[f64], n: usize, weights: &[f64], out: &mut [f64]) {
    assert_eq!(x.len(), out.len() + n - 1);
    let outputs = N * LANES;
    let weight_sum = weight_sum(n);
    let weights = &weights[..n];
    let mut chunks = out.chunks_exact_mut(outputs);
    let mut start = 0;
    for out in &mut chunks {
        let span = &x[start..start + n - 1 + outputs];
        let mut totals = [Values::<S>::splat(0.0); N];
        for (k, &weight) in weights.iter().enumerate() {
            let weight = Values::splat(weight);
            let (values, _) = span[k..k + outputs].as_chunks::<LANES>();
            for r in 0..N {
                totals[r] = totals[r] + weight * Values::from_slice(&values[r]);
            }
        }
        let (out, _) = out.as_chunks_mut::<LANES>();
        for (out, total) in out.iter_mut().zip(totals) {
            (total / Values::splat(weight_sum)).to_slice(out);
        }
        start += outputs;
    }
    for out in chunks.into_remainder() {
        let window = &x[start..start + n];
        *out = window.iter().zip(weights).fold(0.0, |total, (value, weight)| total + weight * value) / weight_sum;
        start += 1;
    }
}

/// Returns (HMA, HMA3) at the bars `valid` of `close`, all of which have the bars before them that they need.
pub fn lines_at(
    level: Level,
    close: &[f64],
    windows: &Windows,
    weights: &[f64],
    valid: Range<usize>,
) -> (Vec<f64>, Vec<f64>) {
    // The weighted moving average of n bars at `bars`.
    let of = |n: usize, bars: &Range<usize>| {
        let mut out = vec![0.0; bars.len()];
        wma(level, &close[bars.start + 1 - n..bars.end], n, weights, &mut out);
        out
    };
    let last = |x: &[f64], n: usize| {
        let mut out = vec![0.0; x.len() + 1 - n];
        wma(level, x, n, weights, &mut out);
        out
    };
    let Windows { half, full, sq, p3, p2, p } = *windows;
    let bars = valid.start + 1 - sq..valid.end;
    let raw: Vec<_> = of(half, &bars).iter().zip(of(full, &bars)).map(|(a, b)| 2.0 * a - b).collect();
    let slow = last(&raw, sq);
    let bars = valid.start + 1 - p..valid.end;
    let (a, b, c) = (of(p3, &bars), of(p2, &bars), of(p, &bars));
    let raw: Vec<_> = a.iter().zip(b).zip(c).map(|((a, b), c)| 3.0 * a - b - c).collect();
    (slow, last(&raw, p))
}

/// Returns (HMA, HMA3) of `close`: NaN before each is valid. At least one bar of both is.
pub fn lines(level: Level, close: &[f64], windows: &Windows, weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let valid = windows.first_valid()..close.len();
    let (slow, fast) = lines_at(level, close, windows, weights, valid.clone());
    let padded = |line: Vec<f64>| [vec![f64::NAN; valid.start], line].concat();
    (padded(slow), padded(fast))
}
