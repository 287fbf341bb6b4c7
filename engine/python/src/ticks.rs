//! `perfwatch._engine.TickProducer`: the producer's half of a ring of ticks.

use std::os::fd::BorrowedFd;

use perfwatch_core::ticks::{Producer, Ring, Tick, now};
use pyo3::exceptions::{PyConnectionError, PyValueError};
use pyo3::prelude::*;

use crate::mailbox::is_alive;

/// The producer's half of a ring of ticks; not to be shared by threads.
///
/// Parameters
/// ----------
/// memory : int, descriptor of the ring's memory; the mapping outlives it.
/// capacity : int, ticks the ring holds, a power of two.
/// socket : int, descriptor of the connection to the consumer; it stays the caller's, and open.
///
/// Errors
/// ------
/// ValueError : no descriptors. OSError : the memory cannot be mapped, or the capacity is no power of two.
#[pyclass]
pub struct TickProducer {
    producer: Producer,
    socket: i32,
}

#[pymethods]
impl TickProducer {
    #[new]
    fn new(memory: i32, capacity: u64, socket: i32) -> PyResult<Self> {
        if memory < 0 || socket < 0 {
            return Err(PyValueError::new_err("memory, socket: expected open descriptors"));
        }
        // SAFETY: the caller's descriptor is open during this call.
        let memory = unsafe { BorrowedFd::borrow_raw(memory) };
        let ring = Ring::map(memory, capacity).map_err(std::io::Error::from)?;
        Ok(Self { producer: Producer::new(ring), socket })
    }

    /// Write a tick, stamped with the time of now, and wait for room where there is none.
    ///
    /// Parameters
    /// ----------
    /// symbol : bytes of 8, padded with zeros.
    /// price : float. quantity : int below 2**32. kind : 1 a bid, 2 an ask.
    ///
    /// Errors
    /// ------
    /// ValueError : a symbol of another length. ConnectionError : the consumer has gone.
    #[pyo3(signature = (symbol, price, quantity, kind, /))]
    fn push(&mut self, symbol: &[u8], price: f64, quantity: u32, kind: u32) -> PyResult<()> {
        let Ok(symbol) = symbol.try_into() else {
            return Err(PyValueError::new_err(format!("symbol: expected 8 bytes, got {}", symbol.len())));
        };
        let Self { producer, socket } = self;
        let socket = *socket;
        let tick = Tick { symbol, price, quantity, timestamp: now(), kind };
        producer.push(&tick, &mut || is_alive(socket)).map_err(|gone| PyConnectionError::new_err(gone.to_string()))
    }

    /// End the stream.
    ///
    /// Errors
    /// ------
    /// ConnectionError : the consumer has gone.
    fn end(&mut self) -> PyResult<()> {
        let Self { producer, socket } = self;
        let socket = *socket;
        producer.end(&mut || is_alive(socket)).map_err(|gone| PyConnectionError::new_err(gone.to_string()))
    }
}
