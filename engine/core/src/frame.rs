//! What a frame is, and everything that can be wrong with one. All numbers are little-endian.
//!
//! ```text
//! request : [u32 body_len][u8 opcode][u32 n_bars][u32 n_combos][n_bars x f64 close][n_combos x 6 x i64 params]
//! reply   : [u32 body_len][body]        sweep: [n_combos x f64 pnl][n_combos x i64 trades]; echo: the close array
//!                                       load: nothing; sweep of what was loaded: as sweep
//! error   : [u32 0x8000_0000 | n][n bytes of UTF-8]
//! ```

use std::fmt;

use crate::combination::{N_PARAMS, NotAWindow};

/// Bytes of the length every frame begins with.
pub const LENGTH_BYTES: usize = 4;

/// Bytes of a request's body before its arrays.
pub const HEADER_BYTES: usize = 9;

/// Set in the length of a reply whose body is an error message.
pub const ERROR_BIT: u32 = 0x8000_0000;

/// The longest body taken unless told otherwise: 33 million bars, and never a claim of 4 GB.
pub const DEFAULT_MAX_BODY: u32 = 256 << 20;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opcode {
    /// PnL and trades of every combination.
    Sweep,
    /// The close array, as it came.
    Echo,
    /// Nothing; the close array is kept for this connection.
    Load,
    /// PnL and trades of every combination over the series that was loaded: parameters are all that crosses.
    SweepLoaded,
}

/// What a request says of itself before its arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What is asked for.
    pub opcode: Opcode,
    /// Elements of `close`.
    pub n_bars: u32,
    /// Rows of `params`.
    pub n_combos: u32,
}

/// Why bytes are not a request; every message names what was expected and what came.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the message beside them")]
pub enum FrameError {
    /// A body that is longer than this engine takes.
    TooLong { limit: u32, got: u32 },
    /// A body that ends before this field does.
    TooShort { what: &'static str, expected: usize, got: usize },
    /// A body that goes on after its last field.
    Leftover { got: usize },
    /// A stream that ends before this field does.
    CutOff { what: &'static str, expected: usize, got: usize },
    /// A number that stands for no operation.
    UnknownOpcode { got: u8 },
    /// A body whose length is not the one its counts ask for.
    Contradiction { header: Header, got: u32 },
    /// An array this machine has no memory for.
    NoMemory { what: &'static str, bytes: usize },
    /// A parameter that is not a window.
    NotAWindow(NotAWindow),
    /// A sweep of what was loaded that brings a series along, or finds none.
    NotLoaded { n_bars: u32 },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit, got } => write!(f, "body_len: expected at most {limit} bytes, got {got}"),
            Self::TooShort { what, expected, got } => write!(f, "{what}: expected {expected} bytes, got {got}"),
            Self::Leftover { got } => write!(f, "end of header: expected 0 bytes more, got {got}"),
            Self::CutOff { what, expected, got } => {
                write!(f, "{what}: expected {expected} bytes, got {got} before the stream ended")
            }
            Self::UnknownOpcode { got } => {
                write!(f, "opcode: expected 0 (sweep), 1 (echo), 2 (load) or 3 (sweep of what was loaded), got {got}")
            }
            Self::Contradiction { header, got } => {
                let Header { n_bars, n_combos, .. } = header;
                let expected = header.body_len();
                write!(
                    f,
                    "body_len: expected {expected} bytes for {n_bars} bars and {n_combos} combinations, got {got}"
                )
            }
            Self::NoMemory { what, bytes } => write!(f, "{what}: no memory for {bytes} bytes"),
            Self::NotAWindow(error) => error.fmt(f),
            Self::NotLoaded { n_bars: 0 } => write!(f, "n_bars: expected a load before a sweep of what was loaded"),
            Self::NotLoaded { n_bars } => {
                write!(f, "n_bars: expected 0 bars with a sweep of what was loaded, got {n_bars}")
            }
        }
    }
}

impl std::error::Error for FrameError {}

impl From<NotAWindow> for FrameError {
    fn from(error: NotAWindow) -> Self {
        Self::NotAWindow(error)
    }
}

impl Header {
    /// Returns the header that `bytes` (the first of the body, at most [`HEADER_BYTES`]) is in a body of `body_len`.
    ///
    /// # Errors
    /// - Fewer or more bytes than a header has.
    /// - An unknown opcode.
    /// - Counts that ask for another `body_len`.
    pub fn parse(bytes: &[u8], body_len: u32) -> Result<Self, FrameError> {
        let mut cursor = Cursor { rest: bytes };
        let opcode = match cursor.u8("opcode")? {
            0 => Opcode::Sweep,
            1 => Opcode::Echo,
            2 => Opcode::Load,
            3 => Opcode::SweepLoaded,
            got => return Err(FrameError::UnknownOpcode { got }),
        };
        let header = Self { opcode, n_bars: cursor.u32("n_bars")?, n_combos: cursor.u32("n_combos")? };
        cursor.finish()?;
        if header.body_len() != u64::from(body_len) {
            return Err(FrameError::Contradiction { header, got: body_len });
        }
        Ok(header)
    }

    /// Returns the length of a body with these counts; in u64, where no counts overflow it.
    pub fn body_len(&self) -> u64 {
        let (bars, combos) = (u64::from(self.n_bars), u64::from(self.n_combos));
        HEADER_BYTES as u64 + bars * size_of::<f64>() as u64 + combos * size_of::<[i64; N_PARAMS]>() as u64
    }
}

/// Walks over bytes, field by field.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn u8(&mut self, what: &'static str) -> Result<u8, FrameError> {
        self.take::<1>(what).map(|[byte]| byte)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, FrameError> {
        self.take(what).map(u32::from_le_bytes)
    }

    fn take<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], FrameError> {
        let Some((field, rest)) = self.rest.split_first_chunk() else {
            return Err(FrameError::TooShort { what, expected: N, got: self.rest.len() });
        };
        self.rest = rest;
        Ok(*field)
    }

    fn finish(self) -> Result<(), FrameError> {
        if self.rest.is_empty() { Ok(()) } else { Err(FrameError::Leftover { got: self.rest.len() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8], body_len: u32) -> String {
        Header::parse(bytes, body_len).unwrap_err().to_string()
    }

    #[test]
    fn a_header_is_an_opcode_and_two_counts() {
        let header = Header::parse(&[1, 3, 0, 0, 0, 2, 0, 0, 0], 9 + 3 * 8 + 2 * 48).unwrap();
        assert_eq!(header, Header { opcode: Opcode::Echo, n_bars: 3, n_combos: 2 });
    }

    #[test]
    fn a_body_that_ends_in_a_field_names_the_field() {
        assert_eq!(message(&[], 0), "opcode: expected 1 bytes, got 0");
        assert_eq!(message(&[0, 1, 0], 3), "n_bars: expected 4 bytes, got 2");
        assert_eq!(message(&[0, 1, 0, 0, 0], 5), "n_combos: expected 4 bytes, got 0");
    }

    #[test]
    fn counts_that_ask_for_another_length_are_a_contradiction() {
        let said = message(&[0, 3, 0, 0, 0, 1, 0, 0, 0], 90);
        assert_eq!(said, "body_len: expected 81 bytes for 3 bars and 1 combinations, got 90");
    }

    #[test]
    fn counts_that_overflow_32_bits_are_a_contradiction_and_not_a_small_body() {
        // 2^29 bars are 2^32 bytes: in 32 bits the body would seem to hold 9.
        let said = message(&[0, 0, 0, 0, 0x20, 0, 0, 0, 0], 9);
        assert_eq!(said, "body_len: expected 4294967305 bytes for 536870912 bars and 0 combinations, got 9");
    }

    #[test]
    fn an_unknown_opcode_is_named() {
        assert_eq!(
            message(&[7, 0, 0, 0, 0, 0, 0, 0, 0], 9),
            "opcode: expected 0 (sweep), 1 (echo), 2 (load) or 3 (sweep of what was loaded), got 7"
        );
    }

    #[test]
    fn more_bytes_than_a_header_has_are_left_over() {
        assert_eq!(message(&[0; 10], 9), "end of header: expected 0 bytes more, got 1");
    }
}
