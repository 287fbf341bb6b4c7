"""What GitHub shows beside a commit: a status, or a check run."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from perfwatch.notify.forge import shortened
from perfwatch.notify.github import GitHub
from perfwatch.report.notice import Notice

LONGEST_DESCRIPTION = 140
# The reference counts characters; bytes are the stricter reading, and nobody reads that much.
LONGEST_OUTPUT_BYTES = 65_535
# A status knows no "neutral". "success" would be a lie, "pending" would never end; "error" says that it is not known.
_STATES = {"success": "success", "failure": "failure", "neutral": "error"}


@dataclass(frozen=True)
class GitHubStatus(GitHub):
    """A status of a commit under the context `perfwatch/PROJECT`; any token with write access may set it.

    Attributes
    ----------
    target_url : where its details lead, None for nowhere.

    Notes
    -----
    GitHub keeps every status that was ever set and shows the newest of each context: one is set only where the newest
    says something else.
    """

    _: KW_ONLY
    target_url: str | None = None

    kind: ClassVar[str] = "github-status"
    needs: ClassVar[str] = "the permission `statuses: write`"

    @property
    def context(self) -> str:
        """What the status is called."""
        return f"perfwatch/{self.project}"

    def write(self, key: str, notice: Notice) -> None:
        state, description = _STATES.get(notice.standing, "error"), shortened(notice.title, LONGEST_DESCRIPTION)
        for status in self.forge.entries(self.path(f"/commits/{quote(notice.commit)}/statuses")):
            if status["context"] == self.context:
                if (status["state"], status["description"]) == (state, description):
                    return
                break
        new = {"state": state, "description": description, "context": self.context, "target_url": self.target_url}
        self.forge.ask("POST", self.path(f"/statuses/{quote(notice.commit)}"), new)


@dataclass(frozen=True)
class GitHubCheck(GitHub):
    """A check run of a commit, called `perfwatch/PROJECT`; only the token of an app, such as a workflow's, may make it.

    Attributes
    ----------
    details_url : where its details lead, None for GitHub's own page of it.

    Notes
    -----
    It is known by its external identity, the key: a workflow's job that happens to have the same name is no check run
    of ours.
    """

    _: KW_ONLY
    details_url: str | None = None

    kind: ClassVar[str] = "github-check"
    needs: ClassVar[str] = (
        "the permission `checks: write`, which only an app's token can have (GITHUB_TOKEN of a workflow is one; with a "
        "personal token use github-status)"
    )

    @property
    def check_name(self) -> str:
        """What the check run is called."""
        return f"perfwatch/{self.project}"

    def write(self, key: str, notice: Notice) -> None:
        wanted = self._wanted(key, notice)
        query = {"check_name": self.check_name, "filter": "latest"}
        path = self.path(f"/commits/{quote(notice.commit)}/check-runs")
        for check in self.forge.entries(path, key="check_runs", query=query):
            if check["external_id"] == wanted["external_id"]:
                return
            if str(check["external_id"]).startswith(_OURS):
                self.forge.ask("PATCH", self.path(f"/check-runs/{check['id']}"), wanted)
                return
        self.forge.ask("POST", self.path("/check-runs"), {**wanted, "head_sha": notice.commit})

    def _wanted(self, key: str, notice: Notice) -> dict[str, Any]:
        standing = notice.standing if notice.standing in _STATES else "neutral"
        wanted = {
            "name": self.check_name,
            "external_id": _OURS + key,
            "status": "completed",
            "conclusion": standing,
            "output": {"title": notice.title, "summary": cut(notice.markdown, LONGEST_OUTPUT_BYTES)},
        }
        return {**wanted, "details_url": self.details_url} if self.details_url else wanted


_OURS = "perfwatch:"
_CUT = "\n\n… (cut)\n"


def cut(markdown: str, longest: int) -> str:
    """Return whole lines of Markdown that take at most so many bytes, with a word where lines are missing."""
    said = markdown.encode()
    if len(said) <= longest:
        return markdown
    kept = said[: longest - len(_CUT.encode())]
    return kept[: kept.rfind(b"\n") + 1].decode().rstrip() + _CUT
