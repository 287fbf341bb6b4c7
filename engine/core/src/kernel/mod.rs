//! The kernel, many times: one definition, one answer, ever less time.
//!
//! ```text
//! WMA(x, n)[i] = sum_{k=1..n} k * x[i-n+k] / (n(n+1)/2)      summed oldest first, divided last; NaN before n-1
//! HMA          = WMA(2 WMA(c, half) - WMA(c, full), sq)
//! HMA3         = WMA(3 WMA(c, p3) - WMA(c, p2) - WMA(c, p), p)
//! ```
//!
//! At each bar where both lines are valid, the side is +1 if HMA3 > HMA, else -1. Where the side is not the position, the
//! open position is closed and one on that side is opened. The one open at the end is neither closed nor counted.
//!
//! | kernel | what it does |
//! |---|---|
//! | `study` checked, unchecked | the study's port, frozen |
//! | `plain` | the same arithmetic as a Rust programmer writes it |
//! | `across` | several outputs of a pass side by side |
//! | `prefix` | all windows of one start in one chain of sums, eight blocks side by side |
//! | `certified` | the sign of the difference by running sums, with a proof or in exact order |
//!
//! Every one returns the same bits: the fast ones keep the order of every sum, or prove that it does not matter.

mod access;
mod across;
mod bound;
mod certified;
mod cores;
mod divisor;
mod filter;
pub(crate) mod lanes;
pub mod level;
mod lines;
mod neighbours;
mod plain;
mod prefix;
mod sides;
pub(crate) mod simd;
mod study;

use access::{Checked, Unchecked};
use level::Level;
use lines::Windows;
use sides::{Follower, Sides};

use crate::combination::Combination;

/// Sizes from the smallest, or 0, to the largest leave room for every product, sum and remainder; beyond them, or at
/// infinity, differences need not be numbers, and remainders need not be exact.
const ORDINARY: std::ops::RangeInclusive<f64> = 1e-150..=1e150;

/// Bars below which preparing eight blocks costs more than the whole sweep.
const SHORT: usize = 256;

/// Which kernel computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// The study's, every index checked.
    Checked,
    /// The study's, no index checked.
    Unchecked,
    /// Safe and scalar, without what cost the study's 13 %.
    Plain,
    /// Several outputs of a pass side by side.
    Across,
    /// Windows of one start share their sums.
    Prefix,
    /// The same on every core.
    PrefixCores,
    /// Running sums, certified.
    Certified,
    /// The same on every core.
    CertifiedCores,
}

/// The result of a sweep, in the order of its combinations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sweep {
    /// PnL in percentage points.
    pub pnl: Vec<f64>,
    /// Closed trades.
    pub trades: Vec<i64>,
}

impl Sweep {
    fn push(&mut self, follower: Follower) {
        self.pnl.push(follower.pnl);
        self.trades.push(follower.trades);
    }
}

impl Kernel {
    /// Every kernel.
    pub const ALL: [Self; 8] = [
        Self::Checked,
        Self::Unchecked,
        Self::Plain,
        Self::Across,
        Self::Prefix,
        Self::PrefixCores,
        Self::Certified,
        Self::CertifiedCores,
    ];

    /// Returns what the kernel is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Unchecked => "unchecked",
            Self::Plain => "plain",
            Self::Across => "across",
            Self::Prefix => "prefix",
            Self::PrefixCores => "prefix-cores",
            Self::Certified => "certified",
            Self::CertifiedCores => "certified-cores",
        }
    }

    /// Returns the kernel called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kernel| kernel.name() == name)
    }

    /// Returns the kernel on the instructions of `level`.
    pub fn at(self, level: Level) -> Compute {
        Compute { kernel: self, level }
    }
}

/// A kernel and the instructions it runs on; those of the study and the plain one are compiled for the least only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compute {
    /// Which kernel.
    pub kernel: Kernel,
    /// Which instructions.
    pub level: Level,
}

impl Compute {
    /// Returns PnL and closed trades of every combination over `close` (oldest first; NaN where there is no price).
    pub fn sweep(self, close: &[f64], combinations: &[Combination]) -> Sweep {
        let Self { kernel, level } = self;
        match kernel {
            Kernel::Checked => study::sweep::<Checked>(close, combinations),
            Kernel::Unchecked => study::sweep::<Unchecked>(close, combinations),
            Kernel::Plain => lines::sweep_of(close, combinations, plain::lines),
            Kernel::Across => across_sweep(level, close, combinations),
            Kernel::Prefix | Kernel::PrefixCores | Kernel::Certified | Kernel::CertifiedCores => {
                if close.len() < SHORT {
                    lines::sweep_of(close, combinations, plain::lines)
                } else if is_ordinary(close) {
                    self.sweep_of_sides(close, combinations)
                } else {
                    across_sweep(level, close, combinations)
                }
            }
        }
    }

    /// Returns the sweep by sides, stretch by stretch between bars without a price.
    fn sweep_of_sides(self, close: &[f64], combinations: &[Combination]) -> Sweep {
        let Self { kernel, level } = self;
        let windows: Vec<Windows> = combinations.iter().map(Windows::from).collect();
        let mut followers = vec![Follower::default(); windows.len()];
        for stretch in lines::stretches(close) {
            let close = &close[stretch];
            let certified = matches!(kernel, Kernel::Certified | Kernel::CertifiedCores);
            let prepared = certified.then(|| certified::Prepared::new(close, &windows)).flatten();
            let follow = |some: &[(Windows, Follower)]| {
                let windows: Vec<Windows> = some.iter().map(|(windows, _)| *windows).collect();
                let mut found = vec![Sides::new(close.len()); some.len()];
                match &prepared {
                    Some(prepared) => certified::sides(level, prepared, &windows, &mut found),
                    None => prefix::sides(level, close, &windows, &mut found),
                }
                let followed = some.iter().zip(&found).map(|((windows, follower), sides)| {
                    let mut follower = *follower;
                    follower.follow(close, sides, windows.first_valid()..close.len());
                    follower
                });
                followed.collect()
            };
            let held: Vec<_> = windows.iter().copied().zip(followers).collect();
            let on_all_cores = matches!(kernel, Kernel::PrefixCores | Kernel::CertifiedCores);
            followers = if on_all_cores { cores::spread(&held, follow) } else { follow(&held) };
        }
        let mut result = Sweep::default();
        followers.into_iter().for_each(|follower| result.push(follower));
        result
    }

    /// Returns (HMA, HMA3) of `close`, both NaN where one of them is; None from a kernel that does not compute them.
    pub fn lines(self, close: &[f64], combination: &Combination) -> Option<(Vec<f64>, Vec<f64>)> {
        let Self { kernel, level } = self;
        let windows = Windows::from(combination);
        let (mut slow, mut fast) = (vec![f64::NAN; close.len()], vec![f64::NAN; close.len()]);
        if windows.first_valid() >= close.len() {
            return Some((slow, fast));
        }
        match kernel {
            Kernel::Checked => (slow, fast) = study::lines::<Checked>(close, combination),
            Kernel::Unchecked => (slow, fast) = study::lines::<Unchecked>(close, combination),
            Kernel::Plain => (slow, fast) = plain::lines(close, &windows),
            Kernel::Prefix | Kernel::PrefixCores if is_ordinary(close) => {
                for stretch in lines::stretches(close) {
                    let (slow, fast) = (&mut slow[stretch.clone()], &mut fast[stretch.clone()]);
                    prefix::lines(level, &close[stretch], &windows, slow, fast);
                }
            }
            Kernel::Across | Kernel::Prefix | Kernel::PrefixCores => {
                (slow, fast) = across::lines(level, close, &windows, &plain::weights(windows.longest()));
            }
            Kernel::Certified | Kernel::CertifiedCores => return None,
        }
        for (slow, fast) in slow.iter_mut().zip(&mut fast) {
            if slow.is_nan() || fast.is_nan() {
                (*slow, *fast) = (f64::NAN, f64::NAN);
            }
        }
        Some((slow, fast))
    }
}

/// Returns whether every price is of ordinary size or missing: its differences are numbers wherever it is one.
pub(crate) fn is_ordinary(close: &[f64]) -> bool {
    close.iter().all(|price| price.is_nan() || *price == 0.0 || ORDINARY.contains(&price.abs()))
}

fn across_sweep(level: Level, close: &[f64], combinations: &[Combination]) -> Sweep {
    let filling = combinations.iter().map(Windows::from).filter(|w| w.first_valid() < close.len());
    let weights = plain::weights(filling.map(|w| w.longest()).max().unwrap_or(0));
    lines::sweep_of(close, combinations, |close, windows| across::lines(level, close, windows, &weights))
}
