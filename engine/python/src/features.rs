//! `perfwatch._engine.Features`: rolling features of a stream of ticks.

use std::ffi::OsString;

use perfwatch_core::features::cycle::Cycle as Cycling;
use perfwatch_core::features::inference::Forest;
use perfwatch_core::features::{COUNT, Features as State, KINDS, NoTick, WINDOWS};
use perfwatch_core::ticks::now;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::{array, check_output, level, wrong_shape};

/// Rolling features of a stream of ticks, in constant time a tick; not to be shared by threads.
///
/// Errors
/// ------
/// ValueError : PERFWATCH_SIMD names instructions that this processor has not.
#[pyclass]
pub struct Features(State);

#[pymethods]
impl Features {
    #[new]
    fn new() -> PyResult<Self> {
        Ok(Self(State::new(level()?)))
    }

    /// Return (kinds, windows in ticks): feature number k * len(windows) + w is kind k over window w.
    #[staticmethod]
    fn names() -> (Vec<&'static str>, Vec<usize>) {
        (KINDS.to_vec(), WINDOWS.to_vec())
    }

    /// Take in a tick, and write the features of the windows that end with it into `out`.
    ///
    /// Parameters
    /// ----------
    /// price, volume : float.
    /// out : float64 (312,), written; NaN where there is none.
    ///
    /// Errors
    /// ------
    /// ValueError : a price or a volume that is none, or another type or shape; nothing was taken in.
    #[pyo3(signature = (price, volume, out, /))]
    fn push(&mut self, py: Python<'_>, price: f64, volume: f64, out: &Bound<'_, PyAny>) -> PyResult<()> {
        let out = array::<f64>("out", "float64", out)?;
        check_output("out", &out, COUNT)?;
        out.copy_from_slice(py, self.0.push(price, volume).map_err(refused)?)
    }

    /// Take in ticks, and write how long each took into `took_ns`; the features are those of the last.
    ///
    /// Parameters
    /// ----------
    /// price, volume : float64 (n,).
    /// took_ns : int64 (n,), written, or (0,): nothing is.
    /// out : float64 (312,), written.
    ///
    /// Errors
    /// ------
    /// ValueError : as `push`; the ticks before it were taken in.
    #[pyo3(signature = (price, volume, took_ns, out, /))]
    fn replay(
        &mut self,
        py: Python<'_>,
        price: &Bound<'_, PyAny>,
        volume: &Bound<'_, PyAny>,
        took_ns: &Bound<'_, PyAny>,
        out: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let price = array::<f64>("price", "float64", price)?;
        let volume = array::<f64>("volume", "float64", volume)?;
        let took_ns = array::<i64>("took_ns", "int64", took_ns)?;
        let out = array::<f64>("out", "float64", out)?;
        let &[n_ticks] = price.shape() else { return Err(wrong_shape("price", "(n,)", price.shape())) };
        if volume.shape() != [n_ticks] {
            return Err(wrong_shape("volume", &format!("({n_ticks},)"), volume.shape()));
        }
        let is_timed = took_ns.item_count() > 0;
        if is_timed {
            check_output("took_ns", &took_ns, n_ticks)?;
        }
        check_output("out", &out, COUNT)?;
        let (price, volume) = (price.to_vec(py)?, volume.to_vec(py)?);
        let mut took = vec![0; if is_timed { n_ticks } else { 0 }];
        let state = &mut self.0;
        py.detach(|| {
            if is_timed {
                for ((price, volume), took) in price.iter().zip(&volume).zip(&mut took) {
                    let begun = now();
                    state.push(*price, *volume)?;
                    // A tick of half a century is none.
                    *took = now().saturating_sub(begun) as i64;
                }
            } else {
                for (price, volume) in price.iter().zip(&volume) {
                    state.push(*price, *volume)?;
                }
            }
            Ok(())
        })
        .map_err(refused)?;
        if is_timed {
            took_ns.copy_from_slice(py, &took)?;
        }
        out.copy_from_slice(py, self.0.latest())
    }
}

/// Features and a model compiled ahead of time: a signal a tick; not to be shared by threads.
///
/// Parameters
/// ----------
/// model : str, path of a library that tl2cgen made. Its code is run: load none that is not yours.
///
/// Errors
/// ------
/// ValueError : no library, or no model of these features; or as `Features`.
#[pyclass]
pub struct Cycle(Cycling);

#[pymethods]
impl Cycle {
    #[new]
    fn new(model: OsString) -> PyResult<Self> {
        // SAFETY: what the caller was told.
        let forest = unsafe { Forest::open(&model) };
        let forest = forest.map_err(|error| PyValueError::new_err(format!("model: {error}")))?;
        Ok(Self(Cycling::new(State::new(level()?), forest)))
    }

    /// Return (signal, time it was made), nanoseconds since 1970, of a tick that is taken in.
    ///
    /// Parameters
    /// ----------
    /// price, volume : float.
    /// bar_time : int, when the tick was, nanoseconds since 1970.
    ///
    /// Errors
    /// ------
    /// ValueError : a price or a volume that is none, or a tick that is not past.
    #[pyo3(signature = (price, volume, bar_time, /))]
    fn push(&mut self, price: f64, volume: f64, bar_time: u64) -> PyResult<(f64, u64)> {
        let signal = self.0.push(price, volume, bar_time);
        let signal = signal.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok((signal.value, signal.signal_gen_time))
    }

    /// Return the features of the newest tick: write them into `out`, float64 (312,).
    #[pyo3(signature = (out, /))]
    fn features(&self, py: Python<'_>, out: &Bound<'_, PyAny>) -> PyResult<()> {
        let out = array::<f64>("out", "float64", out)?;
        check_output("out", &out, COUNT)?;
        out.copy_from_slice(py, self.0.features.latest())
    }

    /// Take in ticks one after the other, each stamped with the time of now before it is.
    ///
    /// Parameters
    /// ----------
    /// price, volume : float64 (n,).
    /// signal : float64 (n,), written.
    /// bar_time, signal_gen_time : uint64 (n,), written, nanoseconds since 1970.
    ///
    /// Errors
    /// ------
    /// ValueError : as `push`, or another type or shape.
    #[pyo3(signature = (price, volume, signal, bar_time, signal_gen_time, /))]
    fn replay(
        &mut self,
        py: Python<'_>,
        price: &Bound<'_, PyAny>,
        volume: &Bound<'_, PyAny>,
        signal: &Bound<'_, PyAny>,
        bar_time: &Bound<'_, PyAny>,
        signal_gen_time: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let price = array::<f64>("price", "float64", price)?;
        let volume = array::<f64>("volume", "float64", volume)?;
        let signal = array::<f64>("signal", "float64", signal)?;
        let bar_time = array::<u64>("bar_time", "uint64", bar_time)?;
        let signal_gen_time = array::<u64>("signal_gen_time", "uint64", signal_gen_time)?;
        let n_ticks = price.item_count();
        if volume.shape() != [n_ticks] {
            return Err(wrong_shape("volume", &format!("({n_ticks},)"), volume.shape()));
        }
        check_output("signal", &signal, n_ticks)?;
        check_output("bar_time", &bar_time, n_ticks)?;
        check_output("signal_gen_time", &signal_gen_time, n_ticks)?;
        let (price, volume) = (price.to_vec(py)?, volume.to_vec(py)?);
        let cycle = &mut self.0;
        let made = py.detach(|| {
            let ticks = price.iter().zip(&volume);
            ticks.map(|(price, volume)| cycle.push(*price, *volume, now())).collect::<Result<Vec<_>, _>>()
        });
        let made = made.map_err(|error| PyValueError::new_err(error.to_string()))?;
        signal.copy_from_slice(py, &made.iter().map(|s| s.value).collect::<Vec<_>>())?;
        bar_time.copy_from_slice(py, &made.iter().map(|s| s.bar_time).collect::<Vec<_>>())?;
        signal_gen_time.copy_from_slice(py, &made.iter().map(|s| s.signal_gen_time).collect::<Vec<_>>())
    }
}

fn refused(error: NoTick) -> PyErr {
    PyValueError::new_err(error.to_string())
}
