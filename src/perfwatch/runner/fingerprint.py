"""Every architecture's answer for a whole grid, computed now."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from perfwatch.backtest import architectures, equivalence, grid, reference
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import PerfwatchError, UsageError
from perfwatch.report.fingerprint import Answer

REFERENCE = "reference"


def names(chosen: Sequence[str]) -> list[str]:
    """Return the architectures asked for, the reference first; all of them where none is named.

    Errors
    ------
    UsageError : a name that is not an architecture.
    """
    known = list(architectures.ARCHITECTURES)
    for name in chosen:
        if name not in (*known, REFERENCE):
            raise UsageError(f"fingerprint: no architecture {name!r}; there are {', '.join(known)}")
    return [REFERENCE, *(n for n in known if not chosen or n in chosen)]


def label(size: str) -> str:
    """Return the label of a size, `150000x80` for `full`."""
    return grid.size(size).label


def answers(size: str, wanted: Sequence[str], progress: Callable[[int, int, str], None]) -> list[Answer]:
    """Return what each of the `wanted` architectures answers at `size`, compared with the reference.

    Parameters
    ----------
    size : `quick`, `full` or a label.
    wanted : as `names` gives them, the reference first.
    progress : called with (done, in all, name) before each.

    An architecture that cannot answer gives an Answer with its error; the others go on.
    """
    work = grid.workload(size)
    found: list[Answer] = []
    oracle: Sweep | None = None
    for done, name in enumerate(wanted):
        progress(done, len(wanted), name)
        began = time.perf_counter()
        try:
            if name == REFERENCE:
                sweep = oracle = reference.sweep(work.close, work.params)
            else:
                sweep = architectures.run(name, work.close, work.params)
        except PerfwatchError as error:
            found.append(Answer(name, error=str(error)))
            continue
        elapsed_s = time.perf_counter() - began
        assert oracle is not None, "the reference comes first"
        found.append(_answer(name, sweep, oracle, work.lengths, elapsed_s))
    return found


def _answer(name: str, sweep: Sweep, oracle: Sweep, lengths: Any, elapsed_s: float) -> Answer:
    sums = equivalence.fingerprint(sweep)
    against = equivalence.compare(sweep, oracle, lengths)
    return Answer(
        architecture=name,
        first_pnl=float(sweep.pnl[0]),
        first_trades=int(sweep.trades[0]),
        pnl=sums.pnl_sum,
        trades=sums.trades_sum,
        digest=sums.digest,
        difference=None if against.ok else against.first_difference,
        elapsed_s=elapsed_s,
    )
