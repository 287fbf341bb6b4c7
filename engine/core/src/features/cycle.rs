//! The whole cycle of a tick: features, inference, and a signal that says when it was made.

use std::fmt;

use super::inference::Forest;
use super::{Features, NoTick};
use crate::ticks::now;

/// A signal, and the two times that show that it could not know more than it should.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// What the model said.
    pub value: f64,
    /// When the tick was, nanoseconds since 1970.
    pub bar_time: u64,
    /// When the signal was made, after the tick.
    pub signal_gen_time: u64,
}

/// Why there is no signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoSignal {
    /// The price or the volume is none; nothing has changed.
    Tick(NoTick),
    /// The signal would have been made at or before the time of its tick: a clock is wrong, or somebody looked ahead.
    LookAhead {
        /// Of the tick.
        bar_time: u64,
        /// By the clock, once the model had answered.
        signal_gen_time: u64,
    },
}

impl fmt::Display for NoSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick(error) => error.fmt(f),
            Self::LookAhead { bar_time, signal_gen_time } => write!(
                f,
                "a signal made at {signal_gen_time} for a tick of {bar_time}, which is not before it: a clock is wrong, \
                 or somebody looked ahead"
            ),
        }
    }
}

impl std::error::Error for NoSignal {}

/// Features and a model.
#[derive(Debug)]
pub struct Cycle {
    /// The features, up to the newest tick.
    pub features: Features,
    forest: Forest,
}

impl Cycle {
    /// Returns the cycle of a stream that has not begun.
    pub fn new(features: Features, forest: Forest) -> Self {
        Self { features, forest }
    }

    /// Takes in the tick of `bar_time`, nanoseconds since 1970, and returns the model's signal.
    ///
    /// # Errors
    /// - The tick is none, or is not past.
    pub fn push(&mut self, price: f64, volume: f64, bar_time: u64) -> Result<Signal, NoSignal> {
        let value = self.forest.predict(self.features.push(price, volume).map_err(NoSignal::Tick)?);
        let signal_gen_time = now();
        if signal_gen_time <= bar_time {
            return Err(NoSignal::LookAhead { bar_time, signal_gen_time });
        }
        Ok(Signal { value, bar_time, signal_gen_time })
    }
}
