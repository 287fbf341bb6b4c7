//! `perfwatch._engine.feed_records`: the feed's transform over messages that Python holds.

use perfwatch_core::feed::transform::Transform;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Return (records, (messages, malformed, foreign, records)) of what is handed on of a feed.
///
/// Parameters
/// ----------
/// messages : list of bytes, in their order.
/// symbols : list of str; a record names them by their place.
/// smallest : float, the smallest trade that is handed on.
///
/// Returns
/// -------
/// bytes, 48 a record, and counts.
#[pyfunction]
pub fn feed_records<'py>(
    py: Python<'py>,
    messages: Vec<Bound<'py, PyBytes>>,
    symbols: Vec<String>,
    smallest: f64,
) -> (Bound<'py, PyBytes>, (u64, u64, u64, u64)) {
    let mut transform = Transform::new(symbols, smallest);
    let records: Vec<_> = messages.iter().filter_map(|message| transform.record(message.as_bytes())).collect();
    let counts = transform.counts;
    let body = PyBytes::new(py, bytemuck::cast_slice(&records));
    (body, (counts.messages, counts.malformed, counts.foreign, counts.records))
}
