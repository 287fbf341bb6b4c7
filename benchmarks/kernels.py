"""What would a tuned kernel cost? Every kernel beyond the study's, in process, beside numba's scalar one of the run."""

from __future__ import annotations

from .prepared import ON_BOTH_CORES, SIZES, WITHIN_PROCESS, like_a_sweep, needs, sweep

_ON_ONE_CORE = [
    "numba_blocked",
    "numba_prefix",
    "numba_certified",
    "rust_plain",
    "rust_across",
    "rust_prefix",
    "rust_certified",
]
_ON_BOTH_CORES = ["rust_prefix_cores", "rust_certified_cores"]
KERNELS = [*_ON_ONE_CORE, *_ON_BOTH_CORES]


@like_a_sweep
def time_sweep(oracles, kernel, size, affinity):
    sweep(oracles, kernel, size, affinity)


@like_a_sweep
def time_sweep_on_both_cores(oracles, kernel, size, affinity):
    sweep(oracles, kernel, size, affinity)


time_sweep.params = [_ON_ONE_CORE, SIZES, WITHIN_PROCESS]
time_sweep_on_both_cores.params = [_ON_BOTH_CORES, SIZES, ON_BOTH_CORES]
for _benchmark in (time_sweep, time_sweep_on_both_cores):
    _benchmark.param_names = ["kernel", "size", "affinity"]
    _benchmark.version = "1"


def track_register():
    return _BITS[needs("kernels", "simd_level")()]


# Which instructions the fast kernels took here; PERFWATCH_SIMD sets them. A step of theirs is a step of this, too.
_BITS = {"portable": 128, "avx2": 256, "avx512": 512}
track_register.unit = "bits"
track_register.version = "1"
