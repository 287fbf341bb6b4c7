//! Shared memory for a client: made, sent over its socket, and served for as long as the socket stands.

use std::io::{self, ErrorKind, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use perfwatch_core::combination::Combination;
use perfwatch_core::kernel::Compute;
use perfwatch_core::mailbox::{Engine, Memory, Wait};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recv, sendmsg};

/// Floats each way: more than the study's 150,000 bars, 16 MB in all.
const CAPACITY: usize = 1 << 20;

/// Sends the client of `stream` memory to call through, and answers there until the client has gone.
///
/// # Errors
/// - There is no memory, or the client went before it had it.
pub fn attend(stream: &UnixStream, compute: Compute, how: Wait) -> io::Result<()> {
    let memory = memfd_create("perfwatch-mailbox", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    ftruncate(&memory, Memory::bytes(CAPACITY) as u64)?;
    // A client that cut it short would make every access of ours a fault.
    fcntl_add_seals(&memory, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
    let engine = Engine::new(Memory::map(&memory, CAPACITY)?, how);
    send(stream, &memory)?;
    drop(memory);
    let sweep = |close: &[f64], windows: &[i64; 6]| {
        let combinations = Combination::all(std::slice::from_ref(windows)).ok()?;
        let sweep = compute.sweep(close, &combinations);
        Some((sweep.pnl[0], sweep.trades[0]))
    };
    engine.serve(sweep, &mut || is_alive(stream));
    Ok(())
}

fn send(stream: &UnixStream, memory: impl AsFd) -> io::Result<()> {
    let descriptors = [memory.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    let capacity = (CAPACITY as u64).to_le_bytes();
    sendmsg(stream, &[IoSlice::new(&capacity)], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Returns whether the other end of `stream` is still open; what it may have sent stays where it is.
fn is_alive(stream: &UnixStream) -> bool {
    match recv(stream, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Ok((_, received)) => received > 0,
        Err(error) => matches!(io::Error::from(error).kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
    }
}
