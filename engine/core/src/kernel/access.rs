//! How the kernel reads and writes an element: the one difference between its two builds.

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Checked {}
    impl Sealed for super::Unchecked {}
}

/// The two operations a kernel needs on its arrays.
pub trait Access: sealed::Sealed {
    /// Returns `x[index]`.
    ///
    /// # Safety
    /// - `index` is in `0..x.len()`.
    unsafe fn get(x: &[f64], index: i64) -> f64;

    /// Makes `value` the element `x[index]`.
    ///
    /// # Safety
    /// - `index` is in `0..x.len()`.
    unsafe fn set(x: &mut [f64], index: i64, value: f64);
}

/// Every index is checked; one out of bounds panics.
#[derive(Debug)]
pub struct Checked;

/// No index is checked.
#[derive(Debug)]
pub struct Unchecked;

impl Access for Checked {
    #[inline(always)]
    unsafe fn get(x: &[f64], index: i64) -> f64 {
        x[index as usize]
    }

    #[inline(always)]
    unsafe fn set(x: &mut [f64], index: i64, value: f64) {
        x[index as usize] = value;
    }
}

impl Access for Unchecked {
    #[inline(always)]
    unsafe fn get(x: &[f64], index: i64) -> f64 {
        debug_assert!((0..x.len() as i64).contains(&index));
        // SAFETY: the caller promises that index is in 0..x.len().
        unsafe { *x.get_unchecked(index as usize) }
    }

    #[inline(always)]
    unsafe fn set(x: &mut [f64], index: i64, value: f64) {
        debug_assert!((0..x.len() as i64).contains(&index));
        // SAFETY: the caller promises that index is in 0..x.len().
        unsafe { *x.get_unchecked_mut(index as usize) = value };
    }
}
