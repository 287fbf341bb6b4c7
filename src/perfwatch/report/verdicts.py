"""What the judge says, in words: the events of a commit first, then how much of the suite could be judged at all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from perfwatch.analysis.triage import is_confirmed
from perfwatch.model import Event, Kind, Triage, Verdict
from perfwatch.units import show_ratio, unit

# How an event is headed, by kind and standing.
_HEADS = {
    "regression": "REGRESSED",
    "improvement": "IMPROVED",
    "host change": "HOST",
    "two-state host": "HOST",
    "failure": "FAILED",
    "vanished benchmark": "VANISHED",
    "equivalence break": "BROKEN",
    "stale runner": "STALE",
}
# More members than this are in the JSON; people read the largest.
SHOWN_MEMBERS = 4
_COUNTED: tuple[tuple[Kind, str], ...] = (
    ("REGRESSED", "regressed"),
    ("IMPROVED", "improved"),
    ("UNCHANGED", "unchanged"),
    ("INCONCLUSIVE", "inconclusive"),
    ("TOO_FEW", "with too few commits to judge"),
    ("NEW", "new"),
)


def head(event: Event, word: Triage | None = None) -> str:
    """Return the word an event is headed with, given the newest word on it."""
    return _HEADS[event.kind] if event.standing != "SUSPECT" or is_confirmed(event, word) else "SUSPECT"


def standing(event: Event, word: Triage | None) -> str:
    """Return how sure an event is, in words: a re-run may have found what the history is not sure of."""
    if event.standing == "SUSPECT":
        return "found again by a re-run" if is_confirmed(event, word) else "not yet sure"
    return "over" if event.standing == "RESOLVED" else "confirmed"


def event_lines(event: Event, word: Triage | None) -> Iterator[str]:
    """Yield an event: what moved and since when, by how much and how sure, what people said."""
    sure = standing(event, word)
    yield f"  {head(event, word):9}  {event.title}; since {event.commit[:8]}, {sure}  [{event.id}]"
    for member in event.moved[:SHOWN_MEMBERS]:
        if member["ratio"] is not None:
            yield f"             {member['label']}  {change_of(member)}"
    if len(event.moved) > SHOWN_MEMBERS:
        yield f"             … and {len(event.moved) - SHOWN_MEMBERS} more"
    told = event.facts.get("environment") or {}
    for name, (before, after) in list(told.items())[:SHOWN_MEMBERS]:
        yield f"             {name}: {_fact(before)} → {_fact(after)}"
    if word is not None:
        yield f"             {word_line(word)}"


def word_line(word: Triage) -> str:
    """Return somebody's word on an event: `acknowledged until 2026-06-01 by ada, owner grace: paid back by #41`."""
    until = f" until {word.until:%Y-%m-%d}" if word.until else ""
    owner = f", owner {word.owner}" if word.owner else ""
    reason = f": {word.reason}" if word.reason else ""
    return f"{word.state}{until} by {word.author}{owner}{reason}"


def _fact(value: Any) -> str:
    return "not readable" if value is None else str(value)


def change_of(member: dict[str, Any]) -> str:
    """Return a member's change as text: `+10.2 % (95 %: +9.8 to +10.6 %)`, `× 132 (95 %: × 128 to × 136)`."""
    change = show_ratio(member["ratio"])
    if member.get("lower") is None or member.get("upper") is None:
        return change
    lower, upper = show_ratio(member["lower"]), show_ratio(member["upper"])
    if lower.endswith(" %") and upper.endswith(" %"):
        lower = lower.removesuffix(" %")
    return f"{change} (95 %: {lower} to {upper})"


def summary_lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield how many series got which verdict, and what could not have been seen."""
    counts = Counter(v.kind for v in verdicts if v.standing != "SUSPECT")
    told = [f"{counts[kind]} {words}" for kind, words in _COUNTED if counts[kind]]
    suspected = sum(v.standing == "SUSPECT" for v in verdicts)
    if suspected:
        told.insert(0, f"{suspected} suspected")
    if not told:
        return
    yield f"  verdicts: {', '.join(told)}"
    yield from _apart_lines([v for v in verdicts if v.kind == "INCONCLUSIVE" and v.ratio is not None])
    young = sorted((v for v in verdicts if v.kind == "TOO_FEW"), key=lambda v: v.n_before)
    if young:
        which = "" if young[0].detail == young[-1].detail else f" of {young[0].key.label}"
        yield f"  too few commits: {young[0].detail} have been measured{which}; until then no change is told"
    blind = sorted(
        (v for v in verdicts if v.kind == "INCONCLUSIVE" and v.ratio is None and v.minimum_detectable is not None),
        key=lambda v: -(v.minimum_detectable or 0),
    )
    if blind:
        worst = blind[0]
        yield (
            f"  inconclusive: these checks could have missed a change that matters; the bluntest, {worst.key.label}, "
            f"sees {100 * (worst.minimum_detectable or 0):.0f} % and more"
        )


def apart(verdict: Verdict) -> str:
    """Return by how much the newest points lie apart, where no step is told of them yet."""
    change = change_of({"ratio": verdict.ratio, "lower": verdict.lower, "upper": verdict.upper})
    return f"its newest {verdict.n_after} lie {change} from those before, too few to tell a new level from outliers"


def _apart_lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield what may become a change, the farthest first."""
    farthest = sorted(verdicts, key=lambda v: -abs(math.log(v.ratio)) if v.ratio and v.ratio > 0 else 0.0)
    for verdict in farthest[:SHOWN_MEMBERS]:
        yield f"  in doubt: {verdict.key.label}: {apart(verdict)}"
    if len(farthest) > SHOWN_MEMBERS:
        yield f"  in doubt: … and {len(farthest) - SHOWN_MEMBERS} more"


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as an object."""
    return {
        "series": verdict.key.label,
        "version": verdict.key.version,
        "unit": unit(verdict.key.unit).name,
        **{k: v for k, v in vars(verdict).items() if k not in ("key", "commit")},
    }


def event_json(event: Event, word: Triage | None) -> dict[str, Any]:
    """Return an event with the newest word on it as an object."""
    return {**vars(event), "moved": list(event.moved), "triage": None if word is None else word_json(word)}


def word_json(word: Triage) -> dict[str, Any]:
    """Return somebody's word on an event as an object; times are ISO 8601, UTC."""
    until = word.until.isoformat() if word.until else None
    return {**vars(word), "said_at": word.said_at.isoformat(), "until": until}
