"""The verdict on a commit for a forge: what its status says, and the same in blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from perfwatch.analysis.check import Check, Place, is_silenced
from perfwatch.errors import EXIT_CLEAN, EXIT_INCONCLUSIVE, EXIT_NOTHING_TO_COMPARE
from perfwatch.model import Event, Triage
from perfwatch.report import check as plain_check
from perfwatch.report import verdicts
from perfwatch.report.blocks import Block, Bullets, Code, Heading, Inline, Line, Link, Paragraph, Strong, Table
from perfwatch.report.event_words import LONGEST_LABEL
from perfwatch.report.notice import Conclusion, Level
from perfwatch.report.plain import clean, short, without_folders

# GitHub cuts the description of a status here.
LONGEST_STATUS = 140
SHOWN_EVENTS = 20
_LONGEST_LINE = 1_000
# What says neither yes nor no. Everything else that is not clean is a failure.
_NEUTRAL: Final = {EXIT_NOTHING_TO_COMPARE, EXIT_INCONCLUSIVE}


def conclusion(check: Check) -> Conclusion:
    """Return what a forge shows beside the commit; green only for a commit that was measured and is clean."""
    if check.exit_code == EXIT_CLEAN:
        return "success"
    return "neutral" if check.exit_code in _NEUTRAL else "failure"


def level(check: Check) -> Level:
    """Return how loud it is."""
    levels: dict[Conclusion, Level] = {"success": "notice", "neutral": "warning", "failure": "error"}
    return levels[conclusion(check)]


def title(check: Check) -> str:
    """Return the verdict on one line that a status has room for: what, and of that the first."""
    said = plain_check.verdict_in_words(check)
    first = next(_first(check), "")
    return short(clean(f"{said}: {first}" if first and conclusion(check) == "failure" else said), LONGEST_STATUS)


def _first(check: Check) -> Iterator[str]:
    """Yield what fails the commit, the gravest first."""
    for place in check.places:
        for line in plain_check.gate_lines(check, place):
            head, _, rest = line.strip().partition(" ")
            if head in plain_check.LOUD:
                yield without_folders(rest.strip().removeprefix(check.commit.hash[:8]).strip())
    yield from (event.title for event, word in check.stale if not is_silenced(word, check.checked_at))
    for place in check.places:
        yield from (event.title for event, _ in place.regressions(check.checked_at))


def blocks(check: Check, *, project: str = "", dashboard_url: str | None = None) -> list[Block]:
    """Return the finding, the gravest first."""
    return list(_blocks(check, project, dashboard_url))


def _blocks(check: Check, project: str, dashboard_url: str | None) -> Iterator[Block]:
    yield Heading(f"perfwatch: {plain_check.verdict_in_words(check)}", 1)
    yield Paragraph((Code(check.commit.hash[:8]), f" {short(check.commit.subject or '', 200)}"))
    if not check.places:
        yield Paragraph(("Nothing was measured at this commit.",))
    if check.stale or check.notes:
        silent = [_silent(event, word) for event, word in check.stale]
        yield Bullets([*silent, *(_with_hashes(short(note, _LONGEST_LINE)) for note in check.notes)])
    for place in check.places:
        yield Heading(f"{short(place.machine, LONGEST_LABEL)} · {short(place.environment, LONGEST_LABEL)}")
        lines = [
            _with_hashes(short(without_folders(line.strip()), _LONGEST_LINE))
            for line in plain_check.gate_lines(check, place)
        ]
        lines += [_with_hashes(line) for line in plain_check.without_baseline(place)]
        if lines:
            yield Bullets(lines)
        yield from _events(check, place)
        told = [(line.strip(),) for line in verdicts.summary_lines(place.verdicts)]
        if told:
            yield Bullets(told)
    where = f" of {short(project, LONGEST_LABEL)}" if project else ""
    if dashboard_url:
        yield Paragraph((Link(f"The dashboard{where}", dashboard_url),))


def _silent(event: Event, word: Triage | None) -> Line:
    """Return a line of a runner that measures nothing any more."""
    said = "" if word is None else f" ({short(verdicts.word_line(word), 300)})"
    return (Strong(verdicts.head(event)), f" {short(event.title, 300)}{said} ", Code(event.id))


def _with_hashes(line: str) -> Line:
    """Return a line in which what reads like the start of a hash is code, which no forge makes a link of."""
    parts = re.split(r"\b([0-9a-f]{8})\b", line)
    return [Code(part) if i % 2 else part for i, part in enumerate(parts) if part]


def _events(check: Check, place: Place) -> Iterator[Block]:
    told = plain_check.told_events(place)
    if not told:
        return
    rows = [_row(check, event, word) for event, word in told[:SHOWN_EVENTS]]
    yield Table(("", "what", "since", "how much (95 % interval)", "said"), rows)
    if len(told) > SHOWN_EVENTS:
        hidden = f"… and {len(told) - SHOWN_EVENTS:,} more events ("
        yield Paragraph((hidden, Code("perfwatch check --format json"), " lists all)"))


def _row(check: Check, event: Event, word: Triage | None) -> Sequence[Line]:
    much: list[Inline] = []
    for member in event.moved[: verdicts.SHOWN_MEMBERS]:
        if member["ratio"] is not None:
            much += ["; "] * bool(much)
            much += [Code(short(member["label"], LONGEST_LABEL)), f" {verdicts.change_of(member)}"]
    more = len(event.moved) - verdicts.SHOWN_MEMBERS
    if more > 0:
        much.append(f"; … and {more:,} more")
    quiet = " (off the gate)" if is_silenced(word, check.checked_at) else ""
    said = "" if word is None else f"{word.state} by {word.author}: {word.reason or ''}".rstrip(": ") + quiet
    return (
        (Strong(verdicts.head(event, word)),),
        (short(event.title, 300),),
        (Code(event.commit[:8]),),
        much,
        (short(said, 300),),
    )
