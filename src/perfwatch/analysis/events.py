"""What happened at a commit, over all series: one event for what moved together, with an identity that lasts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from perfwatch.model import Event, EventKind, SeriesKey, Standing

# Two series that a commit moved are found up to so many commits apart: a small step's place is known that well.
APART = 5


@dataclass(frozen=True)
class Move:
    """A series that changed: where, how far it went, and how sure that is."""

    key: SeriesKey
    place: int
    kind: EventKind
    standing: Standing
    ratio: float | None
    lower: float | None
    upper: float | None
    family: str | None

    def as_json(self) -> dict[str, Any]:
        """Return what an event keeps of it."""
        return {
            "label": self.key.label,
            "ratio": self.ratio,
            "lower": self.lower,
            "upper": self.upper,
            "family": self.family,
        }


def identity(kind: EventKind, commit: str, machine: str, environment: str, salt: str = "") -> str:
    """Return the identity of an event first seen at a commit: 12 hexadecimal digits."""
    said = "\0".join((kind, commit, machine, environment, salt))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def grouped(moves: Sequence[Move]) -> list[list[Move]]:
    """Return moves of one kind in groups that stand within `APART` commits of their surest member, earliest first."""
    groups: list[list[Move]] = []
    left = sorted(moves, key=lambda m: m.place)
    while left:
        votes = Counter(m.place for m in left if m.standing == "CONFIRMED") or Counter(m.place for m in left)
        centre = max(votes, key=lambda place: (votes[place], -place))
        groups.append([m for m in left if abs(m.place - centre) <= APART])
        left = [m for m in left if abs(m.place - centre) > APART]
    return sorted(groups, key=lambda g: g[0].place)


def place_of(group: Sequence[Move]) -> int:
    """Return the place most of a group's members name, the confirmed ones before the suspected; the earliest of two."""
    sure = [m for m in group if m.standing == "CONFIRMED"] or list(group)
    votes = Counter(m.place for m in sure)
    return max(votes, key=lambda place: (votes[place], -place))


def carried(found: Sequence[Event], known: Sequence[Event], order: Mapping[str, int]) -> list[Event]:
    """Return `found` under the identities of the same happenings in `known`, and what is over as RESOLVED.

    What stood before and is not found any more is resolved, not forgotten.

    Parameters
    ----------
    order : commit → place on the line.
    """
    out, taken = [], set()
    for event in found:
        before = [k for k in known if k.id not in taken and same(event, k, order)]
        if before:
            nearest = min(before, key=lambda k: abs(order[k.commit] - order[event.commit]))
            taken.add(nearest.id)
            event = replace(event, id=nearest.id)
        out.append(event)
    over = [replace(k, standing="RESOLVED") for k in known if k.id not in taken and k.id not in {e.id for e in out}]
    return sorted([*out, *over], key=lambda e: (order.get(e.commit, -1), get_args(EventKind).index(e.kind), e.id))


def same(event: Event, known: Event, order: Mapping[str, int]) -> bool:
    """Return whether two events are one happening: one kind, near on the line, and a series in common or none named."""
    if event.kind != known.kind or event.commit not in order or known.commit not in order:
        return False
    if abs(order[event.commit] - order[known.commit]) > 2 * APART:
        return False
    ours, theirs = {m["label"] for m in event.moved}, {m["label"] for m in known.moved}
    return bool(ours & theirs) or not ours or not theirs
