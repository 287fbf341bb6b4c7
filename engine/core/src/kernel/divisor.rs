//! Correctly rounded division by a number known beforehand, without dividing.
//!
//! A division keeps its unit busy for ten cycles and more, where a fused multiply-add takes one. With `y = RN(1/b)`
//! computed once, an approximation `q` of `a/b` is made better by its own remainder, which a fused operation gives exactly:
//!
//! ```text
//! q₀ = RN(a y)         off by at most 2 u + u² of a/b: one unit in the last place, or a little more
//! q₁ = RN(q₀ + y RN(a - b q₀))    faithful: within one unit in the last place
//! q₂ = RN(q₁ + y RN(a - b q₁))    = RN(a/b)
//! ```
//!
//! The last line is Markstein's theorem (1990, IBM Journal of Research and Development 34, theorem 5; Muller et al. 2018,
//! *Handbook of Floating-Point Arithmetic*, §4.7): if `y` is 1/b rounded to nearest and `q` is faithful, one such step
//! rounds correctly. It wants remainders that neither underflow nor overflow: dividends are 0 or of ordinary size
//! ([`is_ordinary`](super::is_ordinary)), and divisors are sums of weights, whole numbers from 1 to 2⁵². Without fused
//! operations it divides.

use super::lanes::Lanes;
use super::simd::{Simd, Values};

/// A divisor and its reciprocal.
#[derive(Debug, Clone, Copy)]
pub struct Divisor {
    value: f64,
    reciprocal: f64,
}

impl Divisor {
    /// Returns a divisor of `value`.
    pub fn new(value: f64) -> Self {
        Self { value, reciprocal: 1.0 / value }
    }

    /// Returns `dividend` divided, rounded to nearest.
    #[inline(always)]
    pub fn divide<S: Simd>(&self, dividend: Values<S>) -> Values<S> {
        if !S::FUSED {
            return dividend / Values::splat(self.value);
        }
        let (reciprocal, negative) = (Values::splat(self.reciprocal), Values::splat(-self.value));
        let q = dividend * reciprocal;
        let q = q.times_plus(negative, dividend).times_plus(reciprocal, q);
        q.times_plus(negative, dividend).times_plus(reciprocal, q)
    }

    /// Writes `dividends`, divided.
    #[inline(always)]
    pub fn divided<S: Simd, const N: usize>(&self, dividends: [Values<S>; N], out: &mut [Lanes; N]) {
        for (dividend, out) in dividends.into_iter().zip(out) {
            self.divide(dividend).store(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::level::{Level, at_each_level};
    use proptest::prelude::*;

    at_each_level! {
        fn divided(dividend: f64, divisor: f64, out: &mut Lanes) = divided_body
    }

    #[inline(always)]
    fn divided_body<S: Simd>(dividend: f64, divisor: f64, out: &mut Lanes) {
        Divisor::new(divisor).divide::<S>(Values::splat(dividend)).store(out);
    }

    fn quotients(a: f64, b: f64) -> Vec<u64> {
        let mut out = Lanes::ZERO;
        let each = Level::available().map(|level| {
            divided(level, a, b, &mut out);
            out.0[7].to_bits()
        });
        each.collect()
    }

    /// Dividends that lie near the middle between two quotients, where a wrong rounding would show, and any others.
    fn dividends() -> impl Strategy<Value = (u64, f64)> {
        let divisor = prop_oneof![1..100_000_u64, 1..(1_u64 << 52)];
        (divisor, 1.0..2.0_f64, -200..200_i32, 0..3_u64, any::<bool>()).prop_map(|(b, q, exponent, off, half)| {
            let exact = if half { f64::from_bits(q.to_bits() | 1) } else { q };
            let a = exact * b as f64 * f64::powi(2.0, exponent);
            (b, f64::from_bits(a.to_bits() + off))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn it_is_the_division_to_the_last_bit((b, a) in dividends()) {
            let b = b as f64;
            for a in [a, -a, 0.0] {
                prop_assert!(quotients(a, b).iter().all(|quotient| *quotient == (a / b).to_bits()));
            }
        }
    }

    #[test]
    fn every_sum_of_weights_divides_what_it_should() {
        for n in 1..2_000_u64 {
            let b = (n * (n + 1) / 2) as f64;
            for k in 0..200_u64 {
                let a = f64::from_bits((100.0 * b).to_bits() + k * 0x9e37_79b9);
                assert!(quotients(a, b).iter().all(|quotient| *quotient == (a / b).to_bits()));
            }
        }
    }
}
