"""Two commits side by side as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from perfwatch.analysis.compare import Compared
from perfwatch.analysis.equivalence import Break
from perfwatch.model import Commit
from perfwatch.report.check import alike
from perfwatch.report.table import Column, table
from perfwatch.units import show_ratio, unit

SCHEMA = "perfwatch.compare/1"
MARKS = "+ worse · - better · ~ as likely chance · ! failed · * mended · x not comparable"


class Sides(Protocol):
    """What two commits at one place came to."""

    @property
    def before(self) -> Commit: ...
    @property
    def after(self) -> Commit: ...
    @property
    def machine(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def breaks(self) -> Sequence[Break]: ...
    @property
    def answers(self) -> int: ...
    @property
    def rows(self) -> Sequence[Compared]: ...
    @property
    def controls(self) -> Mapping[str, float]: ...


def text(found: Sequence[Sides], *, only_changed: bool = False, interleaved: bool = False) -> str:
    """Return the comparisons as lines of text, the answers first.

    Parameters
    ----------
    only_changed : leave out the rows without a mark.
    interleaved : whether both were measured in turns on one host, and not in a run of each.
    """
    lines: list[str] = []
    for sides in found:
        lines += [*([""] if lines else []), *_lines(sides, only_changed=only_changed, interleaved=interleaved)]
    return "\n".join(lines)


def _lines(sides: Sides, *, only_changed: bool, interleaved: bool) -> Iterator[str]:
    yield f"{_named(sides.before)} → {_named(sides.after)}"
    yield f"{sides.machine} · {sides.environment}"
    yield from _answers(sides)
    measured = [r for r in sides.rows if r.before is not None or r.after is not None]
    significant = sum(r.is_significant for r in measured)
    worse, better = (sum(r.mark == mark for r in measured) for mark in "+-")
    yield (
        f"  {len(measured)} series, {significant} differ beyond chance, "
        f"of those that matter {worse} for the worse and {better} for the better"
    )
    yield "  " + _caution(sides, interleaved=interleaved)
    rows = [r for r in measured if r.mark != " " or not only_changed]
    if rows:
        yield from ("  " + line for line in table(_COLUMNS, [_cells(r) for r in rows]))
        yield f"  {MARKS}"
    elif measured:
        yield "  no series changed by as much as matters"


def _named(commit: Commit) -> str:
    return f"{commit.hash[:8]} {commit.subject or ''}".strip()


def _answers(sides: Sides) -> Iterator[str]:
    for found, names in alike(sides.breaks):
        if found.kind == "PARITY":
            yield f"  BROKEN  {', '.join(names)}: {found.detail}"
            continue
        yield f"  BROKEN  {', '.join(names)} at {found.size}, {found.differing} combinations; first: {found.detail}"
    if not sides.breaks and sides.answers:
        yield "  the answers are the same"


def _caution(sides: Sides, *, interleaved: bool) -> str:
    if interleaved:
        return "measured in turns on one host, so that what it did met both"
    told = ", ".join(f"{name} {show_ratio(ratio)}" for name, ratio in sides.controls.items())
    if told:
        return f"one run of each: a difference may be the host's, whose own controls moved by {told}"
    return "one run of each: a difference may be the host's (`perfwatch bench` measures both in turns)"


_COLUMNS = (
    Column("", "left"),
    Column("benchmark", "left"),
    Column("before", "right"),
    Column("after", "right"),
    Column("change", "right"),
    Column("95 % interval", "right"),
    Column("P(after > before)", "right"),
    Column("q", "right"),
)


def _cells(row: Compared) -> tuple[str, ...]:
    shown, ratio = unit(row.key.unit), row.ratio
    bounds = ""
    if ratio is not None and ratio.lower is not None and ratio.upper is not None:
        bounds = f"{show_ratio(ratio.lower)} … {show_ratio(ratio.upper)}"
    return (
        row.mark,
        row.key.label,
        shown.show(row.before),
        shown.show(row.after),
        "" if ratio is None else show_ratio(ratio.value),
        bounds,
        "" if row.superiority is None else f"{row.superiority:.2f}",
        "" if row.q_value is None else "<0.001" if row.q_value < 0.001 else f"{row.q_value:.3f}",
    )


def as_json(found: Sequence[Sides]) -> dict[str, Any]:
    """Return the comparisons as an object of the schema `perfwatch.compare/1`."""
    return {"schema": SCHEMA, "comparisons": [_sides_json(s) for s in found]}


def _sides_json(sides: Sides) -> dict[str, Any]:
    return {
        "before": sides.before.hash,
        "after": sides.after.hash,
        "machine": sides.machine,
        "environment": sides.environment,
        "breaks": [vars(b) for b in sides.breaks],
        "answers_compared": sides.answers,
        "controls": dict(sides.controls),
        "series": [_row_json(r) for r in sides.rows],
    }


def _row_json(row: Compared) -> dict[str, Any]:
    ratio = row.ratio
    return {
        "series": row.key.label,
        "unit": unit(row.key.unit).name,
        "before": row.before,
        "after": row.after,
        "ratio": None if ratio is None else ratio.value,
        "lower": None if ratio is None else ratio.lower,
        "upper": None if ratio is None else ratio.upper,
        "superiority": row.superiority,
        "p_value": row.p_value,
        "q_value": row.q_value,
        "n_before": row.n_before,
        "n_after": row.n_after,
        "is_significant": row.is_significant,
        "is_relevant": row.is_relevant,
        "mark": row.mark,
    }
