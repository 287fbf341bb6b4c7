"""A pull request's verdict in words: one line, and how a change is written."""

from __future__ import annotations

from collections.abc import Sequence

from perfwatch.analysis.pull import Pull, Row
from perfwatch.errors import (
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_INCONCLUSIVE,
    EXIT_INTERRUPTED,
    EXIT_NOT_MEASURED,
    EXIT_NOTHING_TO_COMPARE,
    EXIT_REGRESSION,
)
from perfwatch.report.check import alike
from perfwatch.report.plain import clean, short
from perfwatch.units import show_ratio, unit

# GitHub cuts the description of a status here.
LONGEST_TITLE = 140
_LONGEST_LABEL = 90


def title(pull: Pull) -> str:
    """Return the verdict on one line that a status has room for, what fails first."""
    return short(clean(_title(pull)), LONGEST_TITLE)


def _title(pull: Pull) -> str:
    said = {
        EXIT_EQUIVALENCE_BROKEN: _broken,
        EXIT_NOT_MEASURED: _not_measured,
        EXIT_REGRESSION: _worse,
        EXIT_NOTHING_TO_COMPARE: _nothing,
        EXIT_INCONCLUSIVE: _inconclusive,
        EXIT_INTERRUPTED: _stopped,
    }.get(pull.exit_code, _clean)
    return said(pull)


def _broken(pull: Pull) -> str:
    found, names = alike(pull.breaks)[0]
    more = sum(1 for _ in alike(pull.breaks)) - 1
    where = f" at {found.size}" if found.size else ""
    what = {"DISAGREES": "not the reference's answer", "MOVED": "the reference moved", "PARITY": found.detail}[
        found.kind
    ]
    return f"EQUIVALENCE BROKEN: {_list(names)}{where}: {what}{f', and {more} more' if more else ''}"


def _not_measured(pull: Pull) -> str:
    if pull.unbuilt:
        first = pull.unbuilt[0]
        what = {"(build)": "does not build", "(suite)": "has a suite that cannot be imported"}.get(first.what, "failed")
        return f"NOT MEASURED: {first.side} {what}: {first.error}"
    rows = pull.worded("failed", "gone")
    first_row = rows[0]
    what = "fails" if first_row.word == "failed" else "is not measured"
    error = f": {first_row.error}" if first_row.error else ""
    return f"FAILED: {named(first_row)} {what} since this change{_more(rows)}{error}"


def _worse(pull: Pull) -> str:
    return f"WORSE: {moved(pull.regressions[0])}{_more(pull.regressions)}"


def _nothing(pull: Pull) -> str:
    if pull.choice.how == "nothing":
        return f"not measured: {pull.choice.why[0]}"
    return "nothing comparable: no series has a value on both sides"


def _inconclusive(pull: Pull) -> str:
    unsure = len(pull.worded("unsure"))
    return f"inconclusive: {unsure:,} of {len(pull.compared):,} series could hide a change that matters"


def _stopped(pull: Pull) -> str:
    worse = pull.worded("worse")
    so_far = "EQUIVALENCE BROKEN" if pull.breaks else moved(worse[0]) + _more(worse) if worse else "nothing got worse"
    return f"stopped after {pull.rounds} of {pull.most} rounds; so far: {so_far}"


def _clean(pull: Pull) -> str:
    worse, better, unsure = (pull.worded(word) for word in ("worse", "better", "unsure"))
    if worse and pull.is_same_artefact:
        return f"both sides are built to the same: what moved in {len(worse):,} series is the host's"
    if worse:
        why = f": {pull.allowed[0].reason}" if pull.allowed else ""
        return f"ALLOWED: {moved(worse[0])}{_more(worse)}{why}"
    if unsure:
        gain = f"; {moved(better[0])}{_more(better)}" if better else ""
        return f"nothing got worse, {len(unsure):,} of {len(pull.compared):,} series could hide it{gain}"
    if better:
        return f"better: {moved(better[0])}{_more(better)}; nothing got worse"
    kept = f"; {answers(pull)}" if pull.answers else ""
    return f"clean: {count(len(pull.compared))} within ±{100 * pull.relevant_change:g} %{kept}"


def answers(pull: Pull) -> str:
    """Return what is known of the answers in a few words."""
    if pull.breaks:
        return "the answers differ"
    return "the answers are the same" if pull.answers else "no answers were compared"


def named(row: Row) -> str:
    """Return a row's label, its middle left out where it is long."""
    return short(row.label, _LONGEST_LABEL)


def moved(row: Row) -> str:
    """Return a row with its change: `compute gap · 30000x20 +12.3 %`."""
    return f"{named(row)} {change(row)}"


def change(row: Row) -> str:
    """Return by how much a series moved, a dash where nobody knows; of no ratio both values."""
    if row.ratio is not None:
        return show_ratio(row.ratio)
    if row.before is None or row.after is None:
        return "—"
    shown = unit(row.unit)
    return f"{shown.show(row.before)} → {shown.show(row.after)}"


def interval(row: Row) -> str:
    """Return the interval of a ratio, a dash where there is none; `exact` of a number that does not scatter."""
    if row.is_exact:
        return "exact"
    if row.lower is None or row.upper is None:
        return "—"
    return f"{show_ratio(row.lower)} … {show_ratio(row.upper)}"


def detectable(row: Row) -> str:
    """Return the smallest change that could have been seen."""
    if row.is_exact:
        return "any"
    return "none" if row.minimum_detectable is None else f"{100 * row.minimum_detectable:.1f} %"


def count(n: int, what: str = "series") -> str:
    """Return so many of something; `series` is its own plural."""
    return f"{n:,} {what if n == 1 or what == 'series' else what + 's'}"


def _more(rows: Sequence[Row]) -> str:
    return f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(short(name, _LONGEST_LABEL) for name in names[:2])
    return shown if len(names) <= 2 else f"{shown} and {len(names) - 2} more"
