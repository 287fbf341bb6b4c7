"""Issues on GitLab as a sink of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from perfwatch.notify import issues, marker
from perfwatch.notify.gitlab import GitLab
from perfwatch.notify.issues import Issue, Known, Turn
from perfwatch.report.notice import Notice


@dataclass(frozen=True)
class GitLabIssue(GitLab):
    """Issues of events.

    Attributes
    ----------
    label : what all of them carry; by it they are listed.
    """

    _: KW_ONLY
    label: str = "perfwatch"
    known: Known = field(default_factory=Known, init=False, repr=False, compare=False)

    kind: ClassVar[str] = "gitlab-issue"
    needs: ClassVar[str] = "the scope `api` and the role Reporter"

    def write(self, key: str, notice: Notice) -> None:
        issues.write(self, key, notice)

    def listed(self) -> Iterator[dict[str, Any]]:
        """Yield the issues with our label, the newest first."""
        query = {"labels": self.label, "state": "all", "scope": "all", "order_by": "created_at", "sort": "desc"}
        return self.forge.entries(self.path("/issues"), query=query)

    def fetched(self, number: int) -> dict[str, Any]:
        """Return one issue."""
        found: dict[str, Any] = self.forge.ask("GET", self.path(f"/issues/{number}"))
        return found

    def own_issue(self, described: dict[str, Any]) -> Issue | None:
        """Return an issue, None where another wrote it or it has no marker."""
        said = marker.read(described["description"]) if described["author"]["username"] == self.username else None
        return None if said is None else Issue(int(described["iid"]), described["title"], said)

    def create(self, title: str, body: str) -> int:
        """Return the number of a new issue."""
        new = {"title": title, "description": body, "labels": self.label}
        return int(self.forge.ask("POST", self.path("/issues"), new)["iid"])

    def change(self, number: int, title: str, body: str, turn: Turn | None) -> None:
        """Give an issue a new title, description and state."""
        change = {"title": title, "description": body, **({"state_event": turn} if turn else {})}
        self.forge.ask("PUT", self.path(f"/issues/{number}"), change)

    def own_comment(self, number: int, about: str) -> tuple[int, marker.Marked] | None:
        """Return identity and content of our oldest note about something on an issue."""
        return self.own_note(self.path(f"/issues/{number}/notes"), about)

    def comment(self, number: int, body: str) -> None:
        """Write a note on an issue."""
        self.forge.ask("POST", self.path(f"/issues/{number}/notes"), {"body": body})
