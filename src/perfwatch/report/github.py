"""A Check for GitHub: a few annotations on the run, and a summary of the job in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from perfwatch.analysis.check import Check, Place, is_silenced
from perfwatch.model import Event
from perfwatch.report import check as plain
from perfwatch.report import verdicts

Level = Literal["error", "warning", "notice"]

# GitHub shows ten annotations of a level in a step; fewer are read. What is left out is counted in the last one.
SHOWN_ANNOTATIONS = 8
# Of a comment 65,536 characters are taken; the summary of a job may be longer, and nobody reads that much.
LONGEST_SUMMARY = 60_000
_LEVELS: dict[str, Level] = {
    "equivalence break": "error",
    "failure": "error",
    "vanished benchmark": "error",
    "regression": "error",
    "stale runner": "warning",
    "host change": "warning",
    "two-state host": "warning",
    "improvement": "notice",
}


def commands(check: Check) -> str:
    """Return workflow commands, one a line, the gravest first: `::error title=…::…`."""
    found = sorted(_found(check), key=lambda one: ("error", "warning", "notice").index(one[0]))
    shown = found[:SHOWN_ANNOTATIONS]
    if len(found) > len(shown):
        shown.append((shown[0][0], "perfwatch", f"… and {len(found) - len(shown)} more in the summary of the job"))
    return "\n".join(f"::{level} title={_property(title)}::{_data(message)}" for level, title, message in shown)


def _found(check: Check) -> Iterator[tuple[Level, str, str]]:
    """Yield level, title and message of everything worth an annotation."""
    if not check.places:
        yield "error", "perfwatch: FAILED", "nothing was measured at this commit"
    for event, word in check.stale:
        silenced = is_silenced(word, check.checked_at)
        yield "notice" if silenced else "error", f"perfwatch: {verdicts.head(event)}", event.title
    for place in check.places:
        where = f"{place.machine} · {place.environment}"
        for line in plain.gate_lines(check, place):
            head, _, rest = line.strip().partition(" ")
            if head in ("BROKEN", "FAILED", "VANISHED", "SKIPPED"):
                yield "error", f"perfwatch: {head} on {where}", rest.strip()
        for event, word in place.events:
            if event.kind not in plain.SAID_ABOVE:
                level = _level(event, silenced=is_silenced(word, check.checked_at))
                yield level, f"perfwatch: {verdicts.head(event)} on {where}", _sentence(event)
        if check.strict and any(v.kind == "INCONCLUSIVE" for v in place.verdicts):
            blind = sum(v.kind == "INCONCLUSIVE" for v in place.verdicts)
            yield "warning", f"perfwatch: INCONCLUSIVE on {where}", f"{blind} series could have hidden a change"


def _level(event: Event, *, silenced: bool) -> Level:
    if silenced:
        return "notice"
    level = _LEVELS[event.kind]
    return "warning" if event.standing == "SUSPECT" and level == "error" else level


def _sentence(event: Event) -> str:
    sure = "not yet sure" if event.standing == "SUSPECT" else "confirmed"
    return f"{event.title}; since {event.commit[:8]}, {sure}"


def summary(check: Check) -> str:
    """Return the finding in Markdown, to be appended to the file that `GITHUB_STEP_SUMMARY` names."""
    out = "\n".join(_summary(check)) + "\n"
    if len(out) <= LONGEST_SUMMARY:
        return out
    cut = out[:LONGEST_SUMMARY]
    return cut[: cut.rindex("\n")] + "\n\n… (cut; `perfwatch check --format json` has all of it)\n"


def _summary(check: Check) -> Iterator[str]:
    yield f"## perfwatch: {plain.verdict_in_words(check)}"
    yield ""
    yield f"{_code(check.commit.hash[:8])} {_markdown(check.commit.subject or '')}".rstrip()
    if not check.places:
        yield ""
        yield "Nothing was measured at this commit."
    if check.stale:
        yield ""
        for event, word in check.stale:
            said = "" if word is None else f" ({verdicts.word_line(word)})"
            yield f"- **{verdicts.head(event)}** {_markdown(event.title + said)} {_code(event.id)}"
    for place in check.places:
        yield ""
        yield f"### {_markdown(place.machine)} · {_markdown(place.environment)}"
        yield ""
        for line in plain.gate_lines(check, place):
            yield f"- {_markdown(line.strip())}"
        yield from _events(place)
        for line in verdicts.summary_lines(place.verdicts):
            yield f"- {_markdown(line.strip())}"


def _events(place: Place) -> Iterator[str]:
    told = [(e, word) for e, word in place.events if e.kind not in plain.SAID_ABOVE]
    if not told:
        return
    yield ""
    yield "| | what | since | how much (95 % interval) | said |"
    yield "|---|---|---|---|---|"
    for event, word in told:
        much = "; ".join(
            f"{_code(m['label'])} {verdicts.change_of(m)}"
            for m in event.moved[: verdicts.SHOWN_MEMBERS]
            if m["ratio"] is not None
        )
        more = len(event.moved) - verdicts.SHOWN_MEMBERS
        said = "" if word is None else f"{word.state} by {word.author}: {word.reason or ''}".rstrip(": ")
        yield (
            f"| **{verdicts.head(event)}** | {_markdown(event.title)} | {_code(event.commit[:8])} | "
            f"{much}{f'; … and {more} more' if more > 0 else ''} | {_markdown(said)} |"
        )
    yield ""


def _code(text: str) -> str:
    # A bar ends a cell even within code, and a backtick ends the code.
    return "`" + " ".join(text.replace("`", "'").split()).replace("|", "\\|") + "`"


def _markdown(text: str) -> str:
    """Return text with what Markdown would take for its own escaped, on one line."""
    for sign in ("\\", "`", "*", "_", "[", "]", "<", ">", "|", "#", "@"):
        text = text.replace(sign, f"&#{ord(sign)};" if sign in "<>@" else f"\\{sign}")
    return " ".join(text.split())


def _data(text: str) -> str:
    """Return text as a workflow command takes it for its message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Return text as a workflow command takes it for a property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
