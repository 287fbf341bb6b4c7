"""What does a sweep cost behind each boundary, and what does starting a process cost?"""

from __future__ import annotations

from functools import partial

from .prepared import SIZES, WITH_ENGINE, Prepared, like_a_call, like_a_sweep, needs, needs_entry, pinned, sweep


@like_a_sweep
def time_sweep(oracles, architecture, size, affinity):
    sweep(oracles, architecture, size, affinity)


time_sweep.param_names = ["architecture", "size", "affinity"]
time_sweep.params = [
    ["rust_batch_unix", "rust_batch_unchecked", "rust_chatty_unix", "rust_spawn_stdin"],
    SIZES,
    WITH_ENGINE,
]
time_sweep.version = "1"

# The boundary that carries each transport's one-bar request; the difference of the two is the price of a process.
_BOUNDARIES = {"unix": "batch_unix", "spawn": "spawn_stdin"}


@like_a_call
def time_one_bar(transport, affinity):
    _ONE_BARS[transport, affinity]()


time_one_bar.param_names = ["transport", "affinity"]
time_one_bar.params = [list(_BOUNDARIES), WITH_ENGINE]
time_one_bar.version = "1"


def _one_bar(transport, affinity):
    boundary = _BOUNDARIES[transport]
    needs_entry("boundaries", "BOUNDARIES", boundary)
    call = partial(needs("boundaries", "one_bar"), boundary, pinned(affinity))
    answer = call()
    expected = needs("reference", "sweep")(needs("boundaries", "ONE_BAR"), needs("boundaries", "ONE_COMBINATION"))
    needs("equivalence", "require")(answer, expected, (1,), f"one bar over {transport}")
    return call


_ONE_BARS = Prepared(_one_bar)
