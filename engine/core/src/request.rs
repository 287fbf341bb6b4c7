//! Requests read from a stream, one after the other. Lengths are checked before anything is allocated for them.

use std::io::{self, BufReader, ErrorKind, Read};

use bytemuck::Pod;

use crate::combination::N_PARAMS;
use crate::frame::{FrameError, HEADER_BYTES, Header, LENGTH_BYTES, Opcode};

/// A small frame (1,000 bars) comes in with one read into this buffer; what is larger is read past it, in place. A larger
/// buffer copies more than it saves: 64 kB cost 20 µs at 10,000 bars where the two arrays lay badly to each other.
const BUFFER_BYTES: usize = 8 << 10;

/// Arrays get memory as they keep coming, this much at a time: a claim alone is not given 256 MB.
const GROWTH_BYTES: usize = 4 << 20;

/// A request that kept its word about its lengths; its parameters are still as they came.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is asked for.
    pub opcode: Opcode,
    /// Prices, oldest first.
    pub close: Vec<f64>,
    /// Six windows a combination.
    pub params: Vec<[i64; N_PARAMS]>,
}

/// Why there is no request.
#[derive(Debug)]
pub enum RequestError {
    /// A whole frame that is no request. It was read to its end: the next frame follows.
    Refused(FrameError),
    /// Bytes of which nobody knows where the next frame begins.
    Lost(FrameError),
    /// The stream failed.
    Io(io::Error),
}

/// The requests of one stream.
#[derive(Debug)]
pub struct Requests<R> {
    stream: BufReader<R>,
    max_body: u32,
    /// Read into again and again, so that a client asking twice pays for the memory once.
    request: Request,
}

impl<R: Read> Requests<R> {
    /// Returns the requests of `stream` whose bodies have at most `max_body` bytes.
    pub fn new(stream: R, max_body: u32) -> Self {
        let request = Request { opcode: Opcode::Echo, close: Vec::new(), params: Vec::new() };
        Self { stream: BufReader::with_capacity(BUFFER_BYTES, stream), max_body, request }
    }

    /// Returns the next request, or None where the stream ended between two.
    ///
    /// # Errors
    /// - [`RequestError::Refused`]: a frame that contradicts itself; the stream can be read on.
    /// - [`RequestError::Lost`]: a body longer than the limit or than there is memory, or a stream that ended within a
    ///   frame.
    /// - [`RequestError::Io`]: the stream failed.
    pub fn read(&mut self) -> Result<Option<&mut Request>, RequestError> {
        let Some(body_len) = self.body_len()? else { return Ok(None) };
        if body_len > self.max_body {
            return Err(RequestError::Lost(FrameError::TooLong { limit: self.max_body, got: body_len }));
        }
        let mut header = [0; HEADER_BYTES];
        let header = &mut header[..HEADER_BYTES.min(body_len as usize)];
        field(&mut self.stream, "header", header)?;
        let header = match Header::parse(header, body_len) {
            Ok(header) => header,
            Err(error) => {
                let rest = body_len as usize - header.len();
                self.skip(rest)?;
                return Err(RequestError::Refused(error));
            }
        };
        self.request.opcode = header.opcode;
        array(&mut self.stream, "close", &mut self.request.close, header.n_bars as usize)?;
        array(&mut self.stream, "params", &mut self.request.params, header.n_combos as usize)?;
        Ok(Some(&mut self.request))
    }

    fn body_len(&mut self) -> Result<Option<u32>, RequestError> {
        let mut length = [0; LENGTH_BYTES];
        match field(&mut self.stream, "body_len", &mut length) {
            Ok(()) => Ok(Some(u32::from_le_bytes(length))),
            Err(RequestError::Lost(FrameError::CutOff { got: 0, .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn skip(&mut self, bytes: usize) -> Result<(), RequestError> {
        let skipped =
            io::copy(&mut self.stream.by_ref().take(bytes as u64), &mut io::sink()).map_err(RequestError::Io)?;
        if skipped == bytes as u64 {
            return Ok(());
        }
        Err(cut_off("body", bytes, skipped as usize))
    }
}

/// Reads a field of fixed size.
fn field(stream: &mut impl Read, what: &'static str, field: &mut [u8]) -> Result<(), RequestError> {
    match fill(stream, field)? {
        got if got == field.len() => Ok(()),
        got => Err(cut_off(what, field.len(), got)),
    }
}

/// Reads `len` elements into `array`, in place of what it holds.
fn array<T: Pod>(
    stream: &mut impl Read,
    what: &'static str,
    array: &mut Vec<T>,
    len: usize,
) -> Result<(), RequestError> {
    let bytes = len * size_of::<T>();
    array.truncate(len);
    let mut read = 0;
    loop {
        let room: &mut [u8] = bytemuck::cast_slice_mut(&mut array[read..]);
        let got = fill(stream, room)?;
        if got < room.len() {
            return Err(cut_off(what, bytes, read * size_of::<T>() + got));
        }
        read = array.len();
        if read == len {
            return Ok(());
        }
        let more = (len - read).min(GROWTH_BYTES / size_of::<T>());
        array.try_reserve_exact(more).map_err(|_| RequestError::Lost(FrameError::NoMemory { what, bytes }))?;
        array.resize(read + more, T::zeroed());
    }
}

/// Reads until `room` is full or the stream ends; returns how much came.
fn fill(stream: &mut impl Read, room: &mut [u8]) -> Result<usize, RequestError> {
    let mut got = 0;
    while got < room.len() {
        match stream.read(&mut room[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(RequestError::Io(error)),
        }
    }
    Ok(got)
}

fn cut_off(what: &'static str, expected: usize, got: usize) -> RequestError {
    RequestError::Lost(FrameError::CutOff { what, expected, got })
}
