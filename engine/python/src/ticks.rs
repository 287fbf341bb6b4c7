//! `perfwatch._engine.TickProducer`: the producer's half of a ring of ticks.

use std::cell::UnsafeCell;
use std::ffi::CStr;
use std::os::fd::BorrowedFd;
use std::ptr;
use std::sync::Arc;

use perfwatch_core::clock::Clock;
use perfwatch_core::ticks::{Producer, Ring, Tick};
use pyo3::exceptions::{PyConnectionError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;

use crate::fast::{self, Definition, refused};
use crate::mailbox::is_alive;

/// What the producer and the functions it gave out share; whoever holds the interpreter's lock has it alone.
struct Shared(UnsafeCell<State>);

struct State {
    producer: Producer,
    socket: i32,
    clock: Clock,
}

/// What a function that writes ticks of one symbol holds.
struct Pusher {
    shared: Arc<Shared>,
    symbol: [u8; 8],
}

// SAFETY: it is touched only by who holds the interpreter's lock, and nobody lets go of that in between.
unsafe impl Send for Shared {}

// SAFETY: as above.
unsafe impl Sync for Shared {}

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
pub struct TickProducer(Arc<Shared>);

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
        Ok(Self(Arc::new(Shared(UnsafeCell::new(State {
            producer: Producer::new(ring),
            socket,
            clock: Clock::new(),
        })))))
    }

    /// Return the function that writes a tick of `symbol`: `push(price, quantity, kind)`.
    ///
    /// It stamps the tick with the time of now, and waits for room where there is none. price : float. quantity : int
    /// below 2**32. kind : 1 a bid, 2 an ask. It raises TypeError or OverflowError for others, and ConnectionError where
    /// the consumer has gone.
    ///
    /// Parameters
    /// ----------
    /// symbol : bytes of 8, padded with zeros.
    ///
    /// Errors
    /// ------
    /// ValueError : a symbol of another length.
    #[pyo3(signature = (symbol, /))]
    fn pusher<'py>(&self, py: Python<'py>, symbol: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let Ok(symbol) = symbol.try_into() else {
            return Err(PyValueError::new_err(format!("symbol: expected 8 bytes, got {}", symbol.len())));
        };
        fast::function(py, &PUSH, Pusher { shared: Arc::clone(&self.0), symbol }, NAME)
    }

    /// End the stream.
    ///
    /// Errors
    /// ------
    /// ConnectionError : the consumer has gone.
    fn end(&mut self) -> PyResult<()> {
        // SAFETY: this call holds the interpreter's lock from beginning to end.
        let State { producer, socket, .. } = unsafe { &mut *self.0.0.get() };
        let socket = *socket;
        producer.end(&mut || is_alive(socket)).map_err(|gone| PyConnectionError::new_err(gone.to_string()))
    }
}

const NAME: &CStr = c"perfwatch._engine.TickProducer";

static PUSH: Definition = Definition::new(c"push", push, c"Write a tick: price, quantity, kind.");

/// Writes a tick.
///
/// # Safety
/// - Python calls it: with the lock, the capsule it was made with, and `n` arguments.
unsafe extern "C" fn push(
    capsule: *mut ffi::PyObject,
    arguments: *mut *mut ffi::PyObject,
    n: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise; what is read of an argument is what Python's own functions give of it.
    unsafe {
        if n != 3 {
            return refused(ffi::PyExc_TypeError, c"push: expected price, quantity and kind");
        }
        let Some(Pusher { shared, symbol }) = fast::state(capsule, NAME) else { return ptr::null_mut() };
        let price = ffi::PyFloat_AsDouble(*arguments);
        // The one price that may be an error: whether it is, is asked only then.
        if price == -1.0 && !ffi::PyErr_Occurred().is_null() {
            return ptr::null_mut();
        }
        let (Some(quantity), Some(kind)) = (whole(*arguments.add(1)), whole(*arguments.add(2))) else {
            return ptr::null_mut();
        };
        let State { producer, socket, clock } = &mut *shared.0.get();
        let tick = Tick { symbol: *symbol, price, quantity, timestamp: clock.now(), kind };
        if producer.push(&tick, &mut || is_alive(*socket)).is_err() {
            return refused(ffi::PyExc_ConnectionError, c"the consumer has gone");
        }
        ffi::Py_NewRef(ffi::Py_None())
    }
}

/// Returns a number below 2**32; None with Python's error set where it is none.
///
/// # Safety
/// - The caller holds the interpreter's lock and a reference to `object`.
unsafe fn whole(object: *mut ffi::PyObject) -> Option<u32> {
    // SAFETY: the caller's promise.
    let number = unsafe { ffi::PyLong_AsUnsignedLong(object) };
    match u32::try_from(number) {
        Ok(whole) => Some(whole),
        Err(_) => {
            // SAFETY: the caller's promise.
            unsafe {
                if ffi::PyErr_Occurred().is_null() {
                    refused(ffi::PyExc_OverflowError, c"expected a number below 2**32");
                }
            }
            None
        }
    }
}
