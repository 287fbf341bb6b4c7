//! `perfwatch._engine.Mailbox`: the client's half of memory shared with an engine.

use std::os::fd::BorrowedFd;

use perfwatch_core::combination::N_PARAMS;
use perfwatch_core::mailbox::{Client, Memory, Operation, Wait};
use pyo3::exceptions::{PyConnectionError, PyValueError};
use pyo3::prelude::*;
use rustix::net::{RecvFlags, recv};

use crate::{array, wrong_shape};

/// The client's half of memory shared with an engine; not to be shared by threads.
///
/// Parameters
/// ----------
/// memory : int, descriptor of the memory; the mapping outlives it.
/// capacity : int, floats of data each way.
/// socket : int, descriptor of the connection to the engine; it stays the caller's, and open.
/// wait : "spin", "futex" or "hybrid".
///
/// Errors
/// ------
/// ValueError : another way to wait. OSError : the memory cannot be mapped.
#[pyclass]
pub struct Mailbox {
    client: Client,
    socket: i32,
}

#[pymethods]
impl Mailbox {
    #[new]
    fn new(memory: i32, capacity: usize, socket: i32, wait: &str) -> PyResult<Self> {
        let how = Wait::named(wait)
            .ok_or_else(|| PyValueError::new_err(format!("wait: expected spin, futex or hybrid, got {wait:?}")))?;
        if memory < 0 || socket < 0 {
            return Err(PyValueError::new_err("memory, socket: expected open descriptors"));
        }
        // SAFETY: the caller's descriptor is open during this call.
        let memory = unsafe { BorrowedFd::borrow_raw(memory) };
        let memory = Memory::map(memory, capacity).map_err(std::io::Error::from)?;
        Ok(Self { client: Client::new(memory, how), socket })
    }

    /// Return (PnL, trades) of one combination over the series that was loaded; None where it was refused.
    ///
    /// Parameters
    /// ----------
    /// windows : int64 (6,), in the order (half, full, sq, p3, p2, p).
    ///
    /// Errors
    /// ------
    /// ValueError : another type or shape. ConnectionError : the engine has gone.
    fn one(&mut self, py: Python<'_>, windows: &Bound<'_, PyAny>) -> PyResult<Option<(f64, i64)>> {
        let windows = array::<i64>("windows", "int64", windows)?;
        if windows.item_count() != N_PARAMS {
            return Err(wrong_shape("windows", "(6,)", windows.shape()));
        }
        // SAFETY: six i64, contiguous and aligned as `array` has seen to, alive for as long as `windows` holds the buffer.
        // Python code cannot write to them meanwhile: this thread holds the interpreter.
        let row = unsafe { windows.buf_ptr().cast::<[i64; N_PARAMS]>().read() };
        self.call(py, Operation::Sweep, 0, &row)
    }

    /// Keep the first `n` floats of the client's data as the series; whether the engine did.
    fn load(&mut self, py: Python<'_>, n: u32) -> PyResult<bool> {
        Ok(self.call(py, Operation::Load, n, &[0; N_PARAMS])?.is_some())
    }

    /// Copy the first `n` floats of the client's data into the engine's; whether the engine did.
    fn echo(&mut self, py: Python<'_>, n: u32) -> PyResult<bool> {
        Ok(self.call(py, Operation::Echo, n, &[0; N_PARAMS])?.is_some())
    }
}

impl Mailbox {
    fn call(
        &mut self,
        py: Python<'_>,
        operation: Operation,
        n: u32,
        windows: &[i64; N_PARAMS],
    ) -> PyResult<Option<(f64, i64)>> {
        let Self { client, socket } = self;
        let socket = *socket;
        let answer = py.detach(|| client.call(operation, n, windows, &mut || is_alive(socket)));
        answer.map_err(|gone| PyConnectionError::new_err(gone.to_string()))
    }
}

/// Returns whether the other end of the descriptor is still open.
pub fn is_alive(socket: i32) -> bool {
    // SAFETY: the caller promised that the descriptor stays open for as long as the mailbox is called.
    let socket = unsafe { BorrowedFd::borrow_raw(socket) };
    match recv(socket, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Ok((_, received)) => received > 0,
        Err(error) => error == rustix::io::Errno::AGAIN || error == rustix::io::Errno::INTR,
    }
}
