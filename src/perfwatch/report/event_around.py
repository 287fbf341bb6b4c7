"""What stands around an event in its message: what was written, the chart, the host, others, people, what to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perfwatch.model import Event, Triage
from perfwatch.report import event_commands, event_words
from perfwatch.report.blocks import (
    Block,
    Bullets,
    Code,
    Heading,
    Inline,
    Line,
    Link,
    Paragraph,
    Picture,
    Strong,
    Table,
    Verbatim,
)
from perfwatch.report.chart import says, sparkline
from perfwatch.report.context import Context
from perfwatch.report.event_words import LONGEST_LABEL
from perfwatch.report.notice import LONGEST_TITLE
from perfwatch.report.plain import short, without_folders

# More of each is on the dashboard and in the JSON; nobody reads on.
SHOWN_FACTS, SHOWN_OTHERS, SHOWN_WORDS, SHOWN_OUTPUT = 12, 8, 5, 12
# Of the benchmarks that failed, those whose last lines are shown.
SHOWN_FAILURES = 2
_LONGEST_LINE = 200


def output(event: Event, around: Context) -> Iterator[Block]:
    """Yield the last lines of what a failed benchmark wrote: there an error is named."""
    if event.kind != "failure" or event.standing == "RESOLVED":
        return
    moved = {member["label"].partition("(")[0] for member in event.moved}
    failed = [f for f in around.failures if f.benchmark in moved] or list(around.failures)
    for failure in failed[:SHOWN_FAILURES]:
        lines = [line for line in failure.stderr.splitlines() if line.strip()][-SHOWN_OUTPUT:]
        if lines:
            code = "" if failure.exit_code is None else f" (exit {failure.exit_code})"
            yield Heading(f"The last lines of {short(failure.benchmark, LONGEST_LABEL)}{code}")
            yield Verbatim([short(without_folders(line), _LONGEST_LINE) for line in lines])


def history(event: Event, around: Context) -> Iterator[Block]:
    """Yield the series that moved farthest as it was measured: as a line of text, and as a picture where one is had."""
    if event.kind not in ("regression", "improvement"):
        return
    line = "" if around.history is None else sparkline(around.history)
    if around.history is not None and line:
        part = around.history.around()
        many = "1 commit" if len(part.commits) == 1 else f"{len(part.commits)} commits"
        label = Code(short(part.label, LONGEST_LABEL))
        gaps = ", a space no result" if " " in line else ""
        yield Paragraph((label, f": {says(part)} ({many}, the oldest left; | is the step{gaps}):"))
        yield Verbatim((line,))
    url = around.event_url(event, ".svg")
    if url and around.is_chart_public:
        yield Picture("The series that moved farthest, over the commits around this one", url)


def environment(event: Event) -> Iterator[Block]:
    told = event.facts.get("environment")
    if not isinstance(told, Mapping) or not told:
        return
    yield Heading("What is different about the host and the environment")
    rows = [
        ((Code(short(str(name), LONGEST_LABEL)),), (_fact(sides, 0),), (_fact(sides, 1),))
        for name, sides in list(told.items())[:SHOWN_FACTS]
    ]
    yield Table(("fact", "before", "after"), rows)
    if len(told) > SHOWN_FACTS:
        yield Paragraph((f"… and {len(told) - SHOWN_FACTS:,} more.",))


def _fact(sides: Any, at: int) -> str:
    value = sides[at] if isinstance(sides, list | tuple) and len(sides) == 2 else None
    return "not readable" if value is None else short(str(value), LONGEST_LABEL)


def others(around: Context) -> Iterator[Block]:
    if not around.others:
        return
    yield Heading("What else happened at this commit")
    yield Bullets(
        [(event_words.title(e, LONGEST_TITLE), " (event ", Code(e.id), ")") for e in around.others[:SHOWN_OTHERS]]
    )
    if len(around.others) > SHOWN_OTHERS:
        yield Paragraph((f"… and {len(around.others) - SHOWN_OTHERS:,} more.",))


def said(word: Triage | None, around: Context) -> Iterator[Block]:
    words = list(around.words) or ([word] if word else [])
    if not words:
        return
    yield Heading("What people said")
    if len(words) > SHOWN_WORDS:
        yield Paragraph((f"{len(words) - SHOWN_WORDS:,} earlier words are left out.",))
    yield Bullets([_word(w) for w in words[-SHOWN_WORDS:]])


def _word(word: Triage) -> Line:
    until = f" until {word.until:%Y-%m-%d}" if word.until else ""
    owner = f", {short(word.owner, LONGEST_LABEL)} sees to it" if word.owner else ""
    reason = f": {short(word.reason, 500)}" if word.reason else ""
    by = f" by {short(word.author, LONGEST_LABEL)} on {word.said_at:%Y-%m-%d}"
    return Strong(word.state), f"{until}{by}{owner}{reason}"


def run(event: Event, around: Context) -> Iterator[Block]:
    lines = commands(event, around)
    if lines:
        yield Heading("What to run")
        yield Verbatim(lines, "sh")


def links(event: Event, around: Context) -> Iterator[Block]:
    url = around.event_url(event)
    name = Code(event.id)
    lead: list[Inline] = [Link("See it on the dashboard", url), " · "] if url else []
    project = f" of {short(around.project, LONGEST_LABEL)}" if around.project else ""
    yield Paragraph([*lead, "event ", name, project])


def commands(event: Event, around: Context) -> list[str]:
    """Return the shell lines of an event's message."""
    return event_commands.commands(event, around.before, around.gap, around.keys)
