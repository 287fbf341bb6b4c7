//! A stream of market ticks through a ring in shared memory: one producer, one consumer, 32 bytes a tick.
//!
//! ```text
//!    0  u64 magic          u64 capacity, ticks: a power of two
//!   64  u64 head: ticks written, by the producer
//!  128  u64 tail: ticks read, by the consumer
//! 4096  capacity x tick
//!
//! tick: [u8; 8] symbol  f64 price  u32 quantity  u64 timestamp, ns since 1970  u32 kind: 1 bid, 2 ask, 0 the end
//! ```
//!
//! The end of a stream skips as many slots as its quantity says, so that the next one begins at a multiple of 64.
//! Tick number n lies in slot n modulo capacity. The producer writes ticks and then the head (release); the consumer reads
//! the head (acquire), the ticks before it, and then writes the tail. A producer that is a whole ring ahead waits: nothing
//! is dropped. Either side learns from the socket that the memory came over that the other has gone.

use std::os::fd::AsFd;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use rustix::io::Errno;

use crate::mailbox::Gone;
use crate::shared::Mapping;

/// Stands at the beginning of the memory; another number is another layout.
pub const MAGIC: u64 = u64::from_le_bytes(*b"PWTICK01");
/// Bytes a tick.
pub const TICK_BYTES: usize = 32;

const HEAD: usize = 64;
const TAIL: usize = 128;
const TICKS: usize = 4096;
/// Looks between two questions whether the other side lives.
const LOOKS: u32 = 1 << 14;
/// Ticks after which the consumer says how far it is, where there are so many: a line less to share.
const BATCH: u64 = 256;
/// Streams begin at multiples of it.
const ALIGNED: u64 = 64;
/// Steps between two looks of a consumer that has caught up: about a tenth of a microsecond.
const BACK_OFF: u32 = 192;
/// What latencies are told apart to: three digits, from a nanosecond to a minute.
const LONGEST_NS: u64 = 60_000_000_000;

/// What a tick says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tick {
    /// Name of the instrument, padded with zeros.
    pub symbol: [u8; 8],
    /// Price.
    pub price: f64,
    /// Quantity.
    pub quantity: u32,
    /// When it was written, nanoseconds since 1970.
    pub timestamp: u64,
    /// 1 for a bid, 2 for an ask, 0 for the end of the stream.
    pub kind: u32,
}

/// A ring, mapped; both sides use it through [`Producer`] and [`consume`].
#[derive(Debug)]
pub struct Ring {
    mapping: Mapping,
    capacity: u64,
}

impl Ring {
    /// Returns how many bytes a ring of `capacity` ticks takes.
    pub fn bytes(capacity: u64) -> usize {
        TICKS + capacity as usize * TICK_BYTES
    }

    /// Maps a ring of `capacity` ticks, a power of two.
    ///
    /// # Errors
    /// - The descriptor cannot be mapped, or the capacity is no power of two.
    pub fn map(descriptor: impl AsFd, capacity: u64) -> Result<Self, Errno> {
        if !capacity.is_power_of_two() {
            return Err(Errno::INVAL);
        }
        Ok(Self { mapping: Mapping::new(descriptor, Self::bytes(capacity))?, capacity })
    }

    /// Writes what stands at the beginning.
    pub fn initialise(&self) {
        self.mapping.write(0, MAGIC);
        self.mapping.write(8, self.capacity);
    }

    #[inline]
    fn slot(&self, number: u64) -> usize {
        TICKS + (number & (self.capacity - 1)) as usize * TICK_BYTES
    }

    #[inline]
    fn read(&self, number: u64) -> Tick {
        let at = self.slot(number);
        let mapping = &self.mapping;
        Tick {
            symbol: mapping.read(at),
            price: mapping.read(at + 8),
            quantity: mapping.read(at + 16),
            timestamp: mapping.read(at + 20),
            kind: mapping.read(at + 28),
        }
    }

    #[inline]
    fn write(&self, number: u64, tick: &Tick) {
        let at = self.slot(number);
        let mapping = &self.mapping;
        mapping.write(at, tick.symbol);
        mapping.write(at + 8, tick.price);
        mapping.write(at + 16, tick.quantity);
        mapping.write(at + 20, tick.timestamp);
        mapping.write(at + 28, tick.kind);
    }
}

/// The producer's half.
#[derive(Debug)]
pub struct Producer {
    ring: Ring,
    head: u64,
    /// The tail when it was last looked at.
    tail: u64,
}

impl Producer {
    /// Returns the producer of a ring, which goes on where the last one ended its stream.
    pub fn new(ring: Ring) -> Self {
        let [head, tail] = [HEAD, TAIL].map(|at| ring.mapping.long(at).load(Ordering::Acquire));
        Self { ring, head, tail }
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// - As [`Producer::push`].
    pub fn end(&mut self, alive: &mut dyn FnMut() -> bool) -> Result<(), Gone> {
        let skipped = (self.head + 1).next_multiple_of(ALIGNED) - (self.head + 1);
        // At most 63.
        let end = Tick { symbol: [0; 8], price: 0.0, quantity: skipped as u32, timestamp: now(), kind: 0 };
        while self.head + 1 + skipped - self.tail > self.ring.capacity {
            self.wait_for(skipped + 1, alive)?;
        }
        self.ring.write(self.head, &end);
        self.head += 1 + skipped;
        self.ring.mapping.long(HEAD).store(self.head, Ordering::Release);
        Ok(())
    }

    /// Writes a tick, and waits for room where there is none.
    ///
    /// # Errors
    /// - The consumer has gone: `alive` said so while room was waited for.
    #[inline]
    pub fn push(&mut self, tick: &Tick, alive: &mut dyn FnMut() -> bool) -> Result<(), Gone> {
        if self.head - self.tail == self.ring.capacity {
            self.wait_for(1, alive)?;
        }
        self.ring.write(self.head, tick);
        self.head += 1;
        self.ring.mapping.long(HEAD).store(self.head, Ordering::Release);
        Ok(())
    }

    #[cold]
    fn wait_for(&mut self, ticks: u64, alive: &mut dyn FnMut() -> bool) -> Result<(), Gone> {
        loop {
            for _ in 0..LOOKS {
                self.tail = self.ring.mapping.long(TAIL).load(Ordering::Acquire);
                if self.head + ticks - self.tail <= self.ring.capacity {
                    return Ok(());
                }
            }
            if !alive() {
                return Err(Gone);
            }
        }
    }
}

/// What a consumer saw of a stream.
#[derive(Debug)]
pub struct Seen {
    /// Ticks before the end.
    pub ticks: u64,
    /// Sum of price times quantity, in the order they came: a parity with the producer's.
    pub turnover: f64,
    /// Nanoseconds from a tick's timestamp to its reading.
    pub latency: Histogram<u32>,
}

/// Returns the time, nanoseconds since 1970.
#[inline]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// Reads ticks from number `tail` on until the end of the stream, and makes `tail` where the next one begins.
///
/// # Errors
/// - The producer has gone before that.
pub fn consume(ring: &Ring, tail: &mut u64, alive: &mut dyn FnMut() -> bool) -> Result<Seen, Gone> {
    let latency = Histogram::new_with_max(LONGEST_NS, 3).map_err(|_| Gone)?;
    let mut seen = Seen { ticks: 0, turnover: 0.0, latency };
    loop {
        let head = wait(ring, *tail, alive)?;
        while *tail < head {
            // Ticks that lie ready together are read together; their time is that of the reading.
            let until = head.min(*tail + BATCH);
            let arrived = now();
            while *tail < until {
                let tick = ring.read(*tail);
                *tail += 1;
                if tick.kind == 0 {
                    *tail += u64::from(tick.quantity);
                    ring.mapping.long(TAIL).store(*tail, Ordering::Release);
                    return Ok(seen);
                }
                seen.ticks += 1;
                seen.turnover += tick.price * f64::from(tick.quantity);
                seen.latency.saturating_record(arrived.saturating_sub(tick.timestamp));
            }
            ring.mapping.long(TAIL).store(*tail, Ordering::Release);
        }
    }
}

fn wait(ring: &Ring, tail: u64, alive: &mut dyn FnMut() -> bool) -> Result<u64, Gone> {
    loop {
        for _ in 0..LOOKS {
            let head = ring.mapping.long(HEAD).load(Ordering::Acquire);
            if head != tail {
                return Ok(head);
            }
            // Every look takes the line of the head away from the producer, who then waits to write it again.
            for step in 0..BACK_OFF {
                std::hint::black_box(step);
            }
        }
        if !alive() {
            return Err(Gone);
        }
    }
}
