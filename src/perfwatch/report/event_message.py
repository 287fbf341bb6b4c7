"""The message of an event, block by block: what moved, since when, how sure, whose part, what else, what to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from perfwatch.model import Commit, Event, Triage
from perfwatch.report import event_commands, event_words
from perfwatch.report.blocks import (
    Alarm,
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
from perfwatch.report.plain import short

# More of each is on the dashboard and in the JSON; nobody reads on.
SHOWN_MOVED, SHOWN_FACTS, SHOWN_OTHERS, SHOWN_WORDS, SHOWN_OUTPUT = 10, 12, 8, 5, 12
_LONGEST_LINE = 200


def blocks(event: Event, word: Triage | None, commit: Commit | None, around: Context) -> list[Block]:
    """Return what is told of an event; what is not known is left out."""
    return [
        Heading(event_words.title(event, LONGEST_TITLE), 1),
        *_breaks(event),
        Paragraph(_since(event, commit, around)),
        *_much(event, around),
        *_why(event, around),
        *_output(event, around),
        *_chart(event, around),
        *_environment(event),
        *_others(around),
        *_said(word, around),
        *_run(event, around),
        *_links(event, around),
    ]


def commands(event: Event, around: Context) -> list[str]:
    """Return the shell lines of an event's message."""
    return event_commands.commands(event, around.before, around.gap, around.keys)


def _breaks(event: Event) -> Iterator[Block]:
    if event.kind != "equivalence break":
        return
    found = [b for b in event.facts.get("breaks") or [] if isinstance(b, Mapping)]
    if event.standing == "RESOLVED":
        yield Paragraph(("The answers are right again.",))
    else:
        yield Alarm(("The answer changed. A faster wrong kernel is a failure, whatever its speed.",))
    if not found:
        return
    yield Paragraph((Strong("First that differs"), ": ", Code(short(str(found[0].get("detail", "")), 500))))
    rows: list[Sequence[Line]] = [
        (
            (Code(short(str(b.get("architecture", "")), LONGEST_LABEL)),),
            (_DIFFERS.get(str(b.get("kind")), str(b.get("kind"))),),
            (short(str(b.get("size") or "—"), LONGEST_LABEL),),
            (f"{b['differing']:,}" if isinstance(b.get("differing"), int) else "—",),
        )
        for b in found[:SHOWN_MOVED]
    ]
    yield Table(("which", "how", "size", "combinations"), rows, frozenset({3}))
    if len(found) > SHOWN_MOVED:
        yield Paragraph((f"… and {len(found) - SHOWN_MOVED:,} more.",))


_DIFFERS = {
    "DISAGREES": "disagrees with the reference of its own run",
    "MOVED": "the reference itself moved from what was accepted",
    "PARITY": "two forms of one rule differ",
}


def _since(event: Event, commit: Commit | None, around: Context) -> Line:
    """Return what stands how, since which commit, and where."""
    subject = commit.subject if commit and commit.subject else None
    author = commit.author if commit and commit.author else None
    line: list[Inline] = [Strong(_capital(event_words.SURE[event.standing])), ", ", _began(event), " "]
    line.append(_hash(event.commit, around))
    if subject:
        line.append(f" “{short(subject, _LONGEST_LINE)}”")
    if author:
        line.append(f" by {short(author, LONGEST_LABEL)}")
    line += [", on ", Code(short(event.machine, LONGEST_LABEL)), " · ", Code(short(event.environment, LONGEST_LABEL))]
    return line


def _began(event: Event) -> str:
    return "it began at" if event.standing == "RESOLVED" else "since"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _hash(commit: str, around: Context) -> Inline:
    url = around.commit_url(commit)
    shown = Code(commit[:10])
    return Link(shown, url) if url else shown


def _much(event: Event, around: Context) -> Iterator[Block]:
    """Yield how far what moved went and how sure that is, the farthest first."""
    if event.kind == "stale runner":
        yield Paragraph(_stale(event))
    if event.kind == "two-state host":
        flips, ratio = event.facts.get("flips"), event.facts.get("ratio")
        if flips and ratio:
            yield Paragraph(
                (f"It changed its speed {flips} times; its two speeds are {100 * (ratio - 1):.1f} % apart.",)
            )
    if not event.moved:
        return
    if event.kind in ("failure", "vanished benchmark"):
        yield from _gone(event)
        return
    yield Paragraph(_surest(event, around))
    if len(event.moved) > 1:
        rows = [_row(member, event, around) for member in event.moved[:SHOWN_MOVED]]
        yield Table(("series", "change", "with 95 % confidence", "part"), rows)
    if len(event.moved) > SHOWN_MOVED:
        yield Paragraph((f"… and {len(event.moved) - SHOWN_MOVED:,} more series, each by less.",))


def _surest(event: Event, around: Context) -> Line:
    """Return the sentence of the series that moved farthest."""
    member = event.moved[0]
    is_time = _is_time(member, event, around)
    much = event_words.change(member, is_time=is_time)
    sure = event_words.sureness(member, is_time=is_time)
    tail = f"; with 95 % confidence {sure}" if sure else ""
    verb = "was" if event.standing == "RESOLVED" else "may be" if event.standing == "SUSPECT" else "is"
    return Code(short(member["label"], LONGEST_LABEL)), f" {verb} {much or 'changed'}{tail}."


def _row(member: Mapping[str, Any], event: Event, around: Context) -> Sequence[Line]:
    is_time = _is_time(member, event, around)
    return (
        (Code(short(member["label"], LONGEST_LABEL)),),
        (event_words.change(member, is_time=is_time) or "—",),
        (event_words.sureness(member, is_time=is_time) or "—",),
        (event_words.part(member.get("family")),),
    )


def _is_time(member: Mapping[str, Any], event: Event, around: Context) -> bool:
    key = around.keys.get(member["label"])
    return event_words.is_of_time(event) if key is None else key.unit == "seconds"


def _gone(event: Event) -> Iterator[Block]:
    verb = "failed" if event.kind == "failure" else "was measured before, and is not here"
    many = "One series" if len(event.moved) == 1 else f"{len(event.moved):,} series"
    yield Paragraph((f"{many} {verb}:",))
    yield Bullets([(Code(short(m["label"], LONGEST_LABEL)),) for m in event.moved[:SHOWN_MOVED]])
    if len(event.moved) > SHOWN_MOVED:
        yield Paragraph((f"… and {len(event.moved) - SHOWN_MOVED:,} more.",))
    if event.standing == "RESOLVED":
        return
    if event.kind == "vanished benchmark":
        yield Paragraph(
            ("A benchmark that is gone says nothing of its speed. If it was taken out on purpose, say so (below).",)
        )


def _stale(event: Event) -> Line:
    last, every = event.facts.get("last_measured_at"), event.facts.get("expected_every_s")
    parts = []
    if last:
        parts.append(f"Nothing was measured on this machine since {_moment(str(last))}")
    if isinstance(every, int | float):
        parts.append(f"{'a result was' if parts else 'A result is'} expected every {_duration(float(every))}")
    said = "; ".join(parts) or "Nothing was measured on this machine for longer than usual"
    return (f"{said}. Until it measures again, nothing is known of newer commits: silence is not a green light.",)


def _moment(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return short(text, 40)


def _duration(seconds: float) -> str:
    for length_s, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length_s:
            n = round(seconds / length_s, 1)
            return name if n == 1 else f"{n:g} {name}s"
    return f"{seconds:g} seconds"


def _why(event: Event, around: Context) -> Iterator[Block]:
    said = event_words.why(event, around.stood)
    if said:
        head, _, rest = said.partition(": ")
        yield Paragraph((Strong(head), f": {rest}"))


def _output(event: Event, around: Context) -> Iterator[Block]:
    """Yield the last lines of what a failed benchmark wrote: there an error is named."""
    if event.kind != "failure" or event.standing == "RESOLVED":
        return
    for failure in around.failures[:2]:
        lines = [line for line in failure.stderr.splitlines() if line.strip()][-SHOWN_OUTPUT:]
        if lines:
            code = "" if failure.exit_code is None else f" (exit {failure.exit_code})"
            yield Heading(f"The last lines of {short(failure.benchmark, LONGEST_LABEL)}{code}")
            yield Verbatim([short(line, _LONGEST_LINE) for line in lines])


def _chart(event: Event, around: Context) -> Iterator[Block]:
    """Yield the series that moved farthest as it was measured: as a line of text, and as a picture where one is had."""
    if event.kind not in ("regression", "improvement"):
        return
    line = "" if around.history is None else sparkline(around.history)
    if around.history is not None and line:
        part = around.history.around()
        many = "1 commit" if len(part.commits) == 1 else f"{len(part.commits)} commits"
        label = short(part.label, LONGEST_LABEL)
        yield Verbatim([line, f"{label}: {says(part)} ({many}, the oldest left, | is the step)"])
    url = around.event_url(event, ".svg")
    if url and around.is_chart_public:
        yield Picture("The series that moved farthest, over the commits around this one", url)


def _environment(event: Event) -> Iterator[Block]:
    told = event.facts.get("environment")
    if not isinstance(told, Mapping) or not told:
        return
    yield Heading("What is different around it")
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


def _others(around: Context) -> Iterator[Block]:
    if not around.others:
        return
    yield Heading("What else happened at this commit")
    yield Bullets([(event_words.title(e, LONGEST_TITLE), " ", Code(e.id)) for e in around.others[:SHOWN_OTHERS]])
    if len(around.others) > SHOWN_OTHERS:
        yield Paragraph((f"… and {len(around.others) - SHOWN_OTHERS:,} more.",))


def _said(word: Triage | None, around: Context) -> Iterator[Block]:
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


def _run(event: Event, around: Context) -> Iterator[Block]:
    lines = commands(event, around)
    if lines:
        yield Heading("What to run")
        yield Verbatim(lines, "sh")


def _links(event: Event, around: Context) -> Iterator[Block]:
    url = around.event_url(event)
    name = Code(event.id)
    lead: list[Inline] = [Link("See it on the dashboard", url), " · "] if url else []
    project = f" of {short(around.project, LONGEST_LABEL)}" if around.project else ""
    yield Paragraph([*lead, "event ", name, project])
