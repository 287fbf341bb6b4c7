//! The kernel as somebody who knows the language writes it: safe, scalar, nothing shared, no instruction named.
//!
//! The study's port lost 13 % and could not say to what. Here it can be said, for this is the same arithmetic in the same
//! order without the two things that cost. Its inner loop took `x[i - n + k]` with a signed counter: a subtraction, a
//! conversion and a bounds check for every product, and `k as f64`, a conversion to floating point, beside it. Slicing
//! the window once and zipping it with a table of weights leaves two loads, a product and a sum. `get_unchecked` alone
//! removes the check and leaves the conversions, which is why it won nothing.

use super::lines::Windows;

/// Terms a round of the inner loop. The order of the sum is the same; what is saved is the counting.
const AT_ONCE: usize = 8;

/// Returns the weights 1, 2, … up to `longest`.
pub fn weights(longest: usize) -> Vec<f64> {
    (1..=longest).map(|k| k as f64).collect()
}

/// Returns the weighted moving average of `x`: NaN before the window is full. `weights` holds 1.0, 2.0, … up to `n`.
fn wma(x: &[f64], n: usize, weights: &[f64]) -> Vec<f64> {
    let weight_sum = weight_sum(n);
    let mut out = vec![f64::NAN; x.len()];
    let (weights, last_weights) = weights[..n].as_chunks::<AT_ONCE>();
    for (window, out) in x.windows(n).zip(out.iter_mut().skip(n - 1)) {
        let (values, last_values) = window.as_chunks::<AT_ONCE>();
        let mut total = 0.0;
        for (values, weights) in values.iter().zip(weights) {
            for (value, weight) in values.iter().zip(weights) {
                total += weight * value;
            }
        }
        for (value, weight) in last_values.iter().zip(last_weights) {
            total += weight * value;
        }
        *out = total / weight_sum;
    }
    out
}

/// Returns 1 + 2 + … + `n`.
pub fn weight_sum(n: usize) -> f64 {
    (n * (n + 1) / 2) as f64
}

/// Returns (HMA, HMA3) of `close`.
pub fn lines(close: &[f64], windows: &Windows) -> (Vec<f64>, Vec<f64>) {
    let weights = weights(windows.longest());
    let of = |n| wma(close, n, &weights);
    let raw: Vec<_> = of(windows.half).iter().zip(of(windows.full)).map(|(a, b)| 2.0 * a - b).collect();
    let slow = wma(&raw, windows.sq, &weights);
    let (a, b, c) = (of(windows.p3), of(windows.p2), of(windows.p));
    let raw: Vec<_> = a.iter().zip(b).zip(c).map(|((a, b), c)| 3.0 * a - b - c).collect();
    (slow, wma(&raw, windows.p, &weights))
}
