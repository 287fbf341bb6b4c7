"""The laboratory's sections, one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Protocol

from perfwatch.backtest import affinity
from perfwatch.backtest.kernels import simd_level
from perfwatch.errors import UsageError
from perfwatch.report.lab import Finding
from perfwatch.runner import host
from perfwatch.runner.lab import boundary, encodings, features, feed, kernels, ticks


class Section(Protocol):
    """What is measured together, in turns."""

    def turns(self, rounds: int) -> int: ...
    def findings(self, rounds: int, told: Callable[[], None]) -> list[Finding]: ...


# The boundary comes first: its echoes are of 1.2 MB, which glibc maps anew each time until something larger was freed
# in the process, and kernels free more. The study's client, which copies, is three times as fast after that.
SECTIONS: dict[str, Section] = {
    "boundary": boundary,
    "kernels": kernels,
    "encodings": encodings,
    "ticks": ticks,
    "feed": feed,
    "features": features,
}

# What some rows need, by the names they are imported by; `pip install perfwatch[lab]`.
PEERS = ("lightgbm", "msgpack", "msgspec", "pandas", "google.protobuf", "tl2cgen", "treelite", "websockets")


def chosen(names: Sequence[str]) -> list[str]:
    """Return the sections asked for, in their order; all of them where none is named.

    Errors
    ------
    UsageError : there is no such section.
    """
    for name in names:
        if name not in SECTIONS:
            raise UsageError(f"lab: no section {name!r}; there are {', '.join(SECTIONS)}")
    return [name for name in SECTIONS if not names or name in names]


def missing() -> list[str]:
    """Return the PEERS that are not installed: rows that need them are left out."""
    return [name for name in PEERS if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, instructions, Python."""
    facts = host.describe(affinity.cores())
    return {
        "processor": facts["cpu_model"],
        "cores": len(affinity.cores()),
        "instructions": simd_level(),
        "python": facts["python"],
        "governor": facts["governor"],
        "load": facts["load_1min"],
    }


def run(names: Sequence[str], rounds: int, progress: Callable[[int, int, str], None]) -> list[Finding]:
    """Return what each section finds.

    Parameters
    ----------
    names : as `chosen` gives them.
    rounds : turns of each thing that is timed.
    progress : called with (done, in all, section).

    Errors
    ------
    WrongAnswerError : what was timed was wrong.
    """
    total, done = sum(SECTIONS[name].turns(rounds) for name in names), 0
    mask = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    found: list[Finding] = []
    try:
        for name in names:

            def told(name: str = name) -> None:
                nonlocal done
                done += 1
                progress(done, total, name)

            progress(done, total, name)
            found += SECTIONS[name].findings(rounds, told)
    finally:
        if mask is not None:
            os.sched_setaffinity(0, mask)
    return found
