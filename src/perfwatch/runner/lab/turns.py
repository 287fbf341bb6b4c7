"""Things timed in turns, so that what the host does meets all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median


def in_turns(work: Mapping[str, Callable[[], object]], rounds: int, told: Callable[[], None]) -> dict[str, list[float]]:
    """Return the seconds that each piece of work took, one a round.

    Parameters
    ----------
    work : name → what is timed; each is called once before, untimed.
    rounds : turns of each.
    told : called after each call, the untimed ones included.
    """
    for call in work.values():
        call()
        told()
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            started = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - started)
            told()
    return taken


def ratio(above: list[float], below: list[float]) -> tuple[float, float, float]:
    """Return (median, least, most) of the ratios of the rounds; both of one length, in the order of the rounds."""
    ratios = [a / b for a, b in zip(above, below, strict=True)]
    return median(ratios), min(ratios), max(ratios)
