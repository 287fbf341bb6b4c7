//! Weighted sums of neighbouring windows, each in its own order, as many at once as there are registers for.

use super::lanes::Lanes;
use super::simd::{Simd, Values};

/// Windows at once, where registers are many and where they are few.
pub const MANY: usize = 8;
pub const FEW: usize = 4;

/// Returns the weighted sums of the windows that start at the first [`MANY`] values of `x`, each value loaded once.
#[inline(always)]
pub fn walking<S: Simd>(x: &[Lanes], weights: &[f64]) -> [Values<S>; MANY] {
    let mut totals = [Values::splat(0.0); MANY];
    // A window of registers that walks along: slot (k + r) % MANY holds the value that output r needs at weight k.
    let mut held = totals;
    for (held, x) in held.iter_mut().zip(x) {
        *held = Values::load(x);
    }
    let (eights, rest) = weights.as_chunks::<MANY>();
    let ahead = &x[MANY..];
    for (weights, next) in eights.iter().zip(ahead.as_chunks::<MANY>().0) {
        for k in 0..MANY {
            let weight = Values::splat(weights[k]);
            for r in 0..MANY {
                totals[r] = totals[r] + weight * held[(k + r) % MANY];
            }
            held[k] = Values::load(&next[k]);
        }
    }
    add_products(&x[eights.len() * MANY..], rest, totals)
}

/// Returns the weighted sums of the windows that start at the first [`FEW`] values of `x`.
#[inline(always)]
pub fn standing<S: Simd>(x: &[Lanes], weights: &[f64]) -> [Values<S>; FEW] {
    add_products(x, weights, [Values::splat(0.0); FEW])
}

/// Returns `totals` with the products of `weights` and the values from each of the first of `x` on added, in order.
#[inline(always)]
pub fn add_products<S: Simd, const N: usize>(x: &[Lanes], weights: &[f64], totals: [Values<S>; N]) -> [Values<S>; N] {
    let mut totals = totals;
    for (k, &weight) in weights.iter().enumerate() {
        let (weight, x) = (Values::splat(weight), &x[k..][..N]);
        for r in 0..N {
            totals[r] = totals[r] + weight * Values::load(&x[r]);
        }
    }
    totals
}
