"""The message of an event, block by block: what moved, since when, how sure, whose part, what else, what to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from perfwatch.model import Commit, Event, Triage
from perfwatch.report import event_around, event_words
from perfwatch.report.blocks import (
    Alarm,
    Block,
    Bullets,
    Code,
    Inline,
    Line,
    Link,
    Paragraph,
    Strong,
    Table,
)
from perfwatch.report.context import Context
from perfwatch.report.event_words import LONGEST_LABEL
from perfwatch.report.plain import short

# More of each is on the dashboard and in the JSON; nobody reads on.
SHOWN_MOVED = 10
_LONGEST_LINE = 200


def blocks(event: Event, word: Triage | None, commit: Commit | None, around: Context) -> list[Block]:
    """Return what is told of an event below its title; what is not known is left out."""
    return [
        *_breaks(event),
        Paragraph(_since(event, commit, around)),
        *_much(event, around),
        *_why(event, around),
        *event_around.output(event, around),
        *event_around.history(event, around),
        *event_around.environment(event),
        *event_around.others(around),
        *event_around.said(word, around),
        *event_around.run(event, around),
        *event_around.links(event, around),
    ]


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
    began = _BEGAN[event.standing]
    if event.kind == "stale runner":
        # Its commit is the newest that it measured: what waits came after.
        began = "; the newest commit it had measured is " if event.standing == "RESOLVED" else "; it measured up to "
    line: list[Inline] = [Strong(_capital(event_words.SURE[event.standing])), began]
    if event.kind in _NOT_OF_THE_COMMIT:
        # Whoever wrote what was measured then has no part in it, and is not named.
        line += [_hash(event.commit, around)]
    else:
        line.append(_hash(event.commit, around))
        line.append(f" “{short(subject, _LONGEST_LINE)}”" if subject else "")
        line.append(f" by {short(author, LONGEST_LABEL)}" if author else "")
    line += [", on ", Code(short(event.machine, LONGEST_LABEL)), " · ", Code(short(event.environment, LONGEST_LABEL))]
    return line


_BEGAN = {"SUSPECT": ", since ", "CONFIRMED": ", since ", "RESOLVED": "; it began at "}
_NOT_OF_THE_COMMIT = {"host change", "two-state host", "stale runner"}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _hash(commit: str, around: Context) -> Inline:
    url = around.commit_url(commit)
    shown = Code(commit[:10])
    return Link(shown, url) if url else shown


def _much(event: Event, around: Context) -> Iterator[Block]:
    """Yield how far what moved went and how sure that is, the farthest first."""
    if event.kind == "stale runner":
        yield Paragraph(
            ("It measures again, or nothing waits for it any more.",)
            if event.standing == "RESOLVED"
            else _stale(event, around)
        )
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
    is_over, n = event.standing == "RESOLVED", len(event.moved)
    were = "was" if n == 1 else "were"
    if event.kind == "failure":
        verb = f"had failed, and {were} measured again" if is_over else "failed"
    else:
        gone = "is not here" if n == 1 else "are not here"
        verb = f"had vanished, and {were} measured again" if is_over else f"{were} measured before, and {gone}"
    yield Paragraph((f"{'One series' if n == 1 else f'{n:,} series'} {verb}:",))
    yield Bullets([(Code(short(m["label"], LONGEST_LABEL)),) for m in event.moved[:SHOWN_MOVED]])
    if n > SHOWN_MOVED:
        yield Paragraph((f"… and {n - SHOWN_MOVED:,} more.",))
    if event.kind == "vanished benchmark" and not is_over:
        yield Paragraph(("What is not measured is not fast: nothing is known of its speed until it is back.",))


def _stale(event: Event, around: Context) -> Line:
    last, patience = event.facts.get("last_measured_at"), event.facts.get("expected_every_s")
    waiting, since = event.facts.get("waiting"), event.facts.get("waiting_since")
    line: list[Inline] = [f"Its last result was taken at {_moment(str(last))}. " if last else ""]
    if waiting:
        tail = f", since {_moment(str(since))}" if since else ""
        line += ["Commits wait for it, the oldest of them ", _hash(str(waiting), around), f"{tail}. "]
    if isinstance(patience, int | float):
        line.append(f"With commits waiting, it may be silent for {_duration(float(patience))}. ")
    line.append("Until it measures again, nothing is known of newer commits: silence is not a green light.")
    return line


def _moment(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return short(text, 40)


def _duration(seconds: float) -> str:
    for length_s, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= length_s:
            n = round(seconds / length_s, 1)
            return f"{n:g} {name}" if n == 1 else f"{n:g} {name}s"
    return f"{seconds:g} seconds"


def _why(event: Event, around: Context) -> Iterator[Block]:
    said = event_words.why(event, around.stood)
    if said:
        head, _, rest = said.partition(": ")
        yield Paragraph((Strong(head), f": {rest}"))
