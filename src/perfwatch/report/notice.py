"""What is told of one subject, in every form a sink may need; made by the reports, kept in the outbox, sent by sinks.

No form holds a secret, a path of a machine or the address of a receiver: all of them are kept in the store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from perfwatch.errors import UnreadableError

Level = Literal["error", "warning", "notice"]
# What a forge shows beside a commit: GitHub's words for the conclusion of a check run.
Conclusion = Literal["success", "failure", "neutral"]

LONGEST_TITLE = 200
# GitHub takes 65,536 characters of a comment, an issue or a check run; a marker and a key are added to this.
LONGEST_MARKDOWN = 60_000


@dataclass(frozen=True)
class Notice:
    """What is told of one subject at one standing.

    Attributes
    ----------
    subject : whom it is about, the same as long as it is one message: `event 0123456789ab`, `commit HASH`,
        `pull HASH` (of the head).
    standing : an event's (CONFIRMED, RESOLVED), or the conclusion of a commit or a pull request.
    level : how loud it is.
    commit : hash of the commit it is about; what a status is set on.
    title : one line of plain text, at most `LONGEST_TITLE` characters.
    text : plain lines.
    markdown : as GitHub and GitLab read it, at most `LONGEST_MARKDOWN` characters; nothing in it can break out.
    html : as a mail shows it, a fragment without scripts or addresses of others.
    document : for programs; `schema` names what it is.
    chart : SVG, None where there is nothing to draw.
    """

    subject: str
    standing: str
    level: Level
    commit: str
    title: str
    text: str
    markdown: str
    html: str
    document: Mapping[str, Any]
    chart: str | None = None

    def to_json(self) -> str:
        """Return the notice as the outbox keeps it."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return json.dumps(found, ensure_ascii=False, default=str, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Notice:
        """Return the notice that `to_json` wrote.

        Errors
        ------
        UnreadableError : text of something else.
        """
        try:
            found = json.loads(text)
            return cls(**{f.name: found[f.name] for f in fields(cls)})
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableError(
                f"a message of the outbox cannot be read ({error!r}); it was kept by another"
            ) from error
