"""What does it cost to judge, from nothing and one commit more, and what do the detectors of others cost?

Measured with the full size only (PERFWATCH_SIZES holds it, or is not set): 10,000 series of 1,000 points are no quick
look. The detectors of asv and Otava are timed where they are installed, as they are for development; where
they are not, their benchmarks are skipped.
"""

from __future__ import annotations

from functools import partial

from .prepared import WITHIN_PROCESS, Prepared, like_a_call, needs_watch, pinned

N_SERIES, N_COMMITS = 10_000, 1_000
_STEPS = (0.05, 0.10, 0.20)
_DETECTORS = ["perfwatch", "asv", "otava"]


def time_judge(what):
    _JUDGES[(what,)]()


def time_segment(detector, points):
    _SEGMENTS[detector, points]()


time_judge.param_names, time_judge.params = ["what"], [["from_nothing", "one_commit_more"]]
# Seconds a call, and the first one compiles.
time_judge.number, time_judge.warmup_time, time_judge.rounds = 1, 1e-6, 1
time_judge.repeat, time_judge.timeout, time_judge.version = (3, 5, 5.0), 300, "1"
like_a_call(time_segment)
time_segment.param_names, time_segment.params = ["detector", "points"], [_DETECTORS, [100, 1_000, 10_000]]
time_segment.version = "1"


def _judge(what):
    """Return a judgement of a history with a step in one series of a hundred; the steps have to be found."""
    judge, history = needs_watch("perfwatch.analysis.judge", "judge"), _history()
    settings = needs_watch("perfwatch.analysis.settings", "Settings")()
    pinned(WITHIN_PROCESS[0])
    before = judge(history.upto(N_COMMITS), settings)
    regressed = {m["label"] for e in before.events if e.standing == "CONFIRMED" for m in e.moved}
    planted = {history.keys[row].label for row in _planted()}
    if len(regressed & planted) < 0.9 * len(planted) or len(regressed - planted) > 0.01 * N_SERIES:
        raise RuntimeError(f"of {len(planted)} steps {len(regressed & planted)} were found, and {len(regressed)} told")
    if what == "from_nothing":
        return partial(judge, history.upto(N_COMMITS), settings)
    return partial(judge, history, settings, before.state)


def _planted():
    """Return row → (commit, step), the same at each call."""
    import numpy as np

    rng = np.random.default_rng(1)
    rows = rng.choice(N_SERIES, N_SERIES // 100, replace=False)
    return {
        int(row): (int(at), float(step))
        for row, at, step in zip(
            rows, rng.integers(50, N_COMMITS - 50, rows.size), rng.choice(_STEPS, rows.size), strict=True
        )
    }


def _history():
    import numpy as np

    history, key = needs_watch("perfwatch.analysis.judge", "History"), needs_watch("perfwatch.model", "SeriesKey")
    rng, n = np.random.default_rng(2), N_COMMITS + 1
    keys = [
        key(f"module{i % 20}.time_it", "1", (("case", str(i)),), "m", "e", "seconds", "time") for i in range(N_SERIES)
    ]
    keys += [key(f"controls.time_{name}", "1", (), "m", "e", "seconds", "control") for name in ("compute", "echo")]
    values = 1e-3 * np.exp(0.01 * rng.standard_normal((len(keys), n)))
    for row, (at, step) in _planted().items():
        values[row, at:] *= 1 + step
    values[rng.random(values.shape) < 0.01] = np.nan
    return history(
        commits=tuple(f"{i:040x}" for i in range(n)),
        keys=tuple(keys),
        values=values,
        status=np.where(np.isfinite(values), 1, 0).astype(np.int8),
        hosts=({},) * n,
        artefacts=({},) * n,
        # An older perfwatch wants the intervals, too.
        **{name: np.full(values.shape, np.nan) for name in ("lower", "upper") if name in history.__dataclass_fields__},
    )


def _segment(detector, points):
    """Return a segmentation of a series with two steps; the first call compiles, and has to find both."""
    import numpy as np

    call = _CALLS[detector]()
    pinned(WITHIN_PROCESS[0])
    rng, steps = np.random.default_rng(points), (points // 3, 2 * points // 3)
    values = np.exp(0.01 * rng.standard_normal(points))
    values[rng.random(points) < 0.02] *= 1.2
    for at in steps:
        values[at:] *= 1.1
    found = call(values)
    if not all(any(abs(f - at) <= 5 for f in found) for at in steps):
        raise RuntimeError(f"{detector} found {list(found)[:9]} where {steps} were planted")
    return partial(call, values)


def _of_perfwatch():
    return needs_watch("perfwatch.analysis", "segment")


def _of_asv():
    detect = needs_watch("asv.step_detect", "detect_steps")
    return lambda values: [step[0] for step in detect(list(values))][1:]


def _of_otava():
    compute = needs_watch("otava.analysis", "compute_change_points")
    return lambda values: [change.index for change in compute(list(values))[0]]


_CALLS = {"perfwatch": _of_perfwatch, "asv": _of_asv, "otava": _of_otava}
_JUDGES = Prepared(_judge)
_SEGMENTS = Prepared(_segment)
