"""A Check as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from perfwatch.analysis.changes import Change, Missing
from perfwatch.analysis.check import Check, Place, is_silenced
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.triage import is_confirmed
from perfwatch.errors import (
    EXIT_CLEAN,
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_INCONCLUSIVE,
    EXIT_NOT_MEASURED,
    EXIT_NOTHING_TO_COMPARE,
    EXIT_REGRESSION,
)
from perfwatch.model import Event, Triage
from perfwatch.report import verdicts
from perfwatch.report.table import Column, table
from perfwatch.units import unit

SCHEMA = "perfwatch.check/2"
# A table of hundreds of rows is not read; the rest is in --format json.
SHOWN_CHANGES = 15

# The gate's breaks and what is missing have lines of their own, with more in them.
SAID_ABOVE = {"equivalence break", "failure", "vanished benchmark"}

# How a line of the gate is headed that fails the commit.
LOUD = {"BROKEN", "FAILED", "SKIPPED", "ABSENT"}

_SUMMARY = {
    EXIT_CLEAN: "clean",
    EXIT_NOTHING_TO_COMPARE: "nothing to compare with",
    EXIT_EQUIVALENCE_BROKEN: "EQUIVALENCE BROKEN",
    EXIT_NOT_MEASURED: "not everything was measured",
    EXIT_REGRESSION: "REGRESSED",
    EXIT_INCONCLUSIVE: "inconclusive",
}

_FIRST = "no earlier measured commit to compare with; the next one is compared with this"


def text(check: Check) -> str:
    """Return the whole finding as lines of text, the loudest first."""
    return "\n".join(_lines(check))


def _lines(check: Check) -> Iterator[str]:
    name = f"{check.commit.hash[:8]} {check.commit.subject or ''}".strip()
    yield f"{name}: {verdict_in_words(check)} (exit {check.exit_code})"
    if not check.places:
        yield "  nothing was measured at this commit; run `perfwatch run` and `perfwatch ingest`"
    yield from stale_lines(check)
    yield from (f"  {note}" for note in check.notes)
    for place in check.places:
        yield ""
        yield f"{place.machine} · {place.environment}"
        yield from gate_lines(check, place)
        for event, word in told_events(place):
            yield from verdicts.event_lines(event, word)
        yield from verdicts.summary_lines(place.verdicts)
        yield from _comparison(place)


def stale_lines(check: Check) -> Iterator[str]:
    """Yield the runners that fell silent, with what people said of it."""
    for event, word in check.stale:
        yield f"  {verdicts.head(event):9}  {event.title}; the last was {event.commit[:8]}  [{event.id}]"
        if word is not None:
            yield f"             {verdicts.word_line(word)}"
        if not is_silenced(word, check.checked_at):
            yield f'             start it again, or: perfwatch ack {event.id} --reason "given up"'


def verdict_in_words(check: Check) -> str:
    """Return what the exit code says, in a few words; where it is clean, also what it passes over."""
    told = _SUMMARY[check.exit_code]
    if check.exit_code != EXIT_CLEAN:
        return told
    regressions = [(e, word) for place in check.places for e, word in place.events if e.kind == "regression"]
    known = sum(e.standing == "CONFIRMED" and is_silenced(word, check.checked_at) for e, word in regressions)
    suspected = sum(e.standing == "SUSPECT" and not is_confirmed(e, word) for e, word in regressions)
    gone = sum(len(event.moved) for place in check.places for event, _ in place.gone)
    verdicts_of_all = [v for place in check.places for v in place.verdicts]
    young = sum(v.kind == "TOO_FEW" for v in verdicts_of_all)
    blind = sum(v.kind == "INCONCLUSIVE" and v.standing != "SUSPECT" for v in verdicts_of_all)
    passed_over = {
        f"{known} regression{'s' * (known > 1)} somebody knows of": known,
        f"{suspected} suspected": suspected,
        f"{gone} series not measured any more": gone,
        f"{blind} inconclusive": blind,
        f"{young} with too few commits to judge": young,
    }
    # A project that tracks no answers has none that hold.
    held = ["the answers hold"] if any(place.accepted_from for place in check.places) else []
    measured = [] if gone else ["everything was measured"]
    told = " and ".join([*held, *measured]) or told
    return "; ".join([told, *(words for words, count in passed_over.items() if count)])


def gate_lines(check: Check, place: Place) -> Iterator[str]:
    """Yield what is no matter of statistics: the answers, and what was not measured."""
    yield from _breaks(check, place)
    yield from _missing(place)


def _breaks(check: Check, place: Place) -> Iterator[str]:
    for found, names in alike(place.breaks):
        if found.kind == "PARITY":
            yield f"  BROKEN  {check.commit.hash[:8]}  {', '.join(names)}: {found.detail}"
            continue
        combinations = "1 combination" if found.differing == 1 else f"{found.differing} combinations"
        if found.kind == "DISAGREES":
            verb = "disagrees" if len(names) == 1 else "disagree"
            yield (
                f"  BROKEN  {check.commit.hash[:8]}  {', '.join(names)} {verb} with the reference at {found.size} "
                f"in {combinations}; first: {found.detail}"
            )
        else:
            since, accepted = place.accepted_from[found.size]
            state = "accepted" if accepted else "first measured"
            yield (
                f"  BROKEN  {check.commit.hash[:8]}  the reference moved at {found.size} from the fingerprint {state} "
                f"at {since[:8]} in {combinations}; first: {found.detail}; if this is meant: "
                f'perfwatch accept {check.commit.hash[:8]} --reason "…"'
            )
    if not place.breaks and place.accepted_from:
        sizes = ", ".join(
            f"{size} (as {'accepted' if accepted else 'first measured'} at {since[:8]})"
            for size, (since, accepted) in sorted(place.accepted_from.items())
        )
        yield f"  equivalence holds: {sizes}"


def told_events(place: Place) -> list[tuple[Event, Triage | None]]:
    """Return the events that no line of `gate_lines` says, with people's newest word on each."""
    return [*place.gone, *((e, word) for e, word in place.events if e.kind not in SAID_ABOVE)]


def alike(breaks: Iterable[Break]) -> list[tuple[Break, list[str]]]:
    """Return breaks that differ in nothing but the architecture as one, with the names of all of them."""
    groups: dict[tuple[str, str, int, str], tuple[Break, list[str]]] = {}
    for found in breaks:
        place = (found.kind, found.size, found.differing, found.detail)
        groups.setdefault(place, (found, []))[1].append(found.architecture)
    return list(groups.values())


def _missing(place: Place) -> Iterator[str]:
    for failure in place.unbuilt:
        yield f"  FAILED  {failure.benchmark}: {last_line(failure.stderr)}"
    groups: dict[tuple[str, str], list[Missing]] = {}
    for found in place.missing:
        groups.setdefault((found.why, found.key.benchmark), []).append(found)
    for (why, benchmark), group in groups.items():
        first = group[0]
        reason = f": {last_line(first.error)}" if first.error else ""
        if len(group) == 1:
            yield f"  {why.upper():7} {first.key.label}{reason}"
        else:
            yield f"  {why.upper():7} {benchmark} at {len(group)} sets of parameters; {first.key.label}{reason}"


def last_line(message: str | None) -> str:
    """Return the last line that says something: where a traceback names its error."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip() and not line.startswith("asv:")]
    return lines[-1] if lines else ""


def without_baseline(place: Place) -> Iterator[str]:
    """Yield why there is nothing to compare with, where there is not."""
    if place.baseline is None:
        yield _FIRST
    elif not place.is_comparable:
        yield f"no series was measured at both this commit and {place.baseline.hash[:8]}"


def _comparison(place: Place) -> Iterator[str]:
    if place.baseline is None:
        yield f"  {place.measured} series measured; {_FIRST}"
        return
    subject = f" {place.baseline.subject}" if place.baseline.subject else ""
    if not place.changes:
        yield f"  against {place.baseline.hash[:8]}{subject}: no series was measured at both"
        return
    moved = [c for c in place.changes if c.mark not in ("same", "unsure")]
    unsure = sum(c.mark == "unsure" for c in place.changes)
    tail = f", {unsure} with too few samples to say" if unsure else ""
    yield (
        f"  against {place.baseline.hash[:8]}{subject}: {len(moved)} of {len(place.changes)} series differ "
        f"beyond their 99 % interval{tail}"
    )
    if moved:
        yield "  (what the interval covers is the scatter of the samples; a host that drifts moves series, too)"
        yield from ("  " + line for line in table(_COLUMNS, [_row(c) for c in moved[:SHOWN_CHANGES]]))
    if len(moved) > SHOWN_CHANGES:
        yield f"  … and {len(moved) - SHOWN_CHANGES} more (--format json lists all)"


_COLUMNS = (
    Column("benchmark", "left"),
    Column("before", "right"),
    Column("after", "right"),
    Column("ratio", "right"),
    Column("99 % interval", "right"),
    Column("", "left"),
)


def _row(change: Change) -> tuple[str, ...]:
    shown = unit(change.key.unit)
    found = change.ratio
    bounds = (
        "" if found is None or found.lower is None or found.upper is None else f"{found.lower:.3f} – {found.upper:.3f}"
    )
    return (
        change.key.label,
        shown.show(change.before),
        shown.show(change.after),
        "" if found is None else f"{found.value:.3f}",
        bounds,
        change.mark,
    )


def as_json(check: Check) -> dict[str, Any]:
    """Return the finding as an object of the schema `perfwatch.check/2`."""
    return {
        "schema": SCHEMA,
        "commit": check.commit.hash,
        "subject": check.commit.subject,
        "exit_code": check.exit_code,
        "summary": verdict_in_words(check),
        "stale": [verdicts.event_json(e, word) for e, word in check.stale],
        "notes": list(check.notes),
        "places": [_place_json(p) for p in check.places],
    }


def _place_json(place: Place) -> dict[str, Any]:
    return {
        "machine": place.machine,
        "environment": place.environment,
        "baseline": place.baseline.hash if place.baseline else None,
        "measured": place.measured,
        "breaks": [vars(b) for b in place.breaks],
        "accepted": {
            size: {"commit": commit, "by_someone": accepted} for size, (commit, accepted) in place.accepted_from.items()
        },
        "unbuilt": [{"what": f.benchmark, "error": f.stderr} for f in place.unbuilt],
        "missing": [{"series": m.key.label, "why": m.why, "error": m.error} for m in place.missing],
        "events": [verdicts.event_json(e, word) for e, word in place.events],
        "verdicts": [verdicts.verdict_json(v) for v in place.verdicts],
        "changes": [
            {
                "series": c.key.label,
                "unit": c.key.unit,
                "before": c.before,
                "after": c.after,
                "ratio": c.ratio.value if c.ratio else None,
                "lower": c.ratio.lower if c.ratio else None,
                "upper": c.ratio.upper if c.ratio else None,
                "mark": c.mark,
            }
            for c in place.changes
        ],
    }
