"""A commit's status on GitLab."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar
from urllib.parse import quote

from perfwatch.notify.forge import shortened
from perfwatch.notify.gitlab import GitLab
from perfwatch.report.notice import Notice

LONGEST_DESCRIPTION = 255
# "success" would be a lie and "skipped" passes for it; "canceled" says that it came to no end.
_STATES = {"success": "success", "failure": "failed", "neutral": "canceled"}


@dataclass(frozen=True)
class GitLabStatus(GitLab):
    """A status of a commit under the name `perfwatch/PROJECT`.

    Attributes
    ----------
    target_url : where its details lead, None for nowhere.

    Notes
    -----
    One that has ended is not set again by GitLab but joined by another: it is set only where the newest says
    something else.
    """

    _: KW_ONLY
    target_url: str | None = None

    kind: ClassVar[str] = "gitlab-status"

    @property
    def context(self) -> str:
        """What the status is called."""
        return f"perfwatch/{self.project}"

    def write(self, key: str, notice: Notice) -> None:
        state, description = _STATES.get(notice.standing, "canceled"), shortened(notice.title, LONGEST_DESCRIPTION)
        statuses = self.path(f"/repository/commits/{quote(notice.commit)}/statuses")
        found = [s for s in self.forge.entries(statuses, query={"name": self.context}) if s["name"] == self.context]
        newest = max(found, key=lambda s: int(s["id"]), default=None)
        if newest is not None and (newest["status"], newest["description"]) == (state, description):
            return
        new = {"state": state, "name": self.context, "description": description}
        if self.target_url:
            new["target_url"] = self.target_url
        self.forge.ask("POST", self.path(f"/statuses/{quote(notice.commit)}"), new)
