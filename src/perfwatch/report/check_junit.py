"""A Check as JUnit's XML: a test for each series, each architecture that disagrees, each thing that is missing.

It has a failure or an error exactly where the check does not end with 0:

    failure   a regression on the gate, a broken answer; under --strict what could not be judged well enough
    error     what was not measured, no baseline, a runner that fell silent
    skipped   what could not be judged: inconclusive, too few commits, new
    passed    everything else; with what was said of it where somebody lets it pass or nobody is sure yet
"""

from __future__ import annotations

from collections.abc import Iterator

from perfwatch.analysis.check import Check, Place, is_silenced
from perfwatch.model import Event, Triage, Verdict
from perfwatch.report import check as plain
from perfwatch.report import verdicts
from perfwatch.report.junit import Case, document

# They have tests of their own, made of more than a verdict holds.
_TESTED_ELSEWHERE = {"BROKEN", "FAILED"}


def junit(check: Check) -> str:
    """Return the finding as a document of JUnit's XML."""
    subject = f" {check.commit.subject}" if check.commit.subject else ""
    return document(f"perfwatch {check.commit.hash[:8]}{subject}", _cases(check), check.checked_at)


def _cases(check: Check) -> Iterator[Case]:
    if not check.places:
        yield Case("perfwatch", "perfwatch", "measured", "error", "nothing was measured at this commit")
    for event, word in check.stale:
        is_known = is_silenced(word, check.checked_at)
        said = verdicts.word_line(word) if word else ""
        result = "passed" if is_known else "error"
        yield Case("runners", "runners", event.machine, result, event.title, said)  # type: ignore[arg-type]
    for note in check.notes:
        yield Case("perfwatch", "perfwatch", "note", "passed", note)
    for place in check.places:
        yield from _answers(place)
        yield from _missing(place)
        yield from _series(check, place)
        for event, word in place.events:
            if event.kind in ("host change", "two-state host"):
                said = verdicts.word_line(word) if word else ""
                yield _case(place, "perfwatch", "host", "passed", f"{verdicts.head(event)}: {event.title}", said)


def _case(place: Place, module: str, name: str, *rest: str) -> Case:
    where = f"{place.machine} · {place.environment}"
    return Case(f"{where} · {module}", f"{where}.{module}", name, *rest)  # type: ignore[arg-type]


def _answers(place: Place) -> Iterator[Case]:
    for found in place.breaks:
        if found.kind == "PARITY":
            # Named for a benchmark, where the others are named for an architecture.
            yield _case(place, "equivalence", found.architecture, "failure", found.detail)
            continue
        said = "the reference moved" if found.kind == "MOVED" else "disagrees with the reference"
        combinations = "1 combination" if found.differing == 1 else f"{found.differing} combinations"
        name = f"{found.architecture} at {found.size}"
        yield _case(
            place, "equivalence", name, "failure", f"{said} in {combinations}; first: {found.detail}", found.detail
        )
    broken = {found.size for found in place.breaks}
    for size, (since, accepted) in sorted(place.accepted_from.items()):
        if size not in broken:
            as_ = "accepted" if accepted else "first measured"
            yield _case(place, "equivalence", f"every architecture at {size}", "passed", f"as {as_} at {since[:8]}")


def _missing(place: Place) -> Iterator[Case]:
    for failure in place.unbuilt:
        said = plain.last_line(failure.stderr) or "failed"
        yield _case(place, "perfwatch", failure.benchmark, "error", said, failure.stderr)
    for found in place.missing:
        said = f"{found.why}: {plain.last_line(found.error)}" if found.error else found.why
        yield _case(place, _module(found.key.label), found.key.label, "error", said, found.error or "")
    if place.measured == 0 and not place.unbuilt and not place.missing:
        yield _case(place, "perfwatch", "measured", "error", "no series was measured here")
    for said in plain.without_baseline(place):
        yield _case(place, "perfwatch", "baseline", "error", said)


def _series(check: Check, place: Place) -> Iterator[Case]:
    held = {e.id for e, _ in place.regressions(check.checked_at)}
    # Of the events that a series is part of the one that holds the gate is told.
    in_order = sorted(place.events, key=lambda one: one[0].id in held)
    events = {m["label"]: (e, word) for e, word in in_order for m in e.moved}
    told = {found.key.label for found in place.missing}
    for verdict in place.verdicts:
        if verdict.kind not in _TESTED_ELSEWHERE and verdict.key.label not in told:
            told.add(verdict.key.label)
            event, word = events.get(verdict.key.label, (None, None))
            yield _judged(check, place, verdict, event, word, is_held=event is not None and event.id in held)
    for change in place.changes:
        # What has no better and no worse is measured and not judged.
        if change.key.label not in told:
            yield _case(place, _module(change.key.label), change.key.label, "passed", f"{change.mark}, not judged")


def _judged(
    check: Check, place: Place, verdict: Verdict, event: Event | None, word: Triage | None, *, is_held: bool
) -> Case:
    label, result, message = verdict.key.label, "passed", ""
    if verdict.kind in ("REGRESSED", "IMPROVED"):
        message = f"{verdicts.head(event, word)}: {event.title}" if event else verdict.kind.lower()
        if is_held and verdict.kind == "REGRESSED" and verdict.relevant:
            result = "failure"
    elif verdict.kind == "INCONCLUSIVE":
        result = "failure" if check.strict else "skipped"
        blind = (
            "" if verdict.minimum_detectable is None else f": sees {100 * verdict.minimum_detectable:.0f} % and more"
        )
        message = f"inconclusive{blind}" if verdict.ratio is None else f"inconclusive: {verdicts.apart(verdict)}"
    elif verdict.kind == "VANISHED":
        message = verdict.detail or "vanished"
    elif verdict.kind in ("TOO_FEW", "NEW"):
        result, message = "skipped", "too few commits to judge" if verdict.kind == "TOO_FEW" else "new"
    return _case(place, _module(label), label, result, message, _details(verdict, event, word))


def _details(verdict: Verdict, event: Event | None, word: Triage | None) -> str:
    """Return by how much, since when and what people said, a line each."""
    lines = []
    if verdict.ratio is not None and verdict.kind in ("REGRESSED", "IMPROVED"):
        change = verdicts.change_of({"ratio": verdict.ratio, "lower": verdict.lower, "upper": verdict.upper})
        lines.append(f"{change} since {(verdict.since or '')[:8]}")
    if event is not None:
        lines.append(f"event {event.id}")
    if word is not None:
        lines.append(verdicts.word_line(word))
    return "\n".join(lines)


def _module(label: str) -> str:
    benchmark = label.partition("(")[0]
    return benchmark.rpartition(".")[0] or benchmark
