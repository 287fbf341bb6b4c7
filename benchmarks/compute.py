"""What does the kernel cost, with no boundary? Rust over numba is the compute gap."""

from __future__ import annotations

from .prepared import SIZES, WITHIN_PROCESS, like_a_sweep, sweep


@like_a_sweep
def time_sweep(oracles, architecture, size, affinity):
    sweep(oracles, architecture, size, affinity)


time_sweep.param_names = ["architecture", "size", "affinity"]
time_sweep.params = [["in_process", "rust_in_process", "rust_in_process_unchecked"], SIZES, WITHIN_PROCESS]
# Raised when what is timed changes its meaning; asv's own hash would also change with the wording.
time_sweep.version = "1"
