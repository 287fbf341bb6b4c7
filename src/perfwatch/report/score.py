"""A score as text for people and as JSON for programs: how good the alerts were, and what they missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perfwatch.analysis.score import Score, Share, Step
from perfwatch.units import show_ratio

SCHEMA = "perfwatch.score/1"
# More are in the JSON; people read the largest.
SHOWN_MISSED = 5


def text(scores: Mapping[tuple[str, str], Score]) -> str:
    """Return the scores as lines of text, place by place."""
    lines: list[str] = []
    for (machine, environment), score in scores.items():
        lines += [*([""] if lines else []), f"{machine} · {environment}", *_lines(score)]
    return "\n".join(lines)


def _lines(score: Score) -> Iterator[str]:
    undecided = f", {score.undecided} of them undecided (`perfwatch ack` decides)" if score.undecided else ""
    yield f"  told: {_counted(score.told, 'event')}{undecided}"
    yield f"  precision: {share(score.precision) or 'nobody has decided on an event yet'}"
    if len(score.by_kind) > 1:
        for kind, of_kind in score.by_kind.items():
            yield f"    {kind}: {share(of_kind)}"
    yield f"  recall against hindsight: {share(score.recall) or 'the whole history shows no step that matters'}"
    for step in score.missed[:SHOWN_MISSED]:
        yield f"    missed  {_step(step)}"
    if len(score.missed) > SHOWN_MISSED:
        yield f"    … and {len(score.missed) - SHOWN_MISSED} more (--format json lists all)"


def share(found: Share) -> str:
    """Return a share as text, `7 of 8 (88 %, 95 %: 53 to 98 %)`; empty where it is of nothing."""
    if found.value is None or found.interval is None:
        return ""
    low, high = found.interval
    return f"{found.count} of {found.of} ({100 * found.value:.0f} %, 95 %: {100 * low:.0f} to {100 * high:.0f} %)"


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _step(step: Step) -> str:
    largest = max(step.moved, key=lambda m: abs((m.ratio or 1.0) - 1))
    others = f" and {len(step.moved) - 1} more" if len(step.moved) > 1 else ""
    return f"{step.commit[:8]}  {step.kind}: {largest.key.label} {show_ratio(largest.ratio or 1.0)}{others}"


def as_json(scores: Mapping[tuple[str, str], Score]) -> dict[str, Any]:
    """Return the scores as an object of the schema `perfwatch.score/1`."""
    return {
        "schema": SCHEMA,
        "places": [
            {
                "machine": machine,
                "environment": environment,
                "told": score.told,
                "undecided": score.undecided,
                "precision": _share_json(score.precision),
                "by_kind": {kind: _share_json(found) for kind, found in score.by_kind.items()},
                "recall_against_hindsight": _share_json(score.recall),
                "missed": [
                    {"commit": s.commit, "kind": s.kind, "moved": [m.as_json() for m in s.moved]} for s in score.missed
                ],
            }
            for (machine, environment), score in scores.items()
        ],
    }


def _share_json(found: Share) -> dict[str, Any]:
    low, high = found.interval or (None, None)
    return {"count": found.count, "of": found.of, "value": found.value, "lower": low, "upper": high}
