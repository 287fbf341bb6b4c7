"""What other settings would have told, beside what was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from perfwatch.analysis.events import same
from perfwatch.analysis.judge import Judgement
from perfwatch.analysis.score import Share, is_real
from perfwatch.model import Event, Triage


@dataclass(frozen=True)
class Retold:
    """What would have been told under other settings, beside what was.

    Attributes
    ----------
    both : (what would be told, what was told) of the same happening.
    only_now : would be told, and was not.
    only_then : was told, and would not be.
    """

    both: tuple[tuple[Event, Event], ...]
    only_now: tuple[Event, ...]
    only_then: tuple[Event, ...]

    def precision(self, words: Mapping[str, Sequence[Triage]]) -> Share:
        """Return the share of real ones among what would be told and was decided on; nobody decided on the new."""
        decided = [real for _, then in self.both if (real := is_real(words.get(then.id, ()))) is not None]
        return Share(sum(decided), len(decided))


def told_first(judgements: Sequence[Judgement]) -> list[tuple[str, Event]]:
    """Return each event that was sure at some commit, with the commit at which it first was, in that order."""
    found: dict[str, tuple[str, Event]] = {}
    for judgement in judgements:
        for event in judgement.events:
            if event.standing == "CONFIRMED":
                found.setdefault(event.id, (judgement.commit, event))
    return list(found.values())


def retold(judgements: Sequence[Judgement], stored: Iterable[Event]) -> Retold:
    """Return what a replay would have told beside what was told.

    Parameters
    ----------
    judgements : of one place, oldest first; the last one names all commits of the line.
    stored : events of the same place.

    Notes
    -----
    Two events are one happening as `events.same` says: other settings may place a small step a few commits off.
    """
    order = {j.commit: i for i, j in enumerate(judgements)}
    then = [e for e in stored if e.standing != "SUSPECT"]
    both, only_now, taken = [], [], set[str]()
    for _, event in told_first(judgements):
        known = [e for e in then if e.id not in taken and same(event, e, order)]
        if known:
            nearest = min(known, key=lambda e: abs(order[e.commit] - order[event.commit]))
            taken.add(nearest.id)
            both.append((event, nearest))
        else:
            only_now.append(event)
    return Retold(tuple(both), tuple(only_now), tuple(e for e in then if e.id not in taken))
