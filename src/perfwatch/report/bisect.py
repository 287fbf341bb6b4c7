"""A search for a commit as text for people and as JSON for programs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from perfwatch.analysis.bisection import Bisection, Step
from perfwatch.analysis.rerun import shown
from perfwatch.analysis.search import Answer
from perfwatch.model import Commit
from perfwatch.report import confirm
from perfwatch.report.confirm import named, row_json
from perfwatch.report.table import Column, table
from perfwatch.report.verdicts import word_json

SCHEMA = "perfwatch.bisect/1"
# So many of the commits in question, and of the files changed, are read.
SHOWN_COMMITS, SHOWN_FILES = 10, 12

_ANSWERS: dict[Answer, str] = {
    "good": "like the good one",
    "bad": "like the bad one",
    "undecided": "undecided",
    "unmeasurable": "passed over",
}
_COLUMNS = (Column("commit", "left"), Column("", "left"), Column("rounds", "right"), Column("", "left"))


def text(found: Bisection) -> str:
    """Return what was found as lines of text, the commit first."""
    if found.found is None:
        return "\n".join(_nothing(found))
    return "\n".join(_lines(found))


def _nothing(found: Bisection) -> Iterator[str]:
    ends = found.ends
    yield from confirm.text([ends]).splitlines()
    if ends.is_stopped:
        return
    if any(commit == ends.before.hash for commit, _ in ends.failures):
        yield f"  {ends.before.hash[:8]} fails itself, so nothing can be told from it; name another good commit"
    elif ends.outcome == "undecided":
        yield "  whether the two differ at all is not decided, so there is nothing to search for"
    else:
        yield "  the two do not differ by what matters, so there is nothing to search for"


def _lines(found: Bisection) -> Iterator[str]:
    row = found.ends.rows[:1] if found.criterion in ("time", "number") else []
    much = f" {shown(row[0])}" if row and row[0].key.label == found.by else ""
    what = {"answers": " gives other answers", "failure": " fails"}.get(found.criterion or "", much)
    yield f"{named(found.ends.before)} → {named(found.ends.after)}, {_count(len(found.line))}: {found.by}{what}"
    if found.steps:
        yield from ("  " + line for line in table(_COLUMNS, [_cells(step) for step in found.steps]))
    yield ""
    yield from (_cause(found) if len(found.candidates) == 1 else _range(found))
    if found.word is not None:
        yield f"  kept: {found.word.state}: {found.word.reason}"
    elif found.ends.event is not None and found.ends.spoken is not None and not found.is_doubtful:
        yield f"  nothing kept: {found.ends.spoken.author} has said {found.ends.spoken.state!r}"
    newest = found.candidates[-1].hash[:8]
    yield f"  again: perfwatch bench {found.before.hash[:8]} {newest} --bench {shlex.quote(found.pattern)} --size all"


def _cells(step: Step) -> tuple[str, ...]:
    return named(step.commit)[:60], _ANSWERS[step.answer], str(step.rounds or ""), step.detail[:100]


def _cause(found: Bisection) -> Iterator[str]:
    cause = found.candidates[0]
    yield f"{'FOUND, IN DOUBT' if found.is_doubtful else 'FOUND'}  {named(cause)}"
    when = f", {cause.committed_at:%Y-%m-%d %H:%M} UTC" if cause.committed_at else ""
    yield f"  by {cause.author or 'somebody'}{when}"
    own = found.own
    if own is not None and own.rows:
        doubt = "" if own.outcome == "confirmed" else f"; that is {own.outcome}"
        yield f"  against the commit before it: {shown(own.rows[0])}{doubt}"
    files = found.diffstat.splitlines()
    shown_files = files if len(files) <= SHOWN_FILES + 1 else [*files[:SHOWN_FILES], " …", files[-1]]
    yield from (f"  {line}" for line in shown_files)


def _range(found: Bisection) -> Iterator[str]:
    assert found.found is not None
    candidates = found.candidates
    ended = "; it was ended before all of them were asked" if found.found.is_stopped else ""
    yield f"ONE OF {len(candidates)}, behind {named(found.before)}{ended}"
    answers = {step.commit.hash: step for step in found.steps}
    for commit in candidates[:SHOWN_COMMITS]:
        yield f"  {named(commit)}  {_why(commit, answers.get(commit.hash))}".rstrip()
    if len(candidates) > SHOWN_COMMITS:
        yield f"  … and {len(candidates) - SHOWN_COMMITS} more (--format json lists all)"


def _why(commit: Commit, step: Step | None) -> str:
    if step is None:
        return ""
    rounds = f" after {step.rounds} rounds" if step.answer == "undecided" and step.rounds else ""
    detail = f": {step.detail}" if step.answer == "unmeasurable" and step.detail else ""
    return f"{_ANSWERS[step.answer]}{rounds}{detail}"


def _count(commits: int) -> str:
    return "1 commit" if commits == 1 else f"{commits} commits"


def as_json(found: Bisection) -> dict[str, Any]:
    """Return what was found as an object of the schema `perfwatch.bisect/1`."""
    searched = found.found
    return {
        "schema": SCHEMA,
        "good": found.ends.before.hash,
        "bad": found.ends.after.hash,
        "commits": [c.hash for c in found.line],
        "criterion": found.criterion,
        "by": found.by or None,
        "exit_code": found.exit_code,
        "is_doubtful": found.is_doubtful,
        "is_stopped": searched is not None and searched.is_stopped,
        "candidates": [_commit_json(c) for c in found.candidates],
        "steps": [
            {"commit": s.commit.hash, "answer": s.answer, "rounds": s.rounds, "detail": s.detail} for s in found.steps
        ],
        "ends": [row_json(row) for row in found.ends.rows],
        "own": None if found.own is None else [row_json(row) for row in found.own.rows],
        "diffstat": found.diffstat or None,
        "pattern": found.pattern or None,
        "word": None if found.word is None else word_json(found.word),
    }


def _commit_json(commit: Commit) -> dict[str, Any]:
    return {"hash": commit.hash, "author": commit.author, "subject": commit.subject}
