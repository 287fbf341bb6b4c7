"""What does the sweep cost the way such services are usually deployed? JSON over HTTP, a process a combination."""

from __future__ import annotations

from functools import partial

from .prepared import SIZES, WITH_ENGINE, Prepared, like_a_call, like_a_sweep, needs, pinned, sweep

ARCHITECTURES = ["rust_batch_json", "rust_certified_batch_json", "rust_spawn_each"]
# The whole series in JSON for each combination: at the full size it would take a minute a sample, and say the same.
CHATTY = ["rust_chatty_json"]


@like_a_sweep
def time_sweep(oracles, architecture, size, affinity):
    sweep(oracles, architecture, size, affinity)


@like_a_sweep
def time_chatty_sweep(oracles, architecture, size, affinity):
    sweep(oracles, architecture, size, affinity)


time_sweep.params = [ARCHITECTURES, SIZES, WITH_ENGINE]
time_chatty_sweep.params = [CHATTY, SIZES[:1], WITH_ENGINE]
for _benchmark in (time_sweep, time_chatty_sweep):
    _benchmark.param_names = ["architecture", "size", "affinity"]
    _benchmark.version = "1"


@like_a_call
def time_bars(boundary, bars, affinity):
    _BARS[boundary, bars, affinity]()


# A call for each bar, over so many of them: the way that is dead on arrival.
time_bars.param_names = ["boundary", "bars", "affinity"]
time_bars.params = [["batch_unix", "batch_json"], [1_000], WITH_ENGINE]
time_bars.version = "1"


def _bars(boundary, bars, affinity):
    one_bar, core = needs("boundaries", "one_bar"), pinned(affinity)
    expected = needs("reference", "sweep")(needs("boundaries", "ONE_BAR"), needs("boundaries", "ONE_COMBINATION"))
    needs("equivalence", "require")(one_bar(boundary, core), expected, (1,), f"one bar over {boundary}")
    return partial(_ask_each, partial(one_bar, boundary, core), bars)


def _ask_each(call, bars):
    for _ in range(bars):
        call()


_BARS = Prepared(_bars)
