//! Functions for Python that cost what a C function costs: a method by PyO3 takes some 80 ns before it begins its work.

use std::ffi::CStr;
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// The C function behind a [`Definition`]: (capsule, arguments, how many) → what it returns, null with an error set.
pub type Body =
    unsafe extern "C" fn(*mut ffi::PyObject, *mut *mut ffi::PyObject, ffi::Py_ssize_t) -> *mut ffi::PyObject;

/// A function's name, body and documentation.
pub struct Definition(ffi::PyMethodDef);

// SAFETY: it is never written.
unsafe impl Sync for Definition {}

impl Definition {
    /// Returns the definition of a function with positional arguments only.
    pub const fn new(name: &'static CStr, body: Body, documentation: &'static CStr) -> Self {
        Self(ffi::PyMethodDef {
            ml_name: name.as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFast: body },
            ml_flags: ffi::METH_FASTCALL,
            ml_doc: documentation.as_ptr(),
        })
    }
}

/// Returns the function, which holds `state`; [`state`] gives its body the same type back.
///
/// # Errors
/// - There is no memory.
pub fn function<'py, T: Send + 'static>(
    py: Python<'py>,
    definition: &'static Definition,
    state: T,
    name: &'static CStr,
) -> PyResult<Bound<'py, PyAny>> {
    let capsule = PyCapsule::new_with_value(py, state, name)?;
    // SAFETY: the definition lives for ever and is only read, and the function holds a reference to the capsule.
    unsafe {
        let function = ffi::PyCFunction_NewEx((&raw const definition.0).cast_mut(), capsule.as_ptr(), ptr::null_mut());
        Bound::from_owned_ptr_or_err(py, function)
    }
}

/// Returns what a function holds; None with an error set where the capsule is another's.
///
/// # Safety
/// - The caller holds the interpreter's lock, and `T` is what [`function`] was given under that name.
pub unsafe fn state<'a, T>(capsule: *mut ffi::PyObject, name: &'static CStr) -> Option<&'a T> {
    // SAFETY: the caller's promise; the capsule lives as long as the call.
    unsafe { ffi::PyCapsule_GetPointer(capsule, name.as_ptr()).cast::<T>().as_ref() }
}

/// Sets Python's error, and returns what tells it so.
///
/// # Safety
/// - The caller holds the interpreter's lock.
pub unsafe fn refused(kind: *mut ffi::PyObject, message: &CStr) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise.
    unsafe { ffi::PyErr_SetString(kind, message.as_ptr()) };
    ptr::null_mut()
}
