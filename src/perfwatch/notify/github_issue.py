"""Issues on GitHub as a sink of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from perfwatch.notify import issues
from perfwatch.notify.github import GitHub
from perfwatch.notify.issues import Issue, Known, Turn
from perfwatch.report.notice import Notice

_STATES: dict[Turn, dict[str, str]] = {
    "close": {"state": "closed", "state_reason": "completed"},
    "reopen": {"state": "open", "state_reason": "reopened"},
}


@dataclass(frozen=True)
class GitHubIssue(GitHub):
    """Issues of events.

    Attributes
    ----------
    label : what all of them carry; by it they are listed. (GitHub's search is minutes behind.)
    """

    _: KW_ONLY
    label: str = "perfwatch"
    known: Known = field(default_factory=Known, init=False, repr=False, compare=False)

    kind: ClassVar[str] = "github-issue"
    needs: ClassVar[str] = "the permission `issues: write`"

    def write(self, key: str, notice: Notice) -> None:
        issues.write(self, key, notice)

    def listed(self) -> Iterator[dict[str, Any]]:
        """Yield the issues with our label, the newest first; pull requests are among them."""
        query = {"labels": self.label, "state": "all", "sort": "created", "direction": "desc"}
        return self.forge.entries(self.path("/issues"), query=query)

    def fetched(self, number: int) -> dict[str, Any]:
        """Return one issue."""
        found: dict[str, Any] = self.forge.ask("GET", self.path(f"/issues/{number}"))
        return found

    def own_issue(self, described: dict[str, Any]) -> Issue | None:
        """Return an issue, None where another wrote it or it has no marker."""
        said = None if "pull_request" in described else self.own(described)
        return None if said is None else Issue(int(described["number"]), described["title"], said)

    def create(self, title: str, body: str) -> int:
        """Return the number of a new issue."""
        new = {"title": title, "body": body, "labels": [self.label]}
        return int(self.forge.ask("POST", self.path("/issues"), new)["number"])

    def change(self, number: int, title: str, body: str, turn: Turn | None) -> None:
        """Give an issue a new title, description and state."""
        change = {"title": title, "body": body, **(_STATES[turn] if turn else {})}
        self.forge.ask("PATCH", self.path(f"/issues/{number}"), change)
