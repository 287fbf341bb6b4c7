//! Replies written to a stream, each in one piece: header and arrays leave with one system call where they fit.

use std::fmt::Display;
use std::io::{self, ErrorKind, IoSlice, Write};

use crate::frame::ERROR_BIT;
use crate::kernel::Sweep;

/// Writes `sweep` as `[pnl][trades]`.
///
/// # Errors
/// - The stream failed.
pub fn sweep(stream: &mut impl Write, sweep: &Sweep) -> io::Result<()> {
    frame(stream, 0, &[bytemuck::cast_slice(&sweep.pnl), bytemuck::cast_slice(&sweep.trades)])
}

/// Writes a reply without a body: done.
///
/// # Errors
/// - The stream failed.
pub fn nothing(stream: &mut impl Write) -> io::Result<()> {
    frame(stream, 0, &[])
}

/// Writes `close` as it came.
///
/// # Errors
/// - The stream failed.
pub fn echo(stream: &mut impl Write, close: &[f64]) -> io::Result<()> {
    frame(stream, 0, &[bytemuck::cast_slice(close)])
}

/// Writes what was wrong, marked as an error.
///
/// # Errors
/// - The stream failed.
pub fn error(stream: &mut impl Write, error: &impl Display) -> io::Result<()> {
    frame(stream, ERROR_BIT, &[error.to_string().as_bytes()])
}

fn frame(stream: &mut impl Write, mark: u32, parts: &[&[u8]]) -> io::Result<()> {
    let body_len: usize = parts.iter().map(|part| part.len()).sum();
    // No reply is longer than its request, and no request reaches the bit that marks an error.
    let length = u32::try_from(body_len).ok().filter(|len| len & ERROR_BIT == 0);
    let Some(length) = length else {
        return Err(io::Error::other(format!("a reply of {body_len} bytes fits no frame")));
    };
    let length = (mark | length).to_le_bytes();
    let mut slices: Vec<IoSlice<'_>> = Vec::with_capacity(1 + parts.len());
    slices.push(IoSlice::new(&length));
    slices.extend(parts.iter().map(|part| IoSlice::new(part)));
    write_all(stream, &mut slices)?;
    stream.flush()
}

/// What `Write::write_all_vectored` will be once it is stable.
fn write_all(stream: &mut impl Write, mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    // An empty slice at the front would make a write of 0 bytes look like a stream that takes no more.
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        match stream.write_vectored(slices) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut slices, written),
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
