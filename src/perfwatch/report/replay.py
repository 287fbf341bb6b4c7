"""A replay as text and as JSON: what would have been told, beside what was told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perfwatch.analysis.judge import Judgement
from perfwatch.analysis.retold import Retold, retold, told_first
from perfwatch.model import Event, Triage
from perfwatch.report import score, verdicts

SCHEMA = "perfwatch.replay/1"

Place = tuple[str, str]
Judged = Mapping[Place, Sequence[Judgement]]
# Event → what people said of it, oldest first.
Words = Mapping[str, Sequence[Triage]]


def text(judged: Judged, stored: Sequence[Event] | None = None, words: Words | None = None) -> str:
    """Return what would have been told, commit by commit: each event where it was first sure.

    Parameters
    ----------
    stored : every event the store knows of, resolved ones included; None compares with nothing.
    words : of the stored events.
    """
    lines: list[str] = []
    for (machine, environment), judgements in judged.items():
        lines += [*([""] if lines else []), f"{machine} · {environment}: {len(judgements)} commits judged again"]
        beside = None
        if stored is not None:
            beside = retold(judgements, [e for e in stored if (e.machine, e.environment) == (machine, environment)])
        lines += _told(judgements, beside)
        if beside is not None:
            lines += _beside(beside, words or {})
    return "\n".join(lines)


def _told(judgements: Sequence[Judgement], beside: Retold | None) -> Iterator[str]:
    told = told_first(judgements)
    if not told:
        yield "  nothing would be told"
    new = {e.id for e in beside.only_now} if beside else set()
    for commit, event in told:
        mark = "+" if event.id in new else " "
        yield f" {mark}at {commit[:8]}  {verdicts.head(event):9}  {event.title}; since {event.commit[:8]}"


def _beside(found: Retold, words: Words) -> Iterator[str]:
    for event in found.only_then:
        said = words.get(event.id)
        state = f" ({said[-1].state})" if said else ""
        yield f" -             {verdicts.head(event):9}  {event.title}; since {event.commit[:8]}{state}"
    if found.both or found.only_now or found.only_then:
        yield (
            f"  told before as well: {len(found.both)}; not told before (+): {len(found.only_now)}; "
            f"told, and would not be (-): {len(found.only_then)}"
        )
    precision = found.precision(words)
    if precision.of:
        yield f"  real by people's words, of what would be told again: {score.share(precision)}"


def as_json(judged: Judged, stored: Sequence[Event] | None = None) -> dict[str, Any]:
    """Return what would have been said as an object of the schema `perfwatch.replay/1`."""
    places = []
    for (machine, environment), judgements in judged.items():
        document: dict[str, Any] = {
            "machine": machine,
            "environment": environment,
            "commits": [
                {"commit": j.commit, "events": [verdicts.event_json(e, None) for e in j.events]} for j in judgements
            ],
        }
        if stored is not None:
            here = [e for e in stored if (e.machine, e.environment) == (machine, environment)]
            found = retold(judgements, here)
            document["told_before"] = [{"now": now.id, "then": then.id} for now, then in found.both]
            document["told_now_only"] = [e.id for e in found.only_now]
            document["told_then_only"] = [e.id for e in found.only_then]
        places.append(document)
    return {"schema": SCHEMA, "places": places}
