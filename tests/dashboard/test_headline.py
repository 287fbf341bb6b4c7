"""The overview's first sentence, from facts: what is wrong before what is right, and never more than is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from frames.answers import Standing
from frames.headline import DEAD_S, STALE_S, Facts, Headline, headline, staleness

from perfwatch.model import Event, EventKind
from perfwatch.model import Standing as Evidence

HASH = "1a2b3c4d5e6f"
FINE = Facts(
    events=(),
    standing=Standing(7, 7, (), "0000aaaa", 12, (7, 7)),
    said={"UNCHANGED": 40, "INCONCLUSIVE": 3, None: 20},
    judged="ffff0000",
    newest="ffff0000",
    n_commits=12,
    n_failed=0,
    age_s=3600.0,
    labels={HASH: "1a2b3c4d"},
)
OTHER_PROJECT = replace(FINE, standing=None)


def event(
    kind: EventKind, title: str = "", cause: str | None = None, n: int = 1, standing: Evidence = "CONFIRMED"
) -> Event:
    moved = tuple({"label": f"{title} {i}"} for i in range(n))
    return Event(f"{kind}{title}", kind, HASH, "bench-1", "py", standing, title, cause, moved)


def broken(*names: str) -> Facts:
    return replace(FINE, standing=Standing(7 - len(names), 7, names, "1a2b3c4d", 2, (7, 7 - len(names))))


def happened(*events: Event) -> Facts:
    return replace(OTHER_PROJECT, events=events)


@pytest.mark.parametrize(
    ("facts", "says", "tone"),
    [
        (FINE, "Nothing got slower and all 7 architectures agree.", "good"),
        (OTHER_PROJECT, "Nothing got slower.", "good"),
        (
            happened(event("regression", "f 9 % slower", "kernel compute", 3)),
            "3 series got slower since 1a2b3c4d, likely the kernel.",
            "bad",
        ),
        (
            happened(event("regression", "f 9 % slower", "boundary floor", 1, "SUSPECT")),
            "1 series may have got slower since 1a2b3c4d, likely the boundary.",
            "bad",
        ),
        (
            happened(event("regression", "peak_memory 40.0 % worse", "module suite")),
            "1 series got worse since 1a2b3c4d, in module suite.",
            "bad",
        ),
        (
            happened(event("regression", "a", "kernel compute", 2), event("regression", "b", "boundary floor", 2)),
            "4 series got slower, the newest at 1a2b3c4d, in several parts.",
            "bad",
        ),
        (
            happened(event("improvement", "f 9 % faster", n=1_200)),
            "Nothing got slower and 1,200 series got faster.",
            "good",
        ),
        (
            broken("rust_spawn_stdin"),
            "1 of 7 architectures, rust_spawn_stdin, answers otherwise since 1a2b3c4d, likely the boundary. "
            "Nothing got slower.",
            "bad",
        ),
        (
            broken("rust_in_process", "rust_batch_unix"),
            "2 of 7 architectures answer otherwise since 1a2b3c4d, likely the kernel. Nothing got slower.",
            "bad",
        ),
        (
            broken("reference"),
            "The reference answers otherwise than was accepted, since 1a2b3c4d. Nothing got slower.",
            "bad",
        ),
        (
            replace(FINE, events=(event("equivalence break"),)),
            "An answer changed at 1a2b3c4d. Nothing got slower.",
            "bad",
        ),
        (
            replace(FINE, standing=Standing(5, 7, (), "0000aaaa", 1, (7, 5))),
            "Nothing got slower and 5 of 7 architectures agree, the others were not compared.",
            "good",
        ),
        (
            replace(OTHER_PROJECT, n_failed=1),
            "1 measurement failed at the newest commit. Nothing got slower.",
            "bad",
        ),
        (happened(event("vanished benchmark", "g", n=4)), "4 series vanished. Nothing got slower.", "bad"),
        (
            happened(event("host change", "the host became 4.1 % slower (governor: a → b)", "host")),
            "Nothing got slower. The host became 4.1 % slower at 1a2b3c4d.",
            "good",
        ),
        (
            replace(FINE, judged=None, said={None: 63}),
            "Whether anything got slower is not judged yet. All 7 architectures agree.",
            "plain",
        ),
        (
            replace(OTHER_PROJECT, said={"TOO_FEW": 40, None: 9}, n_commits=3),
            "3 commits are too few to tell whether anything got slower.",
            "plain",
        ),
        (
            replace(OTHER_PROJECT, said={"TOO_FEW": 3, "INCONCLUSIVE": 30, "UNCHANGED": 20}),
            "Nothing got slower as far as can be told, 33 of 53 series are too noisy or too new.",
            "plain",
        ),
        (
            replace(OTHER_PROJECT, judged="eeee0000"),
            "Nothing got slower up to eeee0000, what came after is not judged yet.",
            "plain",
        ),
        (replace(OTHER_PROJECT, said={None: 3}), "No series could be judged.", "plain"),
        (
            replace(OTHER_PROJECT, age_s=9.5 * 86_400),
            "Nothing got slower. Nothing was measured for 9 days.",
            "plain",
        ),
        (
            happened(event("stale runner", "bench-1 measured nothing since Monday")),
            "Nothing got slower. Bench-1 measured nothing since Monday.",
            "plain",
        ),
    ],
)
def test_the_sentence_says_what_is_known(facts: Facts, says: str, tone: str) -> None:
    assert headline(facts) == Headline(says, tone)  # type: ignore[arg-type]


def test_everything_at_once_is_told_the_gravest_first() -> None:
    facts = replace(
        broken("rust_in_process"),
        events=(event("regression", "f", "several parts", 2), event("host change", "the host became 2.0 % faster")),
        n_failed=2,
        age_s=8 * 86_400,
    )
    parts = headline(facts).says.split(". ")
    assert [part.split(" ")[0] for part in parts] == ["1", "2", "2", "The", "Nothing"]


def test_a_place_is_stale_after_a_week_and_dead_after_a_month() -> None:
    assert [staleness(s) for s in (None, STALE_S, STALE_S + 1, DEAD_S, DEAD_S + 1)] == [
        "",
        "",
        "stale",
        "stale",
        "dead",
    ]
