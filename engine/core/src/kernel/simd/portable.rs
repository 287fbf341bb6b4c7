//! The level of every processor of an architecture, by arrays.

use super::Simd;
use crate::kernel::lanes::{Bits, LANES};

/// What every processor of the architecture has: the compiler's choice over arrays of eight.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

#[inline(always)]
fn each(a: [f64; LANES], b: [f64; LANES], f: impl Fn(f64, f64) -> f64) -> [f64; LANES] {
    let mut out = a;
    for lane in 0..LANES {
        out[lane] = f(a[lane], b[lane]);
    }
    out
}

#[inline(always)]
fn push(bits: [u64; LANES], top: impl Fn(usize) -> bool) -> [u64; LANES] {
    let mut out = bits;
    for lane in 0..LANES {
        out[lane] = (bits[lane] >> 1) | (u64::from(top(lane)) << 63);
    }
    out
}

// SAFETY: there is no processor without it.
unsafe impl Simd for Portable {
    type Values = [f64; LANES];
    type Words = [u64; LANES];
    const FUSED: bool = false;
    const REGISTERS: usize = 4;

    #[inline(always)]
    fn splat(x: f64) -> Self::Values {
        [x; LANES]
    }
    #[inline(always)]
    fn load(x: &[f64; LANES]) -> Self::Values {
        *x
    }
    #[inline(always)]
    fn store(x: Self::Values, to: &mut [f64; LANES]) {
        *to = x;
    }
    #[inline(always)]
    fn load_words(x: &Bits) -> Self::Words {
        x.0
    }
    #[inline(always)]
    fn store_words(x: Self::Words, to: &mut Bits) {
        to.0 = x;
    }
    #[inline(always)]
    fn add(a: Self::Values, b: Self::Values) -> Self::Values {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(a: Self::Values, b: Self::Values) -> Self::Values {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(a: Self::Values, b: Self::Values) -> Self::Values {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(a: Self::Values, b: Self::Values) -> Self::Values {
        each(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn times_plus(a: Self::Values, b: Self::Values, c: Self::Values) -> Self::Values {
        each(each(a, b, |a, b| a * b), c, |ab, c| ab + c)
    }
    #[inline(always)]
    fn abs(a: Self::Values) -> Self::Values {
        a.map(f64::abs)
    }
    #[inline(always)]
    fn min(a: Self::Values, b: Self::Values) -> Self::Values {
        each(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(a: Self::Values, b: Self::Values) -> Self::Values {
        each(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn where_above(a: Self::Values, b: Self::Values, x: Self::Values, other: Self::Values) -> Self::Values {
        let mut out = other;
        for lane in 0..LANES {
            out[lane] = if a[lane] > b[lane] { x[lane] } else { other[lane] };
        }
        out
    }
    #[inline(always)]
    fn add_where_equal(sum: Self::Values, a: Self::Values, b: Self::Values, x: Self::Values) -> Self::Values {
        let mut out = sum;
        for lane in 0..LANES {
            out[lane] = sum[lane] + if a[lane] == b[lane] { x[lane] } else { 0.0 };
        }
        out
    }
    #[inline(always)]
    fn push_positive(bits: Self::Words, a: Self::Values) -> Self::Words {
        push(bits, |lane| a[lane].is_sign_positive())
    }
    #[inline(always)]
    fn push_above(bits: Self::Words, a: Self::Values, b: Self::Values) -> Self::Words {
        push(bits, |lane| a[lane] > b[lane])
    }
}
