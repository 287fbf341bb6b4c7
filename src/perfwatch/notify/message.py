"""What is told of an event and of a commit's check, in every form a sink may need."""

from __future__ import annotations

import html

from perfwatch.analysis.check import Check
from perfwatch.errors import EXIT_CLEAN, EXIT_INCONCLUSIVE, EXIT_NOTHING_TO_COMPARE
from perfwatch.model import Commit, Event, Triage
from perfwatch.report import verdicts
from perfwatch.report.notice import LONGEST_TITLE, Notice

SCHEMA = "perfwatch.event/1"


def of_event(event: Event, word: Triage | None, commit: Commit | None) -> Notice:
    """Return what is told of an event at its standing, an object of the schema `perfwatch.event/1`."""
    subject = None if commit is None else {"hash": commit.hash, "author": commit.author, "subject": commit.subject}
    text = "\n".join(line.strip() for line in verdicts.event_lines(event, word))
    document = {
        "schema": SCHEMA,
        "event": verdicts.event_json(event, word),
        "commit": subject or {"hash": event.commit, "author": None, "subject": None},
    }
    return Notice(
        f"event {event.id}",
        event.standing,
        "warning" if event.standing == "CONFIRMED" else "notice",
        event.commit,
        event.title[:LONGEST_TITLE],
        text,
        f"```\n{text}\n```",
        f"<pre>{html.escape(text)}</pre>",
        document,
    )


def of_check(check: Check) -> Notice:
    """Return the verdict on a commit."""
    neutral = check.exit_code in (EXIT_NOTHING_TO_COMPARE, EXIT_INCONCLUSIVE)
    standing = "success" if check.exit_code == EXIT_CLEAN else "neutral" if neutral else "failure"
    title = f"{check.commit.hash[:8]}: {standing}"
    return Notice(
        f"commit {check.commit.hash}",
        standing,
        "error" if standing == "failure" else "notice",
        check.commit.hash,
        title,
        title,
        title,
        html.escape(title),
        {"schema": "perfwatch.check/1", "exit_code": check.exit_code},
    )
