"""GitHub as a sink: what all its sinks share, and the one comment on a pull request."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from perfwatch.errors import ForgeError
from perfwatch.notify import marker
from perfwatch.notify.forge import NAME, Forge
from perfwatch.notify.forge_sink import ForgeSink
from perfwatch.report.notice import Notice

API_URL = "https://api.github.com"
# The version of the API that this was written for; GitHub keeps each for two years at least.
_API_VERSION = "2022-11-28"


@dataclass(frozen=True)
class GitHub(ForgeSink):
    """One repository, OWNER/NAME, and a workflow's GITHUB_TOKEN, an app's token or a person's.

    `api_url` is `https://HOST/api/v3` on an Enterprise server.
    """

    api_url: str = API_URL

    kind: ClassVar[str] = "github"
    needs: ClassVar[str] = "the permission `pull-requests: write`"
    named: ClassVar[tuple[str, str]] = (f"{NAME}/{NAME}", "is no repository; write OWNER/NAME")

    @cached_property
    def forge(self) -> Forge:
        """The API as it is asked by this sink."""
        return Forge(
            f"{self.kind} {self.name}",
            self.api_url.rstrip("/"),
            self.token,
            {
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": _API_VERSION,
            },
            "GITHUB_TOKEN",
            "GITHUB_API_URL",
            self.needs,
            self.timeout_s,
            self.clock,
        )

    @cached_property
    def login(self) -> str:
        """Who the token writes as: `ada`, `github-actions[bot]`.

        Notes
        -----
        The REST API tells a person only; a workflow's token learns it from GraphQL.
        """
        base = self.forge.url
        forge = replace(self.forge, url=base.removesuffix("/v3") if base.endswith("/api/v3") else base)
        answer = forge.ask("POST", "/graphql", {"query": "{ viewer { login } }"})
        try:
            return str(answer["data"]["viewer"]["login"])
        except (TypeError, KeyError):
            # GraphQL says 200 also where it is overloaded, or the hour's requests are used up.
            said = f"{forge.who}: it does not say who the token belongs to; does GITHUB_API_URL lead to the API?"
            raise ForgeError(said, is_passing=True) from None

    def path(self, tail: str) -> str:
        """Return the path of something in the repository."""
        return f"/repos/{self.repository}{tail}"

    def own(self, written: dict[str, Any]) -> marker.Marked | None:
        """Return what an issue or a comment says of itself; None where another wrote it.

        A marker is no secret: who copies it into an issue or a comment of his own is not believed.
        """
        author = (written.get("user") or {}).get("login")
        return marker.read(written.get("body")) if author == self.login else None

    def own_comment(self, number: int, about: str) -> tuple[int, marker.Marked] | None:
        """Return identity and content of our oldest comment about something on an issue or a pull request."""
        for comment in self.forge.entries(self.path(f"/issues/{number}/comments")):
            said = self.own(comment)
            if said is not None and said.about == about:
                return int(comment["id"]), said
        return None

    def comment(self, number: int, body: str) -> None:
        """Comment on an issue or a pull request."""
        self.forge.ask("POST", self.path(f"/issues/{number}/comments"), {"body": body})


@dataclass(frozen=True)
class GitHubComment(GitHub):
    """One comment on a pull request for each project, kept up to date.

    Attributes
    ----------
    pull : the number of the pull request.

    Notes
    -----
    What is about a commit that is no longer the head is not written: a newer finding is there or on its way.
    """

    _: KW_ONLY
    pull: int

    kind: ClassVar[str] = "github-comment"

    @property
    def name(self) -> str:
        """The repository and the pull request in it."""
        return f"{self.repository}#{self.pull}"

    def write(self, key: str, notice: Notice) -> None:
        pull = self.forge.ask("GET", self.path(f"/pulls/{self.pull}"))
        if notice.commit not in (pull["head"]["sha"], pull.get("merge_commit_sha")):
            return
        wanted = marker.marked(f"pull:{self.project}", key, notice)
        found = self.own_comment(self.pull, wanted.about)
        if found is None:
            self.comment(self.pull, wanted.body)
        elif found[1].key != key and not found[1].says(wanted):
            self.forge.ask("PATCH", self.path(f"/issues/comments/{found[0]}"), {"body": wanted.body})
