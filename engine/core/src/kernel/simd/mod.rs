//! Registers of eight doubles, on each level: the operations that the fast kernels are made of.
//!
//! The operations are named, not left to the compiler to find: over arrays, it now and then vectorises the wrong loop and
//! gathers what lies side by side, which costs more than the rest of the kernel. Every lane's arithmetic is the scalar
//! one; nothing is reordered, and nothing is fused unless it is asked for by name.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::lanes::{Bits, LANES, Lanes};

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use portable::Portable;
#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

/// The operations of a level. Each is inlined into a function that is compiled for the level (`at_each_level!`).
///
/// # Safety
/// - Whoever calls one runs on a processor that has the level.
pub unsafe trait Simd: Copy {
    /// Eight doubles.
    type Values: Copy;
    /// Eight words.
    type Words: Copy;
    /// Whether products and sums can be rounded once.
    const FUSED: bool;
    /// How many eights of doubles the registers hold.
    const REGISTERS: usize;

    fn splat(x: f64) -> Self::Values;
    fn load(x: &[f64; LANES]) -> Self::Values;
    fn store(x: Self::Values, to: &mut [f64; LANES]);
    fn load_words(x: &Bits) -> Self::Words;
    fn store_words(x: Self::Words, to: &mut Bits);
    fn add(a: Self::Values, b: Self::Values) -> Self::Values;
    fn sub(a: Self::Values, b: Self::Values) -> Self::Values;
    fn mul(a: Self::Values, b: Self::Values) -> Self::Values;
    fn div(a: Self::Values, b: Self::Values) -> Self::Values;
    /// `a * b + c`, rounded once where [`Simd::FUSED`], else twice.
    fn times_plus(a: Self::Values, b: Self::Values, c: Self::Values) -> Self::Values;
    fn abs(a: Self::Values) -> Self::Values;
    /// `a` where it is below `b`, else `b`.
    fn min(a: Self::Values, b: Self::Values) -> Self::Values;
    /// `a` where it is above `b`, else `b`.
    fn max(a: Self::Values, b: Self::Values) -> Self::Values;
    /// `x` where `a` is above `b`, else `other`.
    fn where_above(a: Self::Values, b: Self::Values, x: Self::Values, other: Self::Values) -> Self::Values;
    /// `sum + x` where `a` equals `b`, else `sum`.
    fn add_where_equal(sum: Self::Values, a: Self::Values, b: Self::Values, x: Self::Values) -> Self::Values;
    /// Shifts down and sets the top bit where the sign of `a` is clear.
    fn push_positive(bits: Self::Words, a: Self::Values) -> Self::Words;
    /// Shifts down and sets the top bit where `a` is above `b`.
    fn push_above(bits: Self::Words, a: Self::Values, b: Self::Values) -> Self::Words;
}

/// Eight doubles in registers of level `S`.
#[derive(Clone, Copy)]
pub struct Values<S: Simd>(S::Values);

impl<S: Simd> Values<S> {
    /// Returns `x` in every lane.
    #[inline(always)]
    pub fn splat(x: f64) -> Self {
        Self(S::splat(x))
    }

    /// Returns what `x` holds.
    #[inline(always)]
    pub fn load(x: &Lanes) -> Self {
        Self(S::load(&x.0))
    }

    /// Returns `x`, wherever it lies.
    #[inline(always)]
    pub fn from_slice(x: &[f64; LANES]) -> Self {
        Self(S::load(x))
    }

    /// Writes the values.
    #[inline(always)]
    pub fn store(self, to: &mut Lanes) {
        S::store(self.0, &mut to.0);
    }

    /// Writes the values, wherever they go.
    #[inline(always)]
    pub fn to_slice(self, to: &mut [f64; LANES]) {
        S::store(self.0, to);
    }

    /// Returns `self * factor + addend`, rounded once where the level can, else twice.
    #[inline(always)]
    pub fn times_plus(self, factor: Self, addend: Self) -> Self {
        Self(S::times_plus(self.0, factor.0, addend.0))
    }

    /// Returns the absolute values.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(S::abs(self.0))
    }

    /// Returns `self` where it is below `other`, else `other`.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(S::min(self.0, other.0))
    }
}

impl<S: Simd> Values<S> {
    /// Returns `self` where it is above `other`, else `other`.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(S::max(self.0, other.0))
    }

    /// Returns `x` where `self` is above `bound`, else `other`.
    #[inline(always)]
    pub fn where_above(self, bound: Self, x: Self, other: Self) -> Self {
        Self(S::where_above(self.0, bound.0, x.0, other.0))
    }

    /// Returns `self + x` where `a` equals `b`, else `self`.
    #[inline(always)]
    pub fn add_where_equal(self, a: Self, b: Self, x: Self) -> Self {
        Self(S::add_where_equal(self.0, a.0, b.0, x.0))
    }
}

macro_rules! operators {
    ($($name:ident, $method:ident);*) => {$(
        impl<S: Simd> $name for Values<S> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(S::$method(self.0, other.0))
            }
        }
    )*};
}
operators!(Add, add; Sub, sub; Mul, mul; Div, div);

impl<S: Simd> Neg for Values<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::splat(-0.0) - self
    }
}

/// A shift register of 64 bits a lane, in registers of level `S`; as [`Bits`].
#[derive(Clone, Copy)]
pub struct Shifted<S: Simd>(S::Words);

impl<S: Simd> Shifted<S> {
    /// Returns what `x` holds.
    #[inline(always)]
    pub fn load(x: &Bits) -> Self {
        Self(S::load_words(x))
    }

    /// Writes the words.
    #[inline(always)]
    pub fn store(self, to: &mut Bits) {
        S::store_words(self.0, to);
    }

    /// Pushes whether each lane's sign is clear.
    #[inline(always)]
    pub fn push_positive(self, x: Values<S>) -> Self {
        Self(S::push_positive(self.0, x.0))
    }

    /// Pushes whether `a` is above `b` in each lane.
    #[inline(always)]
    pub fn push_above(self, a: Values<S>, b: Values<S>) -> Self {
        Self(S::push_above(self.0, a.0, b.0))
    }
}
