"""Is it still the same answer? The fingerprint of every architecture, against the reference of its own run."""

from __future__ import annotations

import pickle
from pathlib import Path

from .deployed import ARCHITECTURES as DEPLOYED
from .deployed import CHATTY
from .kernels import KERNELS
from .prepared import SIZES, needs, needs_entry, oracle, setup_cache
from .sessions import ARCHITECTURES as SESSIONS

_REFERENCE = "reference"
_ARCHITECTURES = [
    _REFERENCE,
    "in_process",
    "rust_in_process",
    "rust_in_process_unchecked",
    "rust_batch_unix",
    "rust_batch_unchecked",
    "rust_chatty_unix",
    "rust_spawn_stdin",
    *KERNELS,
    *SESSIONS,
    *DEPLOYED,
    *CHATTY,
]


def track_pnl(oracles, architecture, size):
    pnl = _fingerprint(oracles, architecture, size).pnl_sum
    # asv reads NaN as "skipped", which would hide it.
    if pnl != pnl:
        raise ArithmeticError(f"the summed PnL of {architecture} is not a number")
    return pnl


def track_trades(oracles, architecture, size):
    return _fingerprint(oracles, architecture, size).trades_sum


def track_digest(oracles, architecture, size):
    return _fingerprint(oracles, architecture, size).digest


def track_differing(oracles, architecture, size):
    return _comparison(oracles, architecture, size).differing


def track_deviation(oracles, architecture, size):
    return _comparison(oracles, architecture, size).deviation


def track_first_difference(oracles, architecture, size):
    return _comparison(oracles, architecture, size).first_difference or "none"


def track_combinations(oracles, architecture, size):
    table = needs("equivalence", "combinations")
    return table(_answer(oracles, architecture, size), needs("grid", "size")(size).lengths)


_UNITS = {
    track_pnl: "percentage points",
    track_trades: "trades",
    track_digest: "digest",
    track_differing: "combinations",
    track_deviation: "percentage points",
    track_first_difference: "text",
    track_combinations: "combinations",
}
for _benchmark, _unit in _UNITS.items():
    _benchmark.unit = _unit
    _benchmark.param_names = ["architecture", "size"]
    _benchmark.params = [_ARCHITECTURES, SIZES]
    _benchmark.setup_cache = setup_cache
    _benchmark.timeout = 300
    _benchmark.version = "1"


def _fingerprint(oracles, architecture, size):
    return needs("equivalence", "fingerprint")(_answer(oracles, architecture, size))


def _comparison(oracles, architecture, size):
    lengths = needs("grid", "size")(size).lengths
    return needs("equivalence", "compare")(_answer(oracles, architecture, size), oracle(oracles, size), lengths)


def _answer(oracles, architecture, size):
    """Return the sweep of an architecture, computed once a commit.

    asv gives every benchmark a process of its own, all in one folder, which it makes for each commit together with the
    cache and removes at the end: the first process to need an answer leaves it there for the others.
    """
    reference = oracle(oracles, size)
    if architecture == _REFERENCE:
        return reference
    run = needs_entry("architectures", "ARCHITECTURES", architecture).run
    kept = Path(f"{architecture}-{size}.pickle")
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    work = needs("grid", "workload")(size)
    answer = run(work.close, work.params)
    kept.write_bytes(pickle.dumps(answer))
    return answer
