//! The kernel and the frames it is asked through.
//!
//! bytes → [`request`] → [`Request`](request::Request) → [`kernel`] → [`Sweep`](kernel::Sweep) → [`reply`] → bytes
//!
//! [`session`] walks that line for one connection. Nothing in here knows what a socket is.

pub mod clock;
pub mod combination;
pub mod features;
pub mod feed;
pub mod frame;
pub mod kernel;
pub mod mailbox;
pub mod reply;
pub mod request;
pub mod session;
pub mod shared;
pub mod study;
pub mod ticks;

#[cfg(target_endian = "big")]
compile_error!(
    "frames are little-endian and their arrays are read in place: this engine needs a little-endian machine"
);

// Read so that cargo builds again when it changes (hatch_build.py says why); it is no part of what is built.
const _: Option<&str> = option_env!("PERFWATCH_ENGINE_SOURCES");
