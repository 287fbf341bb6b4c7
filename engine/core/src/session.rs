//! A stream of requests answered in their order.

use std::io::{self, Read, Write};

use crate::combination::Combination;
use crate::frame::{FrameError, Opcode};
use crate::kernel::Compute;
use crate::reply;
use crate::request::{Request, RequestError, Requests};

/// How a session came to its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client asked all it wanted.
    Finished,
    /// The last bytes were no frame; the client was told, and the rest of the stream means nothing.
    Lost(FrameError),
}

/// Answers every request of `input` on `output`, with an error where it is none, until the input ends or is lost.
///
/// # Errors
/// - One of the streams failed: there is nobody left to tell.
pub fn serve(input: impl Read, mut output: impl Write, compute: Compute, max_body: u32) -> io::Result<Ending> {
    let mut requests = Requests::new(input, max_body);
    let mut loaded = None;
    loop {
        match requests.read() {
            Ok(None) => return Ok(Ending::Finished),
            Ok(Some(request)) => {
                // The client knows from the error reply; the session goes on either way.
                let _told = answer(request, &mut output, compute, &mut loaded)?;
            }
            Err(RequestError::Refused(error)) => reply::error(&mut output, &error)?,
            Err(RequestError::Lost(error)) => {
                reply::error(&mut output, &error)?;
                return Ok(Ending::Lost(error));
            }
            Err(RequestError::Io(error)) => return Err(error),
        }
    }
}

/// Answers one request of `input` on `output`; what was wrong with it, if anything, is both replied and returned.
///
/// # Errors
/// - One of the streams failed.
pub fn once(
    input: impl Read,
    mut output: impl Write,
    compute: Compute,
    max_body: u32,
) -> io::Result<Result<(), FrameError>> {
    let mut requests = Requests::new(input, max_body);
    let error = match requests.read() {
        Ok(Some(request)) => return answer(request, &mut output, compute, &mut None),
        Ok(None) => FrameError::CutOff { what: "body_len", expected: crate::frame::LENGTH_BYTES, got: 0 },
        Err(RequestError::Refused(error) | RequestError::Lost(error)) => error,
        Err(RequestError::Io(error)) => return Err(error),
    };
    reply::error(&mut output, &error)?;
    Ok(Err(error))
}

/// Answers `request`; `loaded` is the series that this connection keeps.
fn answer(
    request: &mut Request,
    output: &mut impl Write,
    compute: Compute,
    loaded: &mut Option<Vec<f64>>,
) -> io::Result<Result<(), FrameError>> {
    let close = match (request.opcode, &loaded) {
        (Opcode::Echo, _) => {
            reply::echo(output, &request.close)?;
            return Ok(Ok(()));
        }
        (Opcode::Load, _) => {
            // What was loaded before is the memory that the next request is read into.
            let before = loaded.take().unwrap_or_default();
            *loaded = Some(std::mem::replace(&mut request.close, before));
            reply::nothing(output)?;
            return Ok(Ok(()));
        }
        (Opcode::Sweep, _) => &request.close,
        (Opcode::SweepLoaded, Some(close)) if request.close.is_empty() => close,
        (Opcode::SweepLoaded, _) => {
            // As many as a frame's header can say.
            let error = FrameError::NotLoaded { n_bars: request.close.len() as u32 };
            reply::error(output, &error)?;
            return Ok(Err(error));
        }
    };
    match Combination::all(&request.params) {
        Ok(combinations) => reply::sweep(output, &compute.sweep(close, &combinations))?,
        Err(error) => {
            reply::error(output, &error)?;
            return Ok(Err(error.into()));
        }
    }
    Ok(Ok(()))
}
