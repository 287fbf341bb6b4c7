//! A model compiled ahead of time: trees as machine code, called through C.
//!
//! The library is one that tl2cgen makes of a gradient-boosted model (DMLC, `tl2cgen.export_lib`): `predict` adds each
//! tree's leaf to its result; an entry is a double, or missing where its first four bytes are -1.

use std::error::Error as _;
use std::ffi::{OsStr, c_int};
use std::fmt;

use libloading::{Library, Symbol};

use super::COUNT;

/// What tells an entry that is missing.
const MISSING: i32 = -1;

/// A feature, as the library takes it.
#[derive(Clone, Copy)]
#[repr(C)]
union Entry {
    missing: i32,
    value: f64,
}

type Predict = unsafe extern "C" fn(*mut Entry, c_int, *mut f64);

/// A library that is no model of our features; its words say how.
#[derive(Debug)]
pub struct NoModel(String);

impl fmt::Display for NoModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoModel {}

/// A model of the [`COUNT`] features.
pub struct Forest {
    predict: Predict,
    entries: [Entry; COUNT],
    /// Holds `predict` in memory.
    _library: Library,
}

impl fmt::Debug for Forest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forest").finish_non_exhaustive()
    }
}

impl Forest {
    /// Loads the library at `path`.
    ///
    /// # Safety
    /// - It is a library that tl2cgen made, or one that keeps to what its functions promise: loading runs its code.
    ///
    /// # Errors
    /// - It cannot be loaded, or has not what a model of so many features has.
    pub unsafe fn open(path: &OsStr) -> Result<Self, NoModel> {
        let failed = |error: libloading::Error| {
            let why = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            NoModel(format!("{error}{why}"))
        };
        // SAFETY: the caller's promise.
        let library = unsafe { Library::new(path) }.map_err(failed)?;
        // SAFETY: tl2cgen declares it `int32_t get_num_feature(void)`, and these `const char* (void)`.
        let n_features = unsafe {
            let count: Symbol<'_, unsafe extern "C" fn() -> i32> = library.get(b"get_num_feature").map_err(failed)?;
            count()
        };
        if usize::try_from(n_features) != Ok(COUNT) {
            return Err(NoModel(format!("a model of {n_features} features, expected one of {COUNT}")));
        }
        // SAFETY: tl2cgen declares it `void predict(union Entry*, int, double*)`.
        let predict = unsafe { *library.get::<Predict>(b"predict").map_err(failed)? };
        Ok(Self { predict, entries: [Entry { missing: MISSING }; COUNT], _library: library })
    }

    /// Returns what the model says of the features, of which there are [`COUNT`]; NaN is missing.
    pub fn predict(&mut self, features: &[f64]) -> f64 {
        for (entry, feature) in self.entries.iter_mut().zip(features) {
            let bits = feature.to_bits();
            // A number whose low half happens to be all ones would be taken for missing: its last bit is let go.
            let is_like_missing = bits as u32 == MISSING as u32;
            let value = f64::from_bits(if is_like_missing { bits - 1 } else { bits });
            *entry = if feature.is_nan() { Entry { value: f64::from_bits(u64::MAX) } } else { Entry { value } };
        }
        let mut signal = 0.0;
        // SAFETY: as many entries as the model asked for, and room for the one result of a regression.
        unsafe { (self.predict)(self.entries.as_mut_ptr(), 0, &raw mut signal) };
        signal
    }
}
