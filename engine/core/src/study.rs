//! The study's way to answer, kept as it was to be measured against: every frame copied, every float parsed and encoded
//! one by one, length and body written apart.

use std::io::{self, Read, Write};

use crate::combination::{Combination, N_PARAMS};
use crate::frame::{HEADER_BYTES, LENGTH_BYTES};
use crate::kernel::Compute;

/// Answers sweeps and echoes of `input` on `output` until it ends, or sends what is no frame.
///
/// # Errors
/// - A stream failed, or what came was no frame: the study's server had no words for it.
pub fn serve(mut input: impl Read, mut output: impl Write, compute: Compute, max_body: u32) -> io::Result<()> {
    while let Some(body) = read_frame(&mut input, max_body)? {
        let reply = answer(&body, compute).ok_or(io::ErrorKind::InvalidData)?;
        output.write_all(&(reply.len() as u32).to_le_bytes())?;
        output.write_all(&reply)?;
        output.flush()?;
    }
    Ok(())
}

fn read_frame(stream: &mut impl Read, max_body: u32) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; LENGTH_BYTES];
    match stream.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length);
    if length > max_body {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body)?;
    Ok(Some(body))
}

/// Returns the body of the reply; None where the body is no request.
fn answer(body: &[u8], compute: Compute) -> Option<Vec<u8>> {
    let (&opcode, counts) = body.get(..HEADER_BYTES)?.split_first()?;
    let count = |at: usize| Some(u32::from_le_bytes(counts[at..at + 4].try_into().ok()?) as usize);
    let (n_bars, n_combos) = (count(0)?, count(4)?);
    let arrays = &body[HEADER_BYTES..];
    if arrays.len() as u64 != 8 * (n_bars as u64 + (n_combos * N_PARAMS) as u64) {
        return None;
    }
    let mut close = Vec::with_capacity(n_bars);
    for bar in 0..n_bars {
        close.push(f64::from_le_bytes(arrays[8 * bar..8 * bar + 8].try_into().ok()?));
    }
    let mut reply = Vec::new();
    if opcode == 1 {
        for price in close {
            reply.extend_from_slice(&price.to_le_bytes());
        }
        return Some(reply);
    }
    let mut params = vec![[0; N_PARAMS]; n_combos];
    for (i, window) in params.as_flattened_mut().iter_mut().enumerate() {
        let at = 8 * (n_bars + i);
        *window = i64::from_le_bytes(arrays[at..at + 8].try_into().ok()?);
    }
    let sweep = compute.sweep(&close, &Combination::all(&params).ok()?);
    for pnl in sweep.pnl {
        reply.extend_from_slice(&pnl.to_le_bytes());
    }
    for trades in sweep.trades {
        reply.extend_from_slice(&trades.to_le_bytes());
    }
    (opcode == 0).then_some(reply)
}
