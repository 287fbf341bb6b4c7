//! The time of day for those who ask every hundred nanoseconds: the processor's counter, held to the system's clock.
//!
//! The system's own costs some 40 ns here, which is a third of a tick. The counter is read in 7, and turned into time by
//! the rate it had since the clock was made; the system is asked again every 50 µs, so that a step of its clock is
//! followed and an error of the rate cannot add up: 1e-3 of it, which is what 100 µs of calibration leave, are 50 ns, and
//! less with every asking. Where the processor has no counter that runs at one speed, the system is asked each time.

use crate::ticks::now;

/// Time in which a rate is found, ns.
#[cfg(target_arch = "x86_64")]
const CALIBRATION_NS: u64 = 100_000;
/// Time after which the system is asked again, ns.
#[cfg(target_arch = "x86_64")]
const ASK_AFTER_NS: u64 = 50_000;

/// A clock; each thread its own.
#[derive(Debug, Clone)]
pub struct Clock {
    #[cfg(target_arch = "x86_64")]
    counter: Option<Counter>,
}

#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone)]
struct Counter {
    /// Counter and time at the beginning, which the rate is found from.
    first: (u64, u64),
    /// The same when the system was last asked.
    last: (u64, u64),
    ns_per_count: f64,
    /// Counts after which it is asked again.
    lasts: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    /// Returns a clock, after a tenth of a millisecond.
    pub fn new() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            counter: Counter::new(),
        }
    }

    /// Returns the time, nanoseconds since 1970.
    #[inline]
    pub fn now(&mut self) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if let Some(counter) = &mut self.counter {
            return counter.now();
        }
        now()
    }
}

#[cfg(target_arch = "x86_64")]
impl Counter {
    /// Returns the counter's clock; None where it may change its speed.
    fn new() -> Option<Self> {
        if !is_invariant() {
            return None;
        }
        let first = both();
        let mut last = first;
        while last.1.wrapping_sub(first.1) < CALIBRATION_NS {
            last = both();
        }
        let mut counter = Self { first, last, ns_per_count: 0.0, lasts: 0 };
        counter.set_rate().then_some(counter)
    }

    #[inline]
    fn now(&mut self) -> u64 {
        let since = count().wrapping_sub(self.last.0);
        if since < self.lasts {
            // Fewer than 2^53 of them.
            return self.last.1 + (since as f64 * self.ns_per_count) as u64;
        }
        self.ask()
    }

    #[cold]
    fn ask(&mut self) -> u64 {
        self.last = both();
        if !self.set_rate() {
            // Somebody set the clock: from here on it is another one.
            self.first = self.last;
        }
        self.last.1
    }

    /// Finds the rate since the beginning, if it can be one: a processor counts from 0.1 to 10 times a nanosecond.
    fn set_rate(&mut self) -> bool {
        let (counts, ns) = (self.last.0.wrapping_sub(self.first.0), self.last.1.wrapping_sub(self.first.1));
        let rate = ns as f64 / counts as f64;
        let is_one = (0.1..10.0).contains(&rate) && (self.lasts == 0 || (rate / self.ns_per_count - 1.0).abs() < 0.01);
        if is_one {
            self.ns_per_count = rate;
            self.lasts = (ASK_AFTER_NS as f64 / rate) as u64;
        }
        is_one
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn count() -> u64 {
    // SAFETY: every x86-64 processor has the counter.
    unsafe { std::arch::x86_64::_rdtsc() }
}

/// Returns the counter and the time of one moment: of several readings the one that nothing came between.
#[cfg(target_arch = "x86_64")]
fn both() -> (u64, u64) {
    /// Counts that a reading takes at most where nobody was put to sleep in it: half a microsecond and more.
    const CLOSE: u64 = 2_000;
    let mut best = (u64::MAX, 0, 0);
    for _ in 0..8 {
        let (before, time, after) = (count(), now(), count());
        let took = after.wrapping_sub(before);
        if took < best.0 {
            best = (took, before.wrapping_add(took / 2), time);
        }
        if best.0 < CLOSE {
            break;
        }
    }
    (best.1, best.2)
}

/// Returns whether the counter runs at one speed whatever the processor does (AMD64 manual 3, E.4.6: bit 8 of EDX).
#[cfg(target_arch = "x86_64")]
fn is_invariant() -> bool {
    use std::arch::x86_64::__cpuid;
    const LEAF: u32 = 0x8000_0007;
    __cpuid(0x8000_0000).eax >= LEAF && __cpuid(LEAF).edx & (1 << 8) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_the_system_says() {
        let mut clock = Clock::new();
        let begun = now();
        // Through many askings, and long pauses between some of them.
        while now() < begun + 20_000_000 {
            for _ in 0..100 {
                // Whoever is put to sleep between two of these reads sees them far apart; the third tells.
                let (before, time, after) = (now(), clock.now(), now());
                assert!(time + 2_000 >= before && time <= after + 2_000, "{before} {time} {after}");
            }
            std::thread::sleep(std::time::Duration::from_micros(300));
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_clock_that_was_set_is_followed() {
        let Some(mut counter) = Counter::new() else { return };
        // As if the system's clock had been an hour ahead until now.
        counter.first.1 += 3_600_000_000_000;
        counter.last.1 += 3_600_000_000_000;
        counter.lasts = 1;
        let (asked, after) = (counter.now(), counter.now());
        assert!(asked.abs_diff(now()) < 1_000_000_000 && after.abs_diff(asked) < 1_000_000_000);
        assert!(counter.first.1.abs_diff(now()) < 1_000_000_000);
    }
}
