"""An event in plain words: how it is headed, how loud it is, how much moved and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from perfwatch.analysis.check import is_silenced
from perfwatch.analysis.triage import is_confirmed
from perfwatch.model import Event, EventKind, Standing, Triage
from perfwatch.report.notice import Level
from perfwatch.report.plain import clean, short
from perfwatch.units import show_ratio

# A label is a benchmark's name and its parameters; the middle of a longer one is left out.
LONGEST_LABEL = 120

_LEVELS: Final[dict[EventKind, Level]] = {
    "equivalence break": "error",
    "failure": "error",
    "vanished benchmark": "error",
    "regression": "error",
    "stale runner": "warning",
    "host change": "warning",
    "two-state host": "warning",
    "improvement": "notice",
}
_HEADS: Final[dict[EventKind, str]] = {
    "equivalence break": "EQUIVALENCE BROKEN",
    "failure": "FAILED",
    "vanished benchmark": "VANISHED",
    "regression": "SLOWER",
    "improvement": "FASTER",
    "host change": "HOST CHANGED",
    "two-state host": "HOST IN TWO STATES",
    "stale runner": "RUNNER STALE",
}
# What is over is headed by what it was.
_WAS: Final[dict[EventKind, str]] = {
    "equivalence break": "RECOVERED (the answer was wrong)",
    "failure": "RECOVERED (had failed)",
    "vanished benchmark": "RECOVERED (had vanished)",
    "regression": "RECOVERED (was slower)",
    "improvement": "OVER (was faster)",
    "host change": "OVER (the host had changed)",
    "two-state host": "OVER (the host had two states)",
    "stale runner": "RECOVERED (the runner was stale)",
}
SURE: Final[dict[Standing, str]] = {
    "CONFIRMED": "confirmed",
    "SUSPECT": "suspected, not yet sure",
    "RESOLVED": "over",
}


def level(event: Event, word: Triage | None, now: datetime | None) -> Level:
    """Return how loud an event is: what is over or somebody's already is a notice, what is only suspected no error.

    Parameters
    ----------
    now : the moment at which a word holds; None for "not asked", and then no word makes an event quieter.
    """
    if event.standing == "RESOLVED" or (now is not None and is_silenced(word, now)):
        return "notice"
    found = _LEVELS[event.kind]
    is_doubtful = event.standing == "SUSPECT" and not is_confirmed(event, word)
    return "warning" if is_doubtful and found == "error" else found


def head(event: Event) -> str:
    """Return the words an event is headed with: what it is, or that it is only suspected, or over."""
    kind = _WAS[event.kind] if event.standing == "RESOLVED" else _HEADS[event.kind]
    if not is_of_time(event):
        for of_time, of_all in (("slower", "worse"), ("faster", "better")):
            kind = kind.replace(of_time, of_all).replace(of_time.upper(), of_all.upper())
    return f"SUSPECTED {kind}, NOT YET SURE" if event.standing == "SUSPECT" else kind


def title(event: Event, longest: int) -> str:
    """Return an event on one line of at most `longest` characters, what it is first."""
    # A label is a part of it, and what follows that one is to be seen.
    said = clean(short(event.title, 20_000))
    if event.kind == "equivalence break":
        said = said.removeprefix("equivalence broken: ")
    # The head says it already.
    said = said.removesuffix(" failed").removesuffix(" vanished")
    for member in event.moved[:1]:
        # What moved farthest is named in it: of a long name less, so that what moved by how much stays in sight.
        said = said.replace(clean(member["label"]), short(clean(member["label"]), LONGEST_LABEL))
    return short(f"{head(event)} · {said}", longest)


def is_of_time(event: Event) -> bool:
    """Return whether what moved farthest is a time, as the event's title says of it."""
    return " slower" in event.title or " faster" in event.title


def change(member: Mapping[str, Any], *, is_time: bool) -> str:
    """Return how far a series went, `10.2 % slower`, `× 4 faster`; empty where it went nowhere."""
    return "" if member.get("ratio") is None else _far(float(member["ratio"]), is_time=is_time)


def sureness(member: Mapping[str, Any], *, is_time: bool) -> str:
    """Return the interval in words, `between 9.8 and 10.6 %`; empty where there is none.

    Which way is said where the two ends go different ways; else it is that of the change.
    """
    if member.get("lower") is None or member.get("upper") is None or member.get("ratio") is None:
        return ""
    ends = sorted((float(member["lower"]), float(member["upper"])), key=lambda r: abs(r - 1))
    near, far = (_far(end, is_time=is_time) for end in ends)
    if near.rpartition(" ")[2] != far.rpartition(" ")[2]:
        return f"between {near} and {far}"
    near, far = near.rpartition(" ")[0], far.rpartition(" ")[0]
    # Of two in percent, that is said once.
    return f"between {near.removesuffix(' %') if far.endswith(' %') else near} and {far}"


def _far(ratio: float, *, is_time: bool) -> str:
    way = ("slower" if ratio >= 1 else "faster") if is_time else ("more" if ratio >= 1 else "less")
    # "× 4 faster", not "× 0.25 faster": the word says the way.
    shown = 1 / ratio if 0 < ratio <= 0.5 else ratio
    return f"{show_ratio(shown).lstrip('+-')} {way}"


def part(family: str | None) -> str:
    """Return whose part a series is for people; "several parts at once" for one that is made of them."""
    return family or "several parts at once"


def why(event: Event, stood: Sequence[str]) -> str:
    """Return whose part an event is and why that is thought, in a sentence; empty where nothing is known.

    Parameters
    ----------
    stood : parts that were judged at the commit and stood still.
    """
    cause = clean(event.cause or "")
    if event.kind in ("host change", "two-state host"):
        over = " It is back at its earlier speed." if event.standing == "RESOLVED" else ""
        return (
            "Whose part: the host's. Timings that owe nothing to each other's code moved by the same amount, so it is "
            f"no change of the code; each series is judged with it taken out.{over}"
        )
    if not cause or not event.moved:
        return ""
    others = [p for p in dict.fromkeys(map(clean, stood)) if p != cause]
    still = f", while {_listed(others)} stood still" if others else ""
    if cause == "several parts":
        return f"Whose part: several parts moved at once{still}; it is no one part's."
    if cause == "boundary, not its kernel":
        return "Whose part: the boundary's. What crosses it moved, while the kernel in process stood still."
    return f"Whose part: {cause}. All that moved measures it{still}."


def _listed(names: Sequence[str], most: int = 4) -> str:
    shown = [short(n, LONGEST_LABEL) for n in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
