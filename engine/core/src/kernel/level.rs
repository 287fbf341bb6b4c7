//! Which instructions compute: found out when the program runs, and forced for tests and comparisons.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// Names the level to use instead of the best there is.
pub const VARIABLE: &str = "PERFWATCH_SIMD";

/// A set of instructions that the fast kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every processor of the architecture has: SSE2 on x86-64, NEON on aarch64.
    Portable,
    /// AVX2 with fused multiply-add.
    Avx2,
    /// AVX-512 (F, BW, DQ, VL).
    Avx512,
}

/// A name that is no level, or a level that this processor has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchLevel {
    got: String,
}

impl fmt::Display for NoSuchLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has: Vec<_> = Level::available().map(Level::name).collect();
        write!(f, "{VARIABLE}: expected {} on this processor, got {:?}", has.join(" or "), self.got)
    }
}

impl std::error::Error for NoSuchLevel {}

impl Level {
    const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Returns what the level is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Returns whether this processor has the level.
    pub fn is_available(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return match self {
            Self::Portable => true,
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && Self::Avx2.is_available()
            }
        };
        #[cfg(not(target_arch = "x86_64"))]
        return self == Self::Portable;
    }

    /// Returns the levels of this processor, the least first.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|level| level.is_available())
    }

    /// Returns the level that [`VARIABLE`] names, the best there is where it is not set.
    ///
    /// # Errors
    /// - The variable names no level, or one that this processor has not.
    pub fn chosen() -> Result<Self, NoSuchLevel> {
        static CHOSEN: OnceLock<Result<Level, NoSuchLevel>> = OnceLock::new();
        CHOSEN
            .get_or_init(|| match std::env::var_os(VARIABLE) {
                Some(name) if !name.is_empty() => name.to_string_lossy().parse(),
                _ => Ok(Self::available().last().unwrap_or(Self::Portable)),
            })
            .clone()
    }
}

impl FromStr for Level {
    type Err = NoSuchLevel;

    fn from_str(name: &str) -> Result<Self, NoSuchLevel> {
        let found = Self::available().find(|level| level.name() == name);
        found.ok_or_else(|| NoSuchLevel { got: name.into() })
    }
}

/// Makes `$name(level, …)`, which runs `$body::<S>(…)` compiled for the level `S`; the body is `#[inline(always)]`.
///
/// The body exists once in the source and three times in the program. It takes no closures along: one that the compiler
/// does not inline would be compiled for the least instructions, whatever calls it. A level that the processor has not is never
/// entered: [`Level`]s come from [`Level::chosen`] and [`Level::from_str`], which ask it.
macro_rules! at_each_level {
    ($(#[$documentation:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)? = $body:ident) => {
        $(#[$documentation])*
        $visibility fn $name(level: $crate::kernel::level::Level, $($argument: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $type),*) $(-> $out)? {
                    $body::<$crate::kernel::simd::Avx2>($($argument),*)
                }
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512($($argument: $type),*) $(-> $out)? {
                    $body::<$crate::kernel::simd::Avx512>($($argument),*)
                }
                assert!(level.is_available(), "{} on a processor without it", level.name());
                match level {
                    // SAFETY: the processor has the level's features, as asserted above.
                    $crate::kernel::level::Level::Avx512 => return unsafe { avx512($($argument),*) },
                    // SAFETY: as above.
                    $crate::kernel::level::Level::Avx2 => return unsafe { avx2($($argument),*) },
                    $crate::kernel::level::Level::Portable => {}
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = level;
            $body::<$crate::kernel::simd::Portable>($($argument),*)
        }
    };
}
pub(crate) use at_each_level;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_processor_has_the_least_level_and_names_are_read_back() {
        assert_eq!(Level::available().next(), Some(Level::Portable));
        for level in Level::available() {
            assert_eq!(level.name().parse(), Ok(level));
        }
    }

    #[test]
    fn another_name_is_refused_with_what_there_is() {
        let error = "avx1024".parse::<Level>().unwrap_err().to_string();
        assert!(error.starts_with("PERFWATCH_SIMD: expected portable"), "{error}");
        assert!(error.ends_with("got \"avx1024\""), "{error}");
    }
}
