//! The parser of frames never panics, answers or ends, and never believes a length.

use perfwatch_core::frame::FrameError;
use perfwatch_core::request::{RequestError, Requests};

use crate::{INPUTS, Random};

const MAX_BODY: u32 = 4096;

/// Returns a frame of a few bars and combinations, or noise, some bytes of it changed, cut or repeated.
fn stream(number: u64, bytes: &mut Vec<u8>) {
    bytes.clear();
    let mut random = Random(number);
    let mut next = |below| random.next(below);
    for _ in 0..=next(3) {
        let (n_bars, n_combos) = (next(5) as u32, next(3) as u32);
        let body_len = 9 + 8 * n_bars + 48 * n_combos;
        bytes.extend(body_len.to_le_bytes());
        bytes.push(next(6) as u8);
        bytes.extend(n_bars.to_le_bytes());
        bytes.extend(n_combos.to_le_bytes());
        bytes.extend((0..body_len - 9).map(|i| i as u8));
    }
    for _ in 0..next(6) {
        let at = next(bytes.len() as u64 + 1) as usize;
        match next(4) {
            0 if at < bytes.len() => bytes[at] = next(256) as u8,
            1 => bytes.truncate(at),
            2 => bytes.insert(at, [0, 1, 0x7f, 0x80, 0xff][next(5) as usize]),
            _ => bytes.extend_from_within(at..),
        }
    }
}

#[test]
#[ignore = "ten million streams: make fuzz"]
fn no_stream_of_bytes_breaks_the_parser() {
    let mut bytes = Vec::new();
    let (mut read, mut refused, mut lost) = (0_u64, 0_u64, 0_u64);
    for number in 0..INPUTS {
        stream(number, &mut bytes);
        let mut requests = Requests::new(&bytes[..], MAX_BODY);
        loop {
            match requests.read() {
                Ok(None) => break,
                Ok(Some(request)) => {
                    let held = 8 * request.close.len() + 48 * request.params.len();
                    assert!(held <= bytes.len(), "stream {number}");
                    read += 1;
                }
                Err(RequestError::Refused(_)) => refused += 1,
                Err(RequestError::Lost(error)) => {
                    assert!(!matches!(error, FrameError::NoMemory { .. }), "stream {number}");
                    lost += 1;
                    break;
                }
                Err(RequestError::Io(error)) => panic!("stream {number}: {error}"),
            }
        }
    }
    // All three happen, and often: the streams are neither all right nor all noise.
    for (what, count) in [("read", read), ("refused", refused), ("lost", lost)] {
        assert!(count > INPUTS / 20, "{what}: {count}");
    }
    println!("{INPUTS} streams: {read} requests read, {refused} refused, {lost} streams lost");
}
