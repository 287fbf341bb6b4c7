"""Searches of every outcome."""

from __future__ import annotations

from dataclasses import replace

from reruns import ADA, PLAIN, rows
from situations import HEAD, NOW, PARENT, SWEEP

from perfwatch.analysis import bisection
from perfwatch.analysis.bisection import Bisection, Step
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.rerun import Rerun
from perfwatch.analysis.search import Answer, Found
from perfwatch.model import Commit, Failure
from perfwatch.runner import labels

NAMES = ("tidy the parser", "a faster feed", "change the fee", "docs")
LINE = [
    *(Commit(f"{n}0" * 20, author="Ada", subject=f"engine: {name}") for n, name in enumerate(NAMES, start=1)),
    HEAD,
]
STAT = " engine/core/src/kernel/sides.rs | 4 ++--\n 1 file changed, 2 insertions(+), 2 deletions(-)"
ENDS = replace(PLAIN, rows=rows(sweep=1.102), gap=LINE)
PATTERN = labels.patterns([SWEEP.label])[0]


def steps(**answers: tuple[Answer, int, str]) -> list[Step]:
    return [Step(LINE[int(at[1:])], *said) for at, said in answers.items()]


def searched(good: int, bad: int, asked: list[Step], ends: Rerun = ENDS, **more: object) -> Bisection:
    found = Found(good, bad, {LINE.index(s.commit): s.answer for s in asked})
    done = Bisection(ends, LINE, "time", SWEEP.label, found, asked, pattern=PATTERN)
    done = replace(done, **more)
    return replace(done, word=bisection.word_of(done, NOW))


OWN = replace(PLAIN, before=LINE[1], after=LINE[2], gap=[LINE[2]], rows=rows(sweep=1.098))
ASKED = steps(_1=("good", 6, "100.2 ms"), _2=("bad", 6, "110.4 ms"))
BROKEN = replace(
    PLAIN, rows=[], gap=LINE, rounds=1, breaks=[Break("DISAGREES", "rust_batch_unix", "30000x20", 20, "combination 0")]
)
FAILING = replace(PLAIN, rows=[], gap=LINE, rounds=1, failures=[(HEAD.hash, Failure("suite.time_it", 1, "no good"))])
BISECTIONS = {
    "found": searched(1, 2, ASKED, own=OWN, diffstat=STAT),
    "passed_over": searched(
        0,
        3,
        steps(
            _2=("unmeasurable", 0, "(build) error: no such field"),
            _1=("undecided", 8, "104.9 ms"),
            _3=("bad", 6, "110.2 ms"),
            _0=("good", 7, "100.1 ms"),
        ),
    ),
    "a_range_that_does_not_build": searched(
        1,
        3,
        steps(_2=("unmeasurable", 0, "(build) error: no such field"), _1=("good", 5, "100 ms"), _3=("bad", 5, "1")),
    ),
    "in_doubt_by_itself": searched(1, 2, ASKED, own=replace(OWN, rows=rows(6, sweep=1.029)), diffstat=STAT),
    "broken_answers": searched(
        2,
        3,
        steps(_1=("good", 1, ""), _3=("bad", 1, "combination 0"), _2=("good", 1, "")),
        BROKEN,
        criterion="answers",
        by="rust_batch_unix",
        diffstat=STAT,
    ),
    "a_failure": searched(
        -1,
        0,
        steps(_1=("bad", 1, "no good"), _0=("bad", 1, "no good")),
        FAILING,
        criterion="failure",
        by="suite.time_it",
    ),
    "a_person_has_spoken": searched(1, 2, ASKED, replace(ENDS, spoken=ADA), own=OWN, diffstat=STAT),
    "stopped": replace(
        searched(-1, 4, [], word=None), found=Found(-1, 4, {}, is_stopped=True), is_stopped=True, word=None
    ),
    "nothing_to_find": Bisection(replace(ENDS, rows=rows(sweep=1.0), event=None), LINE),
    "ends_undecided": Bisection(replace(ENDS, rows=rows(6, sweep=1.029), event=None), LINE),
    "the_good_one_fails": Bisection(
        replace(FAILING, event=None, failures=[(PARENT.hash, Failure("(build)", 1, "error: no such field"))]), LINE
    ),
}
