//! The levels of x86-64, by intrinsics.

use std::arch::x86_64::*;

use super::Simd;
use crate::kernel::lanes::{Bits, LANES};

/// AVX-512: one register.
#[derive(Debug, Clone, Copy)]
pub struct Avx512;

/// AVX2 with fused multiply-add: two registers.
#[derive(Debug, Clone, Copy)]
pub struct Avx2;

// The intrinsics below are unsafe for one reason each: the processor must have them. The trait's contract is that it
// has. Words are loaded and stored aligned, as their type is laid out; doubles wherever they are.

// SAFETY: the trait's contract is passed on to the intrinsics.
unsafe impl Simd for Avx512 {
    type Values = __m512d;
    type Words = __m512i;
    const FUSED: bool = true;
    const REGISTERS: usize = 32;

    #[inline(always)]
    fn splat(x: f64) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_set1_pd(x) }
    }
    #[inline(always)]
    fn load(x: &[f64; LANES]) -> __m512d {
        // SAFETY: the trait's contract; eight doubles.
        unsafe { _mm512_loadu_pd(x.as_ptr()) }
    }
    #[inline(always)]
    fn store(x: __m512d, to: &mut [f64; LANES]) {
        // SAFETY: the trait's contract; eight doubles.
        unsafe { _mm512_storeu_pd(to.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn load_words(x: &Bits) -> __m512i {
        // SAFETY: the trait's contract; eight words, aligned to 64.
        unsafe { _mm512_load_si512(x.0.as_ptr().cast()) }
    }
    #[inline(always)]
    fn store_words(x: __m512i, to: &mut Bits) {
        // SAFETY: the trait's contract; eight words, aligned to 64.
        unsafe { _mm512_store_si512(to.0.as_mut_ptr().cast(), x) }
    }
    #[inline(always)]
    fn add(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_add_pd(a, b) }
    }
    #[inline(always)]
    fn sub(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_sub_pd(a, b) }
    }
    #[inline(always)]
    fn mul(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_mul_pd(a, b) }
    }
    #[inline(always)]
    fn div(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_div_pd(a, b) }
    }
    #[inline(always)]
    fn times_plus(a: __m512d, b: __m512d, c: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_fmadd_pd(a, b, c) }
    }
    #[inline(always)]
    fn abs(a: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_abs_pd(a) }
    }
    #[inline(always)]
    fn min(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_min_pd(a, b) }
    }
    #[inline(always)]
    fn max(a: __m512d, b: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_max_pd(a, b) }
    }
    #[inline(always)]
    fn where_above(a: __m512d, b: __m512d, x: __m512d, other: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_GT_OQ>(a, b), other, x) }
    }
    #[inline(always)]
    fn add_where_equal(sum: __m512d, a: __m512d, b: __m512d, x: __m512d) -> __m512d {
        // SAFETY: the trait's contract.
        unsafe { _mm512_mask_add_pd(sum, _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, b), sum, x) }
    }
    #[inline(always)]
    fn push_positive(bits: __m512i, a: __m512d) -> __m512i {
        // SAFETY: the trait's contract.
        unsafe {
            let (shifted, top) = (_mm512_srli_epi64::<1>(bits), _mm512_set1_epi64(i64::MIN));
            // shifted | (top & !a): of the eight cases, all where shifted is set, and 0 1 0.
            _mm512_ternarylogic_epi64::<0b1111_0100>(shifted, top, _mm512_castpd_si512(a))
        }
    }
    #[inline(always)]
    fn push_above(bits: __m512i, a: __m512d, b: __m512d) -> __m512i {
        // SAFETY: the trait's contract.
        unsafe {
            let (shifted, top) = (_mm512_srli_epi64::<1>(bits), _mm512_set1_epi64(i64::MIN));
            _mm512_mask_or_epi64(shifted, _mm512_cmp_pd_mask::<_CMP_GT_OQ>(a, b), shifted, top)
        }
    }
}

/// Returns `f` of each half.
#[inline(always)]
fn halves<T: Copy>(a: [T; 2], b: [T; 2], f: unsafe fn(T, T) -> T) -> [T; 2] {
    // SAFETY: an intrinsic of the level that the caller's contract promises.
    unsafe { [f(a[0], b[0]), f(a[1], b[1])] }
}

// SAFETY: the trait's contract is passed on to the intrinsics.
unsafe impl Simd for Avx2 {
    type Values = [__m256d; 2];
    type Words = [__m256i; 2];
    const FUSED: bool = true;
    const REGISTERS: usize = 8;

    #[inline(always)]
    fn splat(x: f64) -> Self::Values {
        // SAFETY: the trait's contract.
        unsafe { [_mm256_set1_pd(x); 2] }
    }
    #[inline(always)]
    fn load(x: &[f64; LANES]) -> Self::Values {
        let at = x.as_ptr();
        // SAFETY: the trait's contract; eight doubles.
        unsafe { [_mm256_loadu_pd(at), _mm256_loadu_pd(at.add(4))] }
    }
    #[inline(always)]
    fn store(x: Self::Values, to: &mut [f64; LANES]) {
        let at = to.as_mut_ptr();
        // SAFETY: the trait's contract; eight doubles.
        unsafe {
            _mm256_storeu_pd(at, x[0]);
            _mm256_storeu_pd(at.add(4), x[1]);
        }
    }
    #[inline(always)]
    fn load_words(x: &Bits) -> Self::Words {
        let at = x.0.as_ptr();
        // SAFETY: the trait's contract; eight words, aligned to 64.
        unsafe { [_mm256_load_si256(at.cast()), _mm256_load_si256(at.add(4).cast())] }
    }
    #[inline(always)]
    fn store_words(x: Self::Words, to: &mut Bits) {
        let at = to.0.as_mut_ptr();
        // SAFETY: the trait's contract; eight words, aligned to 64.
        unsafe {
            _mm256_store_si256(at.cast(), x[0]);
            _mm256_store_si256(at.add(4).cast(), x[1]);
        }
    }
    #[inline(always)]
    fn add(a: Self::Values, b: Self::Values) -> Self::Values {
        halves(a, b, _mm256_add_pd)
    }
    #[inline(always)]
    fn sub(a: Self::Values, b: Self::Values) -> Self::Values {
        halves(a, b, _mm256_sub_pd)
    }
    #[inline(always)]
    fn mul(a: Self::Values, b: Self::Values) -> Self::Values {
        halves(a, b, _mm256_mul_pd)
    }
    #[inline(always)]
    fn div(a: Self::Values, b: Self::Values) -> Self::Values {
        halves(a, b, _mm256_div_pd)
    }
    #[inline(always)]
    fn times_plus(a: Self::Values, b: Self::Values, c: Self::Values) -> Self::Values {
        // SAFETY: the trait's contract.
        unsafe { [_mm256_fmadd_pd(a[0], b[0], c[0]), _mm256_fmadd_pd(a[1], b[1], c[1])] }
    }
    #[inline(always)]
    fn abs(a: Self::Values) -> Self::Values {
        // SAFETY: the trait's contract.
        unsafe { halves([_mm256_set1_pd(-0.0); 2], a, _mm256_andnot_pd) }
    }
    #[inline(always)]
    fn min(a: Self::Values, b: Self::Values) -> Self::Values {
        halves(a, b, _mm256_min_pd)
    }
    #[inline(always)]
    fn max(a: Self::Values, b: Self::Values) -> Self::Values {
        halves(a, b, _mm256_max_pd)
    }
    #[inline(always)]
    fn where_above(a: Self::Values, b: Self::Values, x: Self::Values, other: Self::Values) -> Self::Values {
        let above = halves(a, b, _mm256_cmp_pd::<_CMP_GT_OQ>);
        // SAFETY: the trait's contract.
        unsafe { [_mm256_blendv_pd(other[0], x[0], above[0]), _mm256_blendv_pd(other[1], x[1], above[1])] }
    }
    #[inline(always)]
    fn add_where_equal(sum: Self::Values, a: Self::Values, b: Self::Values, x: Self::Values) -> Self::Values {
        let x = halves(halves(a, b, _mm256_cmp_pd::<_CMP_EQ_OQ>), x, _mm256_and_pd);
        halves(sum, x, _mm256_add_pd)
    }
    #[inline(always)]
    fn push_positive(bits: Self::Words, a: Self::Values) -> Self::Words {
        let half = |bits: __m256i, a: __m256d| {
            // SAFETY: the trait's contract.
            unsafe {
                let top = _mm256_andnot_si256(_mm256_castpd_si256(a), _mm256_set1_epi64x(i64::MIN));
                _mm256_or_si256(_mm256_srli_epi64::<1>(bits), top)
            }
        };
        [half(bits[0], a[0]), half(bits[1], a[1])]
    }
    #[inline(always)]
    fn push_above(bits: Self::Words, a: Self::Values, b: Self::Values) -> Self::Words {
        let half = |bits: __m256i, a: __m256d, b: __m256d| {
            // SAFETY: the trait's contract.
            unsafe {
                let above = _mm256_castpd_si256(_mm256_cmp_pd::<_CMP_GT_OQ>(a, b));
                let top = _mm256_and_si256(above, _mm256_set1_epi64x(i64::MIN));
                _mm256_or_si256(_mm256_srli_epi64::<1>(bits), top)
            }
        };
        [half(bits[0], a[0], b[0]), half(bits[1], a[1], b[1])]
    }
}
