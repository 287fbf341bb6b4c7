//! One request and one answer in memory that two processes share: a call without a system call.
//!
//! ```text
//!    0  u64 magic          u64 capacity, floats
//!   64  u32 sequence       u32 operation   u32 n   u32 -    6 x i64 windows     written by the client
//!  128  u32 sequence       u32 status      f64 pnl          i64 trades          written by the engine
//!  192  u32 client sleeps  u32 engine sleeps
//! 4096  capacity x f64, written by the client; then capacity x f64, written by the engine
//! ```
//!
//! A request is one cache line, and so is its answer. Each side writes what it has to say and then its sequence number
//! (release); the other reads that number (acquire) until it is the one it waits for. Waiting is spinning, sleeping on a
//! futex, or the one and then the other. The memory has no name: the engine makes it (memfd) and sends its descriptor over
//! a Unix socket, so that nothing is left behind however either side ends, and the socket tells each that the other has
//! gone.

use std::fmt;
use std::os::fd::AsFd;
use std::sync::atomic::{Ordering, fence};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::thread::futex;

use crate::combination::N_PARAMS;
use crate::shared::Mapping;

/// Stands at the beginning of the memory; another number is another layout.
pub const MAGIC: u64 = u64::from_le_bytes(*b"PWMAIL01");

const REQUEST: usize = 64;
const WINDOWS: usize = REQUEST + 16;
const REPLY: usize = 128;
const CLIENT_SLEEPS: usize = 192;
const ENGINE_SLEEPS: usize = 196;
const DATA: usize = 4096;

/// How long a hybrid wait spins before it sleeps: about what putting a thread to sleep and waking it costs.
const SPIN_FOR: Duration = Duration::from_micros(50);
/// Looks between two questions whether the other side lives.
const LOOKS: u32 = 1 << 14;
/// The longest sleep between two of them.
const NAP: Duration = Duration::from_millis(50);

/// How a side waits for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Looks again and again: a processor is busy with it.
    Spin,
    /// Sleeps until it is woken.
    Futex,
    /// Spins for as long as sleeping would cost, then sleeps.
    Hybrid,
}

impl Wait {
    /// Returns the way to wait called `name`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "spin" => Some(Self::Spin),
            "futex" => Some(Self::Futex),
            "hybrid" => Some(Self::Hybrid),
            _ => None,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// PnL and trades of the combination over the series that was loaded.
    Sweep = 0,
    /// Keeps the first n floats of the client's data as the series.
    Load = 1,
    /// Copies the first n floats of the client's data into the engine's.
    Echo = 2,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// As asked.
    Done = 0,
    /// A window is none, n is beyond the capacity, the operation is unknown, or nothing was loaded.
    Refused = 1,
}

/// The other side has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other side of the shared memory has gone")
    }
}

impl std::error::Error for Gone {}

/// The shared memory, mapped.
#[derive(Debug)]
pub struct Memory {
    mapping: Mapping,
    capacity: usize,
}

impl Memory {
    /// Returns how many bytes memory for `capacity` floats each way takes.
    pub fn bytes(capacity: usize) -> usize {
        DATA + 2 * 8 * capacity
    }

    /// Maps memory of [`Memory::bytes`] for `capacity` floats.
    ///
    /// # Errors
    /// - The descriptor cannot be mapped.
    pub fn map(descriptor: impl AsFd, capacity: usize) -> Result<Self, Errno> {
        Ok(Self { mapping: Mapping::new(descriptor, Self::bytes(capacity))?, capacity })
    }

    /// Floats of data each way.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Writes what stands at the beginning.
    fn initialise(&self) {
        self.mapping.write(0, MAGIC);
        self.mapping.write(8, self.capacity as u64);
    }

    fn wait(
        &self,
        at: usize,
        sleeps: usize,
        seen: u32,
        how: Wait,
        alive: &mut dyn FnMut() -> bool,
    ) -> Result<u32, Gone> {
        let word = self.mapping.word(at);
        let mut spin_until = (how == Wait::Hybrid).then(|| Instant::now() + SPIN_FOR);
        loop {
            if how != Wait::Futex {
                // No pause between looks: in a virtual machine a loop of pauses is taken for one that waits for a core
                // that does not run, and the hypervisor takes the processor away (954 instead of 130 us for 1.2 MB).
                for _ in 0..LOOKS {
                    let now = word.load(Ordering::Acquire);
                    if now != seen {
                        return Ok(now);
                    }
                    if spin_until.is_some_and(|end| Instant::now() >= end) {
                        break;
                    }
                }
            }
            if how != Wait::Spin {
                // Said before the last look: whoever writes after that look sees it, and wakes.
                self.mapping.word(sleeps).store(1, Ordering::SeqCst);
                let now = word.load(Ordering::SeqCst);
                if now != seen {
                    self.mapping.word(sleeps).store(0, Ordering::Relaxed);
                    return Ok(now);
                }
                let nap = rustix::time::Timespec { tv_sec: 0, tv_nsec: NAP.as_nanos() as i64 };
                // Woken, interrupted, timed out or too late: the next look tells.
                let _ = futex::wait(word, futex::Flags::empty(), seen, Some(&nap));
                self.mapping.word(sleeps).store(0, Ordering::Relaxed);
                let now = word.load(Ordering::Acquire);
                if now != seen {
                    return Ok(now);
                }
                spin_until = spin_until.map(|_| Instant::now());
            }
            if !alive() {
                return Err(Gone);
            }
        }
    }

    fn post(&self, at: usize, sleeps: usize, sequence: u32) {
        let word = self.mapping.word(at);
        word.store(sequence, Ordering::Release);
        fence(Ordering::SeqCst);
        if self.mapping.word(sleeps).load(Ordering::Relaxed) != 0 {
            // Nobody to wake is no failure.
            let _ = futex::wake(word, futex::Flags::empty(), 1);
        }
    }
}

/// The client's half.
#[derive(Debug)]
pub struct Client {
    memory: Memory,
    sequence: u32,
    how: Wait,
}

impl Client {
    /// Returns the client of `memory`, which waits as `how` says.
    pub fn new(memory: Memory, how: Wait) -> Self {
        let sequence = memory.mapping.word(REQUEST).load(Ordering::Acquire);
        Self { memory, sequence, how }
    }

    /// Asks for `operation` and returns (PnL, trades) where it was a sweep, zeros elsewhere; None where it was refused.
    ///
    /// # Errors
    /// - The engine has gone: `alive` said so while the answer was waited for.
    #[inline]
    pub fn call(
        &mut self,
        operation: Operation,
        n: u32,
        windows: &[i64; N_PARAMS],
        alive: &mut dyn FnMut() -> bool,
    ) -> Result<Option<(f64, i64)>, Gone> {
        let asked = self.ask(operation, n, windows);
        self.wait(asked, alive)
    }

    /// Asks for `operation`; one of the two below gives the answer, and nothing else is asked before.
    #[inline]
    pub fn ask(&mut self, operation: Operation, n: u32, windows: &[i64; N_PARAMS]) -> Asked {
        let Self { memory, sequence, .. } = self;
        memory.mapping.write(REQUEST + 4, operation as u32);
        memory.mapping.write(REQUEST + 8, n);
        memory.mapping.write(WINDOWS, *windows);
        let before = memory.mapping.word(REPLY).load(Ordering::Relaxed);
        *sequence = sequence.wrapping_add(1);
        memory.post(REQUEST, ENGINE_SLEEPS, *sequence);
        Asked { before }
    }

    /// Returns the answer to what was asked if it comes within so many looks; a client that sleeps does not look.
    #[inline]
    pub fn look(&self, asked: &Asked, looks: u32) -> Option<Option<(f64, i64)>> {
        if self.how == Wait::Futex {
            return None;
        }
        let word = self.memory.mapping.word(REPLY);
        (0..looks).any(|_| word.load(Ordering::Acquire) != asked.before).then(|| self.answer())
    }

    /// Returns the answer to what was asked.
    ///
    /// # Errors
    /// - The engine has gone: `alive` said so while the answer was waited for.
    #[inline]
    pub fn wait(&self, asked: Asked, alive: &mut dyn FnMut() -> bool) -> Result<Option<(f64, i64)>, Gone> {
        self.memory.wait(REPLY, CLIENT_SLEEPS, asked.before, self.how, alive)?;
        Ok(self.answer())
    }

    fn answer(&self) -> Option<(f64, i64)> {
        let mapping = &self.memory.mapping;
        (mapping.read::<u32>(REPLY + 4) == Status::Done as u32)
            .then(|| (mapping.read(REPLY + 8), mapping.read(REPLY + 16)))
    }
}

/// What was asked and not answered yet.
#[derive(Debug)]
pub struct Asked {
    /// Number of the answer before.
    before: u32,
}

/// The engine's half.
#[derive(Debug)]
pub struct Engine {
    memory: Memory,
    seen: u32,
    how: Wait,
}

impl Engine {
    /// Returns the engine of `memory`, which waits as `how` says.
    pub fn new(memory: Memory, how: Wait) -> Self {
        memory.initialise();
        Self { memory, seen: 0, how }
    }

    /// Answers until the client has gone.
    pub fn serve(
        mut self,
        mut sweep: impl FnMut(&[f64], &[i64; N_PARAMS]) -> Option<(f64, i64)>,
        alive: &mut dyn FnMut() -> bool,
    ) {
        let mut close = None;
        while let Ok(sequence) = self.memory.wait(REQUEST, ENGINE_SLEEPS, self.seen, self.how, alive) {
            self.seen = sequence;
            let answer = self.answer(&mut close, &mut sweep);
            let (pnl, trades) = answer.unwrap_or_default();
            let status = if answer.is_some() { Status::Done } else { Status::Refused };
            self.memory.mapping.write(REPLY + 4, status as u32);
            self.memory.mapping.write(REPLY + 8, pnl);
            self.memory.mapping.write(REPLY + 16, trades);
            self.memory.post(REPLY, CLIENT_SLEEPS, sequence);
        }
    }

    fn answer(
        &self,
        close: &mut Option<Vec<f64>>,
        sweep: &mut impl FnMut(&[f64], &[i64; N_PARAMS]) -> Option<(f64, i64)>,
    ) -> Option<(f64, i64)> {
        let memory = &self.memory;
        let (operation, n) =
            (memory.mapping.read::<u32>(REQUEST + 4), memory.mapping.read::<u32>(REQUEST + 8) as usize);
        if operation == Operation::Sweep as u32 {
            return sweep(close.as_deref()?, &memory.mapping.read(WINDOWS));
        }
        if n > memory.capacity {
            return None;
        }
        if operation == Operation::Load as u32 {
            // Copied: what the client does to its memory later is not to reach a kernel.
            let mut loaded = vec![0.0; n];
            memory.mapping.copy_to(DATA, &mut loaded);
            *close = Some(loaded);
            return Some((0.0, 0));
        }
        if operation == Operation::Echo as u32 {
            memory.mapping.copy_within(DATA, DATA + 8 * memory.capacity, 8 * n);
            return Some((0.0, 0));
        }
        None
    }
}
