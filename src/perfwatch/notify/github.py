"""GitHub as a sink: what all its sinks share, and the one comment on a pull request."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from perfwatch.errors import ForgeError, UsageError
from perfwatch.notify import marker
from perfwatch.notify.forge import NAME, TIMEOUT_S, Forge, sleep, until_done
from perfwatch.notify.sink import Outcome
from perfwatch.report.notice import Notice

API_URL = "https://api.github.com"
# The version of the API that this was written for; GitHub keeps each for two years at least.
_API_VERSION = "2022-11-28"


@dataclass(frozen=True)
class GitHub:
    """One repository, and a token for it.

    Attributes
    ----------
    repository : OWNER/NAME.
    token : a workflow's GITHUB_TOKEN, an app's or a person's; docs/forges.md says which permissions it needs.
    api_url : of an Enterprise server `https://HOST/api/v3`.
    project : what tells two projects of one repository apart.
    attempts : of one `send`, the first included.
    pause_s : before the second attempt, seconds; twice as long before each one after it.
    pause, clock : wait for seconds; say how many went by since 1970 in UTC.

    Errors
    ------
    UsageError : no repository, no token, no address.
    """

    repository: str
    token: str = field(repr=False)
    api_url: str = API_URL
    _: KW_ONLY
    project: str = "perfwatch"
    attempts: int = 3
    pause_s: float = 1.0
    timeout_s: float = TIMEOUT_S
    pause: Callable[[float], None] = field(default=sleep, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)

    kind: ClassVar[str] = "github"
    needs: ClassVar[str] = "the permission `pull-requests: write`"

    def __post_init__(self) -> None:
        if not re.fullmatch(f"{NAME}/{NAME}", self.repository):
            raise UsageError(f"{self.kind}: {self.repository!r} is no repository; write OWNER/NAME")
        _ = self.forge

    @property
    def name(self) -> str:
        """The repository."""
        return self.repository

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

    def send(self, key: str, notice: Notice) -> Outcome:
        """Return what came of a notice after at most `attempts` attempts, each of which looks before it writes."""
        return until_done(
            self.forge.who,
            lambda: self.write(key, notice),
            attempts=self.attempts,
            pause_s=self.pause_s,
            pause=self.pause,
        )

    def write(self, key: str, notice: Notice) -> None:
        """Look for what was written before, and write what differs from it.

        Errors
        ------
        ForgeError : GitHub did not do it.
        """
        raise NotImplementedError

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
