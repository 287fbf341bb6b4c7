//! Records of a feed through a ring in shared memory: the engine writes, one reader in another process reads.
//!
//! ```text
//!    0  u64 magic          u64 capacity, records: a power of two
//!   64  u64 head: records written
//!  128  u64 tail: records read, by the reader
//!  192  u64 state: 0 connecting, 1 open, 2 ended
//!  200  u64 heard: when the newest message came, CLOCK_MONOTONIC, ns; the clock moves every few milliseconds
//!  208  u64 newest time that a message named, ns since 1970
//!  216  u64 messages, malformed, foreign, records: counts since the beginning
//!  248  u64 bytes of the reason why it ended, which stands behind it: UTF-8, at most 512
//! 4096  capacity x record of 48 bytes
//! ```
//!
//! Record number n lies in slot n modulo capacity. A reader that is a whole ring behind makes the engine wait, and the
//! exchange behind it: nothing is dropped. `heard` tells a quiet feed from a dead one, for an exchange sends heartbeats.

use std::os::fd::AsFd;
use std::sync::atomic::Ordering;

use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};

use super::transform::{Counts, Record};
use crate::mailbox::Gone;
use crate::shared::Mapping;

/// Stands at the beginning of the memory; another number is another layout.
pub const MAGIC: u64 = u64::from_le_bytes(*b"PWFEED01");

const HEAD: usize = 64;
const TAIL: usize = 128;
const STATE: usize = 192;
const HEARD: usize = 200;
const NEWEST: usize = 208;
const COUNTS: usize = 216;
const REASON: usize = 248;
const LONGEST_REASON: usize = 512;
const RECORDS: usize = 4096;
/// Looks between two questions whether the reader lives.
const LOOKS: u32 = 1 << 14;

const OPEN: u64 = 1;
const ENDED: u64 = 2;

/// The engine's half of a ring.
#[derive(Debug)]
pub struct Writer {
    mapping: Mapping,
    capacity: u64,
    head: u64,
    /// The tail when it was last looked at.
    tail: u64,
}

impl Writer {
    /// Returns how many bytes a ring of `capacity` records takes.
    pub fn bytes(capacity: u64) -> usize {
        RECORDS + capacity as usize * size_of::<Record>()
    }

    /// Maps a ring of `capacity` records, a power of two, all zero, and writes what stands at the beginning.
    ///
    /// # Errors
    /// - The descriptor cannot be mapped, or the capacity is no power of two.
    pub fn new(descriptor: impl AsFd, capacity: u64) -> Result<Self, Errno> {
        if !capacity.is_power_of_two() {
            return Err(Errno::INVAL);
        }
        let mapping = Mapping::new(descriptor, Self::bytes(capacity))?;
        mapping.write(0, MAGIC);
        mapping.write(8, capacity);
        Ok(Self { mapping, capacity, head: 0, tail: 0 })
    }

    /// Says that the exchange is connected.
    pub fn open(&self) {
        self.hear();
        self.mapping.long(STATE).store(OPEN, Ordering::Release);
    }

    /// Says that a message came.
    #[inline]
    pub fn hear(&self) {
        let now = clock_gettime(ClockId::MonotonicCoarse);
        // Neither part is negative.
        self.mapping.long(HEARD).store(now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64, Ordering::Relaxed);
    }

    /// Says how many messages came, and the newest time that one of them named.
    #[inline]
    pub fn count(&self, counts: &Counts, newest: u64) {
        self.mapping.long(NEWEST).store(newest, Ordering::Relaxed);
        for (i, count) in [counts.messages, counts.malformed, counts.foreign, counts.records].into_iter().enumerate() {
            self.mapping.long(COUNTS + 8 * i).store(count, Ordering::Relaxed);
        }
    }

    /// Writes a record, and waits for room where there is none.
    ///
    /// # Errors
    /// - The reader has gone: `alive` said so while room was waited for.
    #[inline]
    pub fn push(&mut self, record: &Record, alive: &mut dyn FnMut() -> bool) -> Result<(), Gone> {
        if self.head - self.tail == self.capacity {
            self.wait(alive)?;
        }
        let slot = (self.head & (self.capacity - 1)) as usize;
        self.mapping.write(RECORDS + slot * size_of::<Record>(), *record);
        self.head += 1;
        self.mapping.long(HEAD).store(self.head, Ordering::Release);
        Ok(())
    }

    #[cold]
    fn wait(&mut self, alive: &mut dyn FnMut() -> bool) -> Result<(), Gone> {
        loop {
            for _ in 0..LOOKS {
                self.tail = self.mapping.long(TAIL).load(Ordering::Acquire);
                if self.head - self.tail < self.capacity {
                    return Ok(());
                }
            }
            if !alive() {
                return Err(Gone);
            }
            // It may need this core to read.
            std::thread::yield_now();
        }
    }

    /// Says that the feed has ended, and why.
    pub fn end(&self, reason: &str) {
        // Cut within a character, perhaps: the reader is told to expect that.
        let kept = &reason.as_bytes()[..reason.len().min(LONGEST_REASON)];
        for (i, byte) in kept.iter().enumerate() {
            self.mapping.write(REASON + 8 + i, *byte);
        }
        self.mapping.write(REASON, kept.len() as u64);
        self.mapping.long(STATE).store(ENDED, Ordering::Release);
    }
}
