//! Memory without a name: made here, sent over a client's socket, gone with the two of them.

use std::io::{self, ErrorKind, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recv, sendmsg};

/// Returns memory of `bytes`, all zero, whose length nobody can change.
///
/// # Errors
/// - There is none.
pub fn memory(name: &str, bytes: usize) -> io::Result<OwnedFd> {
    let memory = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    ftruncate(&memory, bytes as u64)?;
    // A client that cut it short would make every access of ours a fault.
    fcntl_add_seals(&memory, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
    Ok(memory)
}

/// Sends the client of `stream` the memory and, in eight bytes, its capacity.
///
/// # Errors
/// - The client has gone.
pub fn send(stream: &UnixStream, memory: OwnedFd, capacity: u64) -> io::Result<()> {
    let descriptors = [memory.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    sendmsg(stream, &[IoSlice::new(&capacity.to_le_bytes())], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Returns whether the other end of `stream` is still open; what it may have sent stays where it is.
pub fn is_alive(stream: &UnixStream) -> bool {
    match recv(stream, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Ok((_, received)) => received > 0,
        Err(error) => matches!(io::Error::from(error).kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
    }
}
