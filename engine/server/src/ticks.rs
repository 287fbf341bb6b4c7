//! A ring of ticks for a client, read to its end.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;

use perfwatch_core::ticks::{Ring, Seen, consume};

use crate::handover;

/// Ticks a ring holds: 2 MB, which stays in the second cache of two cores.
const CAPACITY: u64 = 1 << 16;

/// Sends the client of `stream` a ring, reads streams of ticks from it, and tells what was seen at the end of each, until
/// the client has gone.
///
/// # Errors
/// - There is no memory, or the client went before it was told.
pub fn attend(mut stream: &UnixStream) -> io::Result<()> {
    let memory = handover::memory("perfwatch-ticks", Ring::bytes(CAPACITY))?;
    let ring = Ring::map(&memory, CAPACITY)?;
    ring.initialise();
    handover::send(stream, memory, CAPACITY)?;
    let mut tail = 0;
    while let Ok(seen) = consume(&ring, &mut tail, &mut || handover::is_alive(stream)) {
        stream.write_all(told(&seen).as_bytes())?;
    }
    Ok(())
}

/// Returns what was seen as one line of JSON: ticks, turnover, and the latencies' buckets as pairs (ns, count).
fn told(seen: &Seen) -> String {
    let mut line = format!("{{\"ticks\":{},\"turnover\":{:?},\"latency_ns\":[", seen.ticks, seen.turnover);
    for (i, bucket) in seen.latency.iter_recorded().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        // Writing to a String does not fail.
        let _ = write!(line, "{comma}[{},{}]", bucket.value_iterated_to(), bucket.count_at_value());
    }
    line + "]}\n"
}
