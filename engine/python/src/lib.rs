//! `perfwatch._engine`: the kernels called in the caller's process, without any boundary, and the client's half of two.

use perfwatch_core::combination::{Combination, N_PARAMS};
use perfwatch_core::kernel::level::Level;
use perfwatch_core::kernel::{Compute, Kernel};
use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

mod fast;
mod features;
mod feed;
mod mailbox;
mod ticks;

/// The Rust kernels without any boundary, and the client's half of one.
#[pymodule]
mod _engine {
    #[pymodule_export]
    use super::{
        features::Cycle, features::Features, feed::feed_records, lines, mailbox::Mailbox, simd_level, sweep,
        ticks::TickProducer,
    };

    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "the name Python gives it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}

/// Compute PnL and closed trades of every combination into `pnl_out` and `trades_out`.
///
/// Parameters
/// ----------
/// close : float64 (n,), price, oldest first; NaN where there is none.
/// params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p).
/// pnl_out : float64 (m,), written: PnL in percentage points.
/// trades_out : int64 (m,), written: closed trades.
/// kernel : name of the kernel that computes.
///
/// All four are C-contiguous. The interpreter's lock is released while the kernel runs.
///
/// Errors
/// ------
/// ValueError : another type, shape or memory order, a read-only output, a parameter that is no window, a
/// kernel of another name, or PERFWATCH_SIMD naming instructions that this processor has not.
#[pyfunction]
fn sweep(
    py: Python<'_>,
    close: &Bound<'_, PyAny>,
    params: &Bound<'_, PyAny>,
    pnl_out: &Bound<'_, PyAny>,
    trades_out: &Bound<'_, PyAny>,
    kernel: &str,
) -> PyResult<()> {
    let close = array::<f64>("close", "float64", close)?;
    let params = array::<i64>("params", "int64", params)?;
    let pnl_out = array::<f64>("pnl_out", "float64", pnl_out)?;
    let trades_out = array::<i64>("trades_out", "int64", trades_out)?;
    let &[_] = close.shape() else { return Err(wrong_shape("close", "(n,)", close.shape())) };
    let &[n_combos, N_PARAMS] = params.shape() else { return Err(wrong_shape("params", "(m, 6)", params.shape())) };
    check_output("pnl_out", &pnl_out, n_combos)?;
    check_output("trades_out", &trades_out, n_combos)?;

    // The arrays are copied: another thread may write to them once the lock is released, and 1.2 MB take a tenth of a
    // millisecond where the sweep takes seconds.
    let close = close.to_vec(py)?;
    let params = params.to_vec(py)?;
    let (windows, _) = params.as_chunks::<N_PARAMS>();
    let combinations = Combination::all(windows).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let compute = compute(kernel)?;
    let result = py.detach(|| compute.sweep(&close, &combinations));
    pnl_out.copy_from_slice(py, &result.pnl)?;
    trades_out.copy_from_slice(py, &result.trades)
}

/// Compute the two lines of one combination into `hma_out` and `hma3_out`, both NaN where one of them is.
///
/// Parameters
/// ----------
/// close : float64 (n,), price, oldest first; NaN where there is none.
/// params : int64 (6,), windows in bars, in the order (half, full, sq, p3, p2, p).
/// hma_out, hma3_out : float64 (n,), written.
/// kernel : name of a kernel that computes them.
///
/// Errors
/// ------
/// ValueError : as `sweep`, or a kernel that computes nothing but the sign of their difference.
#[pyfunction]
fn lines(
    py: Python<'_>,
    close: &Bound<'_, PyAny>,
    params: &Bound<'_, PyAny>,
    hma_out: &Bound<'_, PyAny>,
    hma3_out: &Bound<'_, PyAny>,
    kernel: &str,
) -> PyResult<()> {
    let close = array::<f64>("close", "float64", close)?;
    let params = array::<i64>("params", "int64", params)?;
    let hma_out = array::<f64>("hma_out", "float64", hma_out)?;
    let hma3_out = array::<f64>("hma3_out", "float64", hma3_out)?;
    let &[n_bars] = close.shape() else { return Err(wrong_shape("close", "(n,)", close.shape())) };
    let &[N_PARAMS] = params.shape() else { return Err(wrong_shape("params", "(6,)", params.shape())) };
    check_output("hma_out", &hma_out, n_bars)?;
    check_output("hma3_out", &hma3_out, n_bars)?;
    let close = close.to_vec(py)?;
    let params = params.to_vec(py)?;
    let (windows, _) = params.as_chunks::<N_PARAMS>();
    let combinations = Combination::all(windows).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let compute = compute(kernel)?;
    let Some((hma, hma3)) = py.detach(|| compute.lines(&close, &combinations[0])) else {
        return Err(PyValueError::new_err(format!("kernel {kernel:?} computes no lines, only which one is above")));
    };
    hma_out.copy_from_slice(py, &hma)?;
    hma3_out.copy_from_slice(py, &hma3)
}

/// Return which instructions the fast kernels use: "portable", "avx2" or "avx512".
///
/// Errors
/// ------
/// ValueError : PERFWATCH_SIMD names others, or some that this processor has not.
#[pyfunction]
fn simd_level() -> PyResult<&'static str> {
    Ok(level()?.name())
}

fn level() -> PyResult<Level> {
    Level::chosen().map_err(|error| PyValueError::new_err(error.to_string()))
}

fn compute(kernel: &str) -> PyResult<Compute> {
    let found = Kernel::named(kernel);
    let found = found.ok_or_else(|| PyValueError::new_err(format!("kernel: there is none called {kernel:?}")))?;
    Ok(found.at(level()?))
}

/// Returns the buffer of `object`, C-contiguous and of elements `T`.
fn array<T: Element>(name: &str, expected: &str, object: &Bound<'_, PyAny>) -> PyResult<PyBuffer<T>> {
    let buffer = PyBuffer::<T>::get(object)
        .map_err(|error| PyValueError::new_err(format!("{name}: expected an array of {expected}, got {error}")))?;
    if !buffer.is_c_contiguous() {
        return Err(PyValueError::new_err(format!(
            "{name}: expected a C-contiguous array, got strides {:?}",
            buffer.strides()
        )));
    }
    Ok(buffer)
}

fn check_output<T: Element>(name: &str, buffer: &PyBuffer<T>, n_combos: usize) -> PyResult<()> {
    if buffer.shape() != [n_combos] {
        return Err(wrong_shape(name, &format!("({n_combos},)"), buffer.shape()));
    }
    if buffer.readonly() {
        return Err(PyValueError::new_err(format!(
            "{name}: expected an array that can be written, got a read-only one"
        )));
    }
    Ok(())
}

fn wrong_shape(name: &str, expected: &str, got: &[usize]) -> PyErr {
    PyValueError::new_err(format!("{name}: expected the shape {expected}, got {got:?}"))
}
