//! `perfwatch._engine.Mailbox`: the client's half of memory shared with an engine.

use std::cell::UnsafeCell;
use std::ffi::CStr;
use std::os::fd::BorrowedFd;
use std::ptr;
use std::sync::Arc;

use perfwatch_core::combination::N_PARAMS;
use perfwatch_core::mailbox::{Client, Memory, Operation, Wait};
use pyo3::exceptions::{PyConnectionError, PyRuntimeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use rustix::net::{RecvFlags, recv};

use crate::fast::{self, Definition};
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
pub struct Mailbox(Arc<Shared>);

/// What the mailbox and the functions it gave out share.
struct Shared(UnsafeCell<State>);

struct State {
    client: Client,
    socket: i32,
    /// Whether a call waits without the interpreter's lock.
    is_waiting: bool,
}

// SAFETY: it is touched only by who holds the interpreter's lock, or, without it, by the one call that waits: `is_waiting`
// turns others away meanwhile.
unsafe impl Send for Shared {}

// SAFETY: as above.
unsafe impl Sync for Shared {}

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
        let state = State { client: Client::new(memory, how), socket, is_waiting: false };
        Ok(Self(Arc::new(Shared(UnsafeCell::new(state)))))
    }

    /// Return the function that asks for one combination: `one(windows)`.
    ///
    /// windows : int64 (6,), in the order (half, full, sq, p3, p2, p). It returns (PnL, trades) over the series that was
    /// loaded, None where it was refused; and raises ValueError for another type or shape, ConnectionError where the
    /// engine has gone, RuntimeError where another thread waits for an answer.
    fn caller<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        fast::function(py, &ONE, Arc::clone(&self.0), NAME)
    }

    /// Keep the first `n` floats of the client's data as the series; whether the engine did.
    fn load(&self, py: Python<'_>, n: u32) -> PyResult<bool> {
        Ok(self.0.call(py, Operation::Load, n, &[0; N_PARAMS])?.is_some())
    }

    /// Copy the first `n` floats of the client's data into the engine's; whether the engine did.
    fn echo(&self, py: Python<'_>, n: u32) -> PyResult<bool> {
        Ok(self.0.call(py, Operation::Echo, n, &[0; N_PARAMS])?.is_some())
    }
}

/// Looks for an answer before others are let to run: a microsecond or two of them, which is what a small job takes.
const LOOKS: u32 = 2_000;
const NAME: &CStr = c"perfwatch._engine.Mailbox";

static ONE: Definition = Definition::new(c"one", one, c"Return (PnL, trades) of one combination: windows.");

impl Shared {
    fn call(
        &self,
        py: Python<'_>,
        operation: Operation,
        n: u32,
        windows: &[i64; N_PARAMS],
    ) -> PyResult<Option<(f64, i64)>> {
        let state = self.0.get();
        // SAFETY: this thread holds the lock: nobody else reads or writes it now.
        if unsafe { (*state).is_waiting } {
            return Err(PyRuntimeError::new_err("the mailbox is in use: another thread waits for an answer"));
        }
        // SAFETY: as above, and no call waits.
        let State { client, socket, is_waiting } = unsafe { &mut *state };
        let asked = client.ask(operation, n, windows);
        if let Some(answer) = client.look(&asked, LOOKS) {
            return Ok(answer);
        }
        let (socket, client) = (*socket, &*client);
        *is_waiting = true;
        let answer = py.detach(|| client.wait(asked, &mut || is_alive(socket)));
        *is_waiting = false;
        answer.map_err(|gone| PyConnectionError::new_err(gone.to_string()))
    }
}

/// Asks for one combination.
///
/// # Safety
/// - Python calls it: with the lock, the capsule it was made with, and `n` arguments.
unsafe extern "C" fn one(
    capsule: *mut ffi::PyObject,
    arguments: *mut *mut ffi::PyObject,
    n: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(shared) = fast::state::<Arc<Shared>>(capsule, NAME) else { return ptr::null_mut() };
        if n != 1 {
            return fast::refused(ffi::PyExc_TypeError, c"one: expected windows");
        }
        let py = Python::assume_attached();
        let found = windows(py, *arguments).and_then(|row| shared.call(py, Operation::Sweep, 0, &row));
        match found {
            Ok(None) => ffi::Py_NewRef(ffi::Py_None()),
            Ok(Some((pnl, trades))) => {
                let pair = ffi::PyTuple_New(2);
                if !pair.is_null() {
                    // Null where there is no memory, with the error set; the tuple takes the references.
                    ffi::PyTuple_SetItem(pair, 0, ffi::PyFloat_FromDouble(pnl));
                    ffi::PyTuple_SetItem(pair, 1, ffi::PyLong_FromLongLong(trades));
                }
                pair
            }
            Err(error) => {
                error.restore(py);
                ptr::null_mut()
            }
        }
    }
}

/// Returns the six windows of an array.
///
/// # Safety
/// - The caller holds a reference to `object`.
unsafe fn windows(py: Python<'_>, object: *mut ffi::PyObject) -> PyResult<[i64; N_PARAMS]> {
    // SAFETY: the caller's promise.
    let object = unsafe { Bound::from_borrowed_ptr(py, object) };
    let windows = array::<i64>("windows", "int64", &object)?;
    if windows.item_count() != N_PARAMS {
        return Err(wrong_shape("windows", "(6,)", windows.shape()));
    }
    // SAFETY: six i64, contiguous and aligned as `array` has seen to, alive for as long as `windows` holds the buffer.
    // Python code cannot write to them meanwhile: this thread holds the interpreter.
    Ok(unsafe { windows.buf_ptr().cast::<[i64; N_PARAMS]>().read() })
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
