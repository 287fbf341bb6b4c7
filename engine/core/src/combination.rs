//! A combination of the sweep: six windows, proven to be windows.

use std::fmt;

/// Windows per combination.
pub const N_PARAMS: usize = 6;

/// What the six are called, in the order they are sent.
pub const PARAM_NAMES: [&str; N_PARAMS] = ["half", "full", "sq", "p3", "p2", "p"];

/// The longest window. A sum of weights n(n+1)/2 stays below 2^53 up to here, so that it is exact as an f64.
pub const MAX_WINDOW: i64 = 1 << 26;

/// Six windows in bars, each in 1..=[`MAX_WINDOW`].
///
/// Kernels take nothing else, so that no parameter from outside reaches unchecked indexing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Combination {
    pub(crate) half: i64,
    pub(crate) full: i64,
    pub(crate) sq: i64,
    pub(crate) p3: i64,
    pub(crate) p2: i64,
    pub(crate) p: i64,
}

/// A parameter that is not a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAWindow {
    /// Which combination of the sweep, from 0.
    pub combination: usize,
    /// Which of its six parameters.
    pub name: &'static str,
    /// What it was.
    pub got: i64,
}

impl fmt::Display for NotAWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { combination, name, got } = self;
        write!(f, "combination {combination}: {name}: expected a window of 1 to {MAX_WINDOW} bars, got {got}")
    }
}

impl std::error::Error for NotAWindow {}

impl Combination {
    /// Returns the combinations that `params` are, in their order.
    ///
    /// # Errors
    /// - The first parameter below 1 or above [`MAX_WINDOW`].
    pub fn all(params: &[[i64; N_PARAMS]]) -> Result<Vec<Self>, NotAWindow> {
        params.iter().enumerate().map(|(combination, windows)| Self::new(combination, windows)).collect()
    }

    fn new(combination: usize, windows: &[i64; N_PARAMS]) -> Result<Self, NotAWindow> {
        for (name, &got) in PARAM_NAMES.into_iter().zip(windows) {
            if !(1..=MAX_WINDOW).contains(&got) {
                return Err(NotAWindow { combination, name, got });
            }
        }
        let [half, full, sq, p3, p2, p] = *windows;
        Ok(Self { half, full, sq, p3, p2, p })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameter_that_is_no_window_is_named() {
        let error = Combination::all(&[[1; 6], [3, 6, 2, 0, -1, 3]]).unwrap_err();
        assert_eq!(error.to_string(), "combination 1: p3: expected a window of 1 to 67108864 bars, got 0");
    }

    #[test]
    fn the_longest_window_is_one_whose_weights_sum_exactly() {
        assert!(Combination::all(&[[MAX_WINDOW; 6]]).is_ok());
        assert!(Combination::all(&[[1, 1, 1, 1, 1, MAX_WINDOW + 1]]).is_err());
        const { assert!(MAX_WINDOW * (MAX_WINDOW + 1) / 2 < 1 << 53) };
    }
}
