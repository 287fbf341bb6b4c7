"""What is told of an event and of a commit's check, in every form: the one message that each sink shows a part of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfwatch.analysis.check import Check
from perfwatch.model import Commit, Event, Triage
from perfwatch.report import check_message, event_around, event_message, event_words, html, markdown, plain
from perfwatch.report.blocks import Code, Heading, Paragraph, fitting
from perfwatch.report.bounds import MOST_LISTED, bounded
from perfwatch.report.chart import chart
from perfwatch.report.check import as_json as check_json
from perfwatch.report.context import Context
from perfwatch.report.notice import LONGEST_MARKDOWN, LONGEST_TITLE, Notice
from perfwatch.report.verdicts import event_json

SCHEMA = "perfwatch.event/2"
LONGEST_TEXT = 20_000
LONGEST_HTML = 100_000


def of_event(event: Event, word: Triage | None, commit: Commit | None, *, context: Context | None = None) -> Notice:
    """Return what is told of an event at its standing.

    Parameters
    ----------
    word : people's newest word on it.
    commit : the event's own, with author and subject, where the store knows it.

    Notes
    -----
    `document` is an object of the schema `perfwatch.event/2` (`schema/event-2.json`): what `perfwatch.event/1` has
    (`event`, `commit`, `text`; `key` is added by who sends it), and
    `title`, `level`; `project`;
    `commit.url`, `commit.before` (hash of the commit measured before it, or null);
    `n_moved` : how many series moved; `event.moved` lists the farthest `MOST_LISTED` of them;
    `others` : the other events of the commit, each with `id`, `kind`, `standing` and `title`;
    `commands` : lines of a shell that measure it again or say what it is;
    `url`, `chart_url` : of the event's page and chart on the dashboard, or null.
    """
    around = context or Context()
    blocks = event_message.blocks(event, word, commit, around)
    more = Paragraph(("… and more; ", Code("perfwatch events --all --format json"), " has all of it."))
    title = event_words.title(event, LONGEST_TITLE)
    text = fitting([Heading(title, 1), *blocks], plain.render, LONGEST_TEXT, more)
    level = event_words.level(event, word, around.now)
    return Notice(
        subject=f"event {event.id}",
        standing=event.standing,
        level=level,
        commit=event.commit,
        title=title,
        text=text,
        markdown=fitting(blocks, markdown.render, LONGEST_MARKDOWN, more),
        html=fitting(blocks, html.render, LONGEST_HTML, more),
        document=_document(event, word, commit, around, {"title": title, "level": level, "text": text}),
        chart=None if around.history is None else chart(around.history),
    )


def _document(
    event: Event, word: Triage | None, commit: Commit | None, around: Context, said: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "project": around.project,
        **said,
        "event": bounded(event_json(event, word)),
        "n_moved": len(event.moved),
        "commit": bounded(
            {
                "hash": event.commit,
                "author": commit.author if commit else None,
                "subject": commit.subject if commit else None,
                "url": around.commit_url(event.commit),
                "before": around.before.hash if around.before else None,
            }
        ),
        "others": [
            {"id": e.id, "kind": e.kind, "standing": e.standing, "title": event_words.title(e, LONGEST_TITLE)}
            for e in around.others[:MOST_LISTED]
        ],
        "commands": bounded(event_around.commands(event, around)),
        "url": around.event_url(event),
        "chart_url": around.event_url(event, ".svg"),
    }


def of_check(check: Check, *, project: str = "", dashboard_url: str | None = None) -> Notice:
    """Return what is told of a commit: the verdict of a status, of a check run and of a comment.

    Parameters
    ----------
    dashboard_url : where the dashboard is, None where there is none.

    Notes
    -----
    `standing` is the conclusion: `failure` for a regression, a broken answer, or something that was not measured;
    `neutral` where nothing can be said (no baseline, or too blunt under `--strict`); `success` for nothing else.
    """
    blocks = check_message.blocks(check, project=project, dashboard_url=dashboard_url)
    more = Paragraph(("… and more; ", Code("perfwatch check --format json"), " has all of it."))
    return Notice(
        subject=f"commit {check.commit.hash}",
        standing=check_message.conclusion(check),
        level=check_message.level(check),
        commit=check.commit.hash,
        title=check_message.title(check),
        text=fitting(blocks, plain.render, LONGEST_TEXT, more),
        markdown=fitting(blocks, markdown.render, LONGEST_MARKDOWN, more),
        html=fitting(blocks, html.render, LONGEST_HTML, more),
        document=bounded(check_json(check)),
    )
