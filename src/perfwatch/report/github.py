"""A Check for GitHub: a few annotations on the run, and a summary of the job in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from perfwatch.analysis.check import Check, is_silenced
from perfwatch.model import Event, Triage
from perfwatch.report import check as plain
from perfwatch.report import check_message, event_words, markdown, verdicts
from perfwatch.report.blocks import Code, Paragraph, fitting
from perfwatch.report.notice import Level

# GitHub shows ten annotations of a level in a step; fewer are read. What is left out is counted in the last one.
SHOWN_ANNOTATIONS = 8
# Of a comment 65,536 characters are taken; the summary of a job may be longer, and nobody reads that much.
LONGEST_SUMMARY = 60_000


def commands(check: Check) -> str:
    """Return workflow commands, one a line, the gravest first: `::error title=…::…`."""
    found = sorted(_found(check), key=lambda one: ("error", "warning", "notice").index(one[0]))
    shown = found[:SHOWN_ANNOTATIONS]
    if len(found) > len(shown):
        shown.append((shown[0][0], "perfwatch", f"… and {len(found) - len(shown)} more in the summary of the job"))
    return "\n".join(command(*one) for one in shown)


def command(level: Level, title: str, message: str) -> str:
    """Return a workflow command, in which foreign words are words."""
    return f"::{level} title={_property(title)}::{_data(message)}"


def _found(check: Check) -> Iterator[tuple[Level, str, str]]:
    """Yield level, title and message of everything worth an annotation."""
    if not check.places:
        yield "error", "perfwatch: FAILED", "nothing was measured at this commit"
    for event, word in check.stale:
        silenced = is_silenced(word, check.checked_at)
        yield "notice" if silenced else "error", f"perfwatch: {verdicts.head(event)}", event.title
    yield from (("warning", "perfwatch", note) for note in check.notes)
    for place in check.places:
        where = f"{place.machine} · {place.environment}"
        for line in plain.gate_lines(check, place):
            head, _, rest = line.strip().partition(" ")
            if head in plain.LOUD:
                yield "error", f"perfwatch: {head} on {where}", rest.strip()
        for line in plain.without_baseline(place):
            yield "warning", f"perfwatch: nothing to compare with on {where}", line
        for event, word in plain.told_events(place):
            level = event_words.level(event, word, check.checked_at)
            # What vanished before holds the gate no more, and an error beside a green one reads like a mistake.
            shown = "warning" if event.kind == "vanished benchmark" and level == "error" else level
            yield shown, f"perfwatch: {verdicts.head(event, word)} on {where}", _sentence(event, word)
        if check.strict and any(v.kind == "INCONCLUSIVE" for v in place.verdicts):
            blind = sum(v.kind == "INCONCLUSIVE" for v in place.verdicts)
            yield "warning", f"perfwatch: INCONCLUSIVE on {where}", f"{blind} series could have hidden a change"


def _sentence(event: Event, word: Triage | None) -> str:
    return f"{event.title}; since {event.commit[:8]}, {verdicts.standing(event, word)}"


def summary(check: Check) -> str:
    """Return the finding in Markdown, to be appended to the file that `GITHUB_STEP_SUMMARY` names."""
    more = Paragraph(("… (cut; ", Code("perfwatch check --format json"), " has all of it)"))
    return fitting(check_message.blocks(check), markdown.render, LONGEST_SUMMARY, more)


def _data(text: str) -> str:
    """Return text as a workflow command takes it for its message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Return text as a workflow command takes it for a property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
