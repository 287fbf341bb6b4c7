//! Shared memory for a client to call through, served for as long as its socket stands.

use std::io;
use std::os::unix::net::UnixStream;

use perfwatch_core::combination::Combination;
use perfwatch_core::kernel::Compute;
use perfwatch_core::mailbox::{Engine, Memory, Wait};

use crate::handover;

/// Floats each way: more than the study's 150,000 bars, 16 MB in all.
const CAPACITY: usize = 1 << 20;

/// Sends the client of `stream` memory to call through, and answers there until the client has gone.
///
/// # Errors
/// - There is no memory, or the client went before it had it.
pub fn attend(stream: &UnixStream, compute: Compute, how: Wait) -> io::Result<()> {
    let memory = handover::memory("perfwatch-mailbox", Memory::bytes(CAPACITY))?;
    let engine = Engine::new(Memory::map(&memory, CAPACITY)?, how);
    handover::send(stream, memory, CAPACITY as u64)?;
    let sweep = |close: &[f64], windows: &[i64; 6]| {
        let combinations = Combination::all(std::slice::from_ref(windows)).ok()?;
        let sweep = compute.sweep(close, &combinations);
        Some((sweep.pnl[0], sweep.trades[0]))
    };
    engine.serve(sweep, &mut || handover::is_alive(stream));
    Ok(())
}
