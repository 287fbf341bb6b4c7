"""What somebody wants to know in the morning, in a sentence: did an answer change, did anything get slower, whose part.

No store, no widgets: facts in, words out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import words

from frames.answers import Standing
from perfwatch.analysis.equivalence import REFERENCE
from perfwatch.analysis.staleness import LONGEST_S, RETIRED_S
from perfwatch.model import Event, EventKind, Kind

Tone = Literal["good", "bad", "plain"]

# A runner that measured nothing for a week is not watching any more; after a month nobody waits for it.
STALE_S, DEAD_S = LONGEST_S, RETIRED_S
# What an event's cause is called in a sentence.
_WHOSE: Final = {
    "kernel compute": ", likely the kernel",
    "boundary floor": ", likely the boundary",
    "boundary, not its kernel": ", likely the boundary",
    "encoding": ", likely the encoding",
    "several parts": ", in several parts at once",
}
_UNKNOWN: Final[tuple[Kind, ...]] = ("TOO_FEW", "INCONCLUSIVE")


@dataclass(frozen=True)
class Facts:
    """What is known of a place.

    Attributes
    ----------
    events : the open ones, the newest commit's first.
    standing : equivalence at the newest commit that tracks it; None where none does.
    said : how many series what was said of last; None counts those not judged.
    judged : label of the commit judged last, None before the first judgement.
    newest : label of the newest commit measured.
    n_commits : measured.
    n_failed : measurements that failed at the newest commit.
    age_s : seconds since the newest measurement, None where the results do not say when it was.
    labels : commits' labels by hash.
    """

    events: Sequence[Event]
    standing: Standing | None
    said: Mapping[Kind | None, int]
    judged: str | None
    newest: str
    n_commits: int
    n_failed: int
    age_s: float | None
    labels: Mapping[str, str]

    def of(self, *kinds: EventKind) -> list[Event]:
        """Return the open events of some kinds."""
        return [event for event in self.events if event.kind in kinds]

    def since(self, event: Event) -> str:
        """Return the label of the commit at which an event happened."""
        return self.labels.get(event.commit, event.commit[:8])


@dataclass(frozen=True)
class Headline:
    """A sentence or a few short ones, and whether it is good news, bad news or neither."""

    says: str
    tone: Tone


def headline(facts: Facts) -> Headline:
    """Return what a place's results say, what is wrong before what is right."""
    bad = [*_wrong_answers(facts), *_slower(facts), *_absent(facts)]
    stale = [*_silent(facts)]
    plain = [*_cannot_tell(facts)] if not facts.of("regression") else []
    good = [] if plain or facts.of("regression") else ["nothing got slower"]
    good += [*_faster(facts), *_right_answers(facts)]
    # What the host did stands behind what the commits did: it is nobody's fault.
    parts = [part for part in (*bad, *plain, _listed(good), *_host(facts), *stale) if part]
    says = " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts)
    tone: Tone = "bad" if bad else "plain" if plain or stale else "good"
    return Headline(says, tone)


def _wrong_answers(facts: Facts) -> Iterator[str]:
    standing = facts.standing
    if standing is None or not standing.broken:
        # Another size, or a place whose answers are judged by their events alone.
        for event in facts.of("equivalence break")[:1]:
            yield f"an answer changed at {facts.since(event)}"
        return
    others = [name for name in standing.broken if name != REFERENCE]
    if others:
        one = f"1 of {standing.measured} architectures, {others[0]}, answers"
        of = one if len(others) == 1 else f"{len(others)} of {standing.measured} architectures answer"
        # A kernel that is wrong is wrong behind every boundary too.
        whose = "the kernel" if any(name in words.KERNELS for name in others) else "the boundary"
        yield f"{of} otherwise since {standing.since}, likely {whose}"
    if REFERENCE in standing.broken:
        yield f"the reference answers otherwise than was accepted, since {standing.since}"


def _right_answers(facts: Facts) -> Iterator[str]:
    standing = facts.standing
    if standing is None or standing.broken or facts.of("equivalence break"):
        return
    if standing.agreeing == standing.measured:
        yield f"all {standing.measured} architectures agree"
    else:
        yield f"{standing.agreeing} of {standing.measured} architectures agree, the others were not compared"


def _slower(facts: Facts) -> Iterator[str]:
    regressions = facts.of("regression")
    sure = [event for event in regressions if event.standing == "CONFIRMED"]
    for found, got in ((sure, "got"), ([e for e in regressions if e not in sure], "may have got")):
        if not found:
            continue
        n = len({moved["label"] for event in found for moved in event.moved}) or len(found)
        way = "worse" if any(f"{event.title} ".find(" worse ") > 0 for event in found) else "slower"
        where = f" since {facts.since(found[0])}" if len(found) == 1 else f", the newest at {facts.since(found[0])}"
        yield f"{n:,} series {got} {way}{where}{_whose(found)}"


def _faster(facts: Facts) -> Iterator[str]:
    found = [event for event in facts.of("improvement") if event.standing == "CONFIRMED"]
    if found:
        yield f"{len({moved['label'] for event in found for moved in event.moved}):,} series got faster"


def _whose(events: Sequence[Event]) -> str:
    """Return whose part it likely is; nothing where the events do not agree."""
    causes = {event.cause or "" for event in events}
    if len(causes) > 1:
        return ", in several parts"
    [cause] = causes
    return f", in {cause}" if cause.startswith("module ") else _WHOSE.get(cause, "")


def _absent(facts: Facts) -> Iterator[str]:
    n_vanished = sum(len(event.moved) for event in facts.of("vanished benchmark"))
    failed = [f"{_count(facts.n_failed, 'measurement')} failed at the newest commit"] if facts.n_failed else []
    vanished = [f"{n_vanished:,} series vanished"] if n_vanished else []
    if failed or vanished:
        yield _listed([*failed, *vanished])


def _host(facts: Facts) -> Iterator[str]:
    # What the host told of itself stands behind the title, in brackets.
    for event in facts.of("host change", "two-state host")[:1]:
        title = event.title.partition(" (")[0]
        yield f"{title} at {facts.since(event)}" if event.kind == "host change" else title


def _cannot_tell(facts: Facts) -> Iterator[str]:
    judged = sum(n for kind, n in facts.said.items() if kind is not None)
    unclear = sum(facts.said.get(kind, 0) for kind in _UNKNOWN)
    if facts.judged is None:
        yield "whether anything got slower is not judged yet"
    elif not judged:
        yield "no series could be judged"
    elif facts.said.get("TOO_FEW", 0) == judged:
        few = "1 commit is" if facts.n_commits == 1 else f"{facts.n_commits} commits are"
        yield f"{few} too few to tell whether anything got slower"
    elif facts.judged != facts.newest:
        yield f"nothing got slower up to {facts.judged}, what came after is not judged yet"
    elif 2 * unclear > judged:
        yield f"nothing got slower as far as can be told, {unclear:,} of {judged:,} series are too noisy or too new"


def _silent(facts: Facts) -> Iterator[str]:
    if facts.age_s is not None and facts.age_s > STALE_S:
        yield f"nothing was measured for {_count(int(facts.age_s // 86_400), 'day')}"
    else:
        for event in facts.of("stale runner")[:1]:
            yield event.title


def staleness(age_s: float | None) -> str:
    """Return what a place is called that was measured so long ago: `stale`, `dead`, or nothing."""
    if age_s is None or age_s <= STALE_S:
        return ""
    return "stale" if age_s <= DEAD_S else "dead"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
