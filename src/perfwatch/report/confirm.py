"""Re-runs of suspected commits as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from perfwatch.analysis.rerun import Rerun, shown
from perfwatch.analysis.sequential import Decided, Word
from perfwatch.model import Commit, Event
from perfwatch.report.check import alike, last_line
from perfwatch.report.table import Column, table
from perfwatch.report.verdicts import word_json
from perfwatch.units import unit

SCHEMA = "perfwatch.confirm/1"
# Of a commit measured again with everything there is; an event's own are fewer.
SHOWN_ROWS = 10

_HEADS = {
    "confirmed": "CONFIRMED",
    "not confirmed": "NOT CONFIRMED",
    "undecided": "UNDECIDED",
    "answers differ": "ANSWERS DIFFER",
    "failed": "FAILED",
    "stopped": "STOPPED",
}
_WORDS: dict[Word, str] = {"worse": "worse", "better": "better", "same": "no change that matters", "unsure": "unsure"}
_COLUMNS = (
    Column("benchmark", "left"),
    Column("before", "right"),
    Column("after", "right"),
    Column("change", "left"),
    Column("", "left"),
)


def text(reruns: Sequence[Rerun], left: Sequence[Event | None] = ()) -> str:
    """Return what was found as lines of text, event by event."""
    if not reruns and not left:
        return "nothing is suspected that nobody has spoken of"
    lines: list[str] = []
    for one in reruns:
        lines += [*([""] if lines else []), *_lines(one)]
    if left:
        many = "1 event is" if len(left) == 1 else f"{len(left)} events are"
        named = ", ".join(e.id for e in left if e is not None)
        lines.append(f"{many} left for another time{f': {named}' if named else ''}")
    return "\n".join(lines)


def named(commit: Commit) -> str:
    """Return a commit as people know it: `c0ffee00 its subject`."""
    return f"{commit.hash[:8]} {commit.subject or ''}".strip()


def _lines(one: Rerun) -> Iterator[str]:
    yield f"{named(one.before)} → {named(one.after)}"
    about = f"{one.event.title}  [{one.event.id}]" if one.event else "every series measured"
    yield f"  {_HEADS[one.outcome]}  {about}"
    yield from _wrong(one)
    if one.alone is not None:
        yield f"    not there: {named(one.alone.before)} → {named(one.alone.after)}{_gravest(one.alone)}"
    if one.rows:
        rows = one.rows[:SHOWN_ROWS]
        yield from ("    " + line for line in table(_COLUMNS, [_cells(row) for row in rows]))
        if len(one.rows) > len(rows):
            yield f"    … and {len(one.rows) - len(rows)} more (--format json lists all)"
    if one.left_out:
        yield f"    {one.left_out} more series of the event were not measured again"
    yield f"  {_how(one)}"
    yield from _kept(one)
    if len(one.gap) > 1 and one.outcome == "confirmed":
        event = f" --event {one.event.id}" if one.event else ""
        yield (
            f"  {len(one.gap)} commits lie between what was measured: "
            f"perfwatch bisect {one.before.hash[:8]} {one.after.hash[:8]}{event}"
        )


def _gravest(one: Rerun) -> str:
    rounds = f"{one.rounds} round{'s' * (one.rounds != 1)}"
    return f": {shown(one.rows[0])} in {rounds}" if one.rows else ""


def _wrong(one: Rerun) -> Iterator[str]:
    for found, names in alike(one.breaks):
        where = f" at {found.size}" if found.size else ""
        yield f"    BROKEN  {', '.join(names)}{where}: {found.detail}"
    for commit, failure in one.failures:
        yield f"    FAILED  {commit[:8]}  {failure.benchmark}: {last_line(failure.stderr)}"


def _cells(row: Decided) -> tuple[str, ...]:
    show = unit(row.key.unit).show
    return row.key.label, show(row.before), show(row.after), shown(row), _WORDS[row.word]


def _how(one: Rerun) -> str:
    rounds = f"{one.rounds} round{'s' * (one.rounds != 1)} of at most {one.most}"
    why = ""
    if one.is_stopped:
        why = "; stopped"
    elif one.is_out_of_time:
        why = "; the time was over"
    elif one.outcome == "undecided" and one.rounds < one.most:
        why = "; more would hardly have told more"
    elsewhere = ""
    if one.event and one.event.machine != one.machine:
        elsewhere = f"; the event is of {one.event.machine}"
    return f"measured in turns on {one.machine}, {rounds}{why}{elsewhere}"


def _kept(one: Rerun) -> Iterator[str]:
    if one.word is not None:
        until = f" until {one.word.until:%Y-%m-%d}" if one.word.until else ""
        yield f"  kept: {one.word.state}{until}: {one.word.reason}"
    elif one.spoken is not None and one.event is not None:
        yield f"  nothing kept: {one.spoken.author} has said {one.spoken.state!r}"


def as_json(reruns: Sequence[Rerun], left: Sequence[Event | None] = ()) -> dict[str, Any]:
    """Return what was found as an object of the schema `perfwatch.confirm/1`."""
    return {
        "schema": SCHEMA,
        "reruns": [_rerun_json(one) for one in reruns],
        "left": [e.id for e in left if e is not None],
    }


def _rerun_json(one: Rerun) -> dict[str, Any]:
    return {
        "event": one.event.id if one.event else None,
        "kind": one.kind,
        "before": one.before.hash,
        "after": one.after.hash,
        "gap": [c.hash for c in one.gap],
        "machine": one.machine,
        "outcome": one.outcome,
        "exit_code": one.exit_code,
        "rounds": one.rounds,
        "most_rounds": one.most,
        "is_out_of_time": one.is_out_of_time,
        "left_out": one.left_out,
        "breaks": [vars(b) for b in one.breaks],
        "failures": [{"commit": c, "benchmark": f.benchmark, "error": f.stderr} for c, f in one.failures],
        "series": [row_json(row) for row in one.rows],
        "alone": None if one.alone is None else _rerun_json(one.alone),
        "word": None if one.word is None else word_json(one.word),
    }


def row_json(row: Decided) -> dict[str, Any]:
    """Return a series after its last look as an object."""
    ratio = row.ratio
    return {
        "series": row.key.label,
        "unit": unit(row.key.unit).name,
        "before": row.before,
        "after": row.after,
        "ratio": None if ratio is None else ratio.value,
        "lower": None if ratio is None else ratio.lower,
        "upper": None if ratio is None else ratio.upper,
        "p_value": row.p_value,
        "word": row.word,
        "n_before": row.n_before,
        "n_after": row.n_after,
        "minimum_detectable": row.minimum_detectable,
    }
