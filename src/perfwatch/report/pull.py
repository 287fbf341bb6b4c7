"""A pull request in every form: text, Markdown, a notice for the forges, a picture, JSON.

`read` and `as_json` are of `pull_document`; what is said is of `pull_message`.
"""

from __future__ import annotations

from perfwatch.analysis.pull import Pull
from perfwatch.report import html, plain, pull_message, pull_words
from perfwatch.report import markdown as forge
from perfwatch.report.blocks import Code, Paragraph, fitting
from perfwatch.report.forest import forest
from perfwatch.report.notice import LONGEST_MARKDOWN, Level, Notice
from perfwatch.report.pull_document import SCHEMA, as_json, read

__all__ = ["SCHEMA", "Pull", "as_json", "chart", "markdown", "notice", "read", "text"]

LONGEST_TEXT, LONGEST_HTML = 20_000, 100_000
# Rows of the list of all series, tried from the most on until a comment has room for them.
_LISTED = (400, 200, 100, 40, 10, 0)
# Of a document that waits in the outbox; the one of the run has all.
_KEPT_ROWS = 2_000
_MORE = Paragraph(("… and more; ", Code("perfwatch pr --format json"), " has all of it."))


def text(pull: Pull) -> str:
    """Return it as plain lines."""
    return fitting(pull_message.blocks(pull, 0), plain.render, LONGEST_TEXT, _MORE)


def markdown(pull: Pull) -> str:
    """Return it as GitHub and GitLab read it, at most `LONGEST_MARKDOWN` characters, with the series that fit."""
    for listed in _LISTED:
        whole = forge.render(pull_message.blocks(pull, listed))
        if len(whole) <= LONGEST_MARKDOWN:
            return whole
    return fitting(pull_message.blocks(pull, 0), forge.render, LONGEST_MARKDOWN, _MORE)


def chart(pull: Pull) -> str | None:
    """Return what moved, what is derived and the rest with their intervals on one axis, as SVG; None without any."""
    return forest(pull_message.plotted(pull), f"{pull.head.hash[:8]} against {pull.base.hash[:8]}")


def notice(pull: Pull) -> Notice:
    """Return what is told of a pull request on a forge: a comment, a check run, a status."""
    levels: dict[str, Level] = {"success": "notice", "neutral": "warning", "failure": "error"}
    document = as_json(pull)
    return Notice(
        subject=f"pull {pull.head.hash}",
        standing=pull.conclusion,
        level=levels[pull.conclusion],
        commit=pull.head.hash,
        title=pull_words.title(pull),
        text=text(pull),
        markdown=markdown(pull),
        html=fitting(pull_message.blocks(pull, 40), html.render, LONGEST_HTML, _MORE),
        document={**document, "rows": document["rows"][:_KEPT_ROWS]},
        chart=chart(pull),
    )
