"""GitLab as a sink: what all its sinks share, and the one note on a merge request."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from perfwatch.errors import ForgeError, UsageError
from perfwatch.notify import marker
from perfwatch.notify.forge import NAME, TIMEOUT_S, Forge, sleep, until_done
from perfwatch.notify.sink import Outcome
from perfwatch.report.notice import Notice

API_URL = "https://gitlab.com/api/v4"


@dataclass(frozen=True)
class GitLab:
    """One project on GitLab, and a token for it.

    Attributes
    ----------
    repository : GROUP/PROJECT, or the project's number.
    token : of a project, a group or a person, with the scope `api`. A job's own CI_JOB_TOKEN may not write what
        these sinks write.
    api_url : of a server of one's own `https://HOST/api/v4`.
    project : what tells two projects of one repository apart.
    attempts, pause_s, pause, clock : as those of `github.GitHub`.

    Errors
    ------
    UsageError : no project, no token, no address.
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

    kind: ClassVar[str] = "gitlab"
    needs: ClassVar[str] = "the scope `api` and the role Developer"

    def __post_init__(self) -> None:
        if not re.fullmatch(f"[0-9]+|{NAME}(/{NAME})+", self.repository):
            raise UsageError(f"{self.kind}: {self.repository!r} is no project; write GROUP/PROJECT or its number")
        _ = self.forge

    @property
    def name(self) -> str:
        """The project."""
        return self.repository

    @cached_property
    def forge(self) -> Forge:
        """The API as it is asked by this sink."""
        return Forge(
            f"{self.kind} {self.name}",
            self.api_url.rstrip("/"),
            self.token,
            {"PRIVATE-TOKEN": self.token},
            "GITLAB_TOKEN",
            "CI_API_V4_URL",
            self.needs,
            self.timeout_s,
            self.clock,
        )

    @cached_property
    def username(self) -> str:
        """Who the token writes as."""
        answer = self.forge.ask("GET", "/user")
        if not isinstance(answer, dict) or not answer.get("username"):
            said = f"{self.forge.who}: it does not say who the token belongs to; does CI_API_V4_URL lead to the API?"
            raise ForgeError(said, is_passing=False)
        return str(answer["username"])

    def path(self, tail: str) -> str:
        """Return the path of something in the project."""
        return f"/projects/{quote(self.repository, safe='')}{tail}"

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
        ForgeError : GitLab did not do it.
        """
        raise NotImplementedError

    def own_note(self, notes: str, about: str) -> tuple[int, marker.Marked] | None:
        """Return identity and content of our oldest note about something; `notes` is the path of the list."""
        for note in self.forge.entries(notes, query={"sort": "asc", "order_by": "created_at"}):
            said = marker.read(note["body"]) if note["author"]["username"] == self.username else None
            if said is not None and said.about == about:
                return int(note["id"]), said
        return None


@dataclass(frozen=True)
class GitLabNote(GitLab):
    """One note on a merge request for each project, kept up to date.

    Attributes
    ----------
    pull : the number of the merge request in the project, GitLab's `iid`.

    Notes
    -----
    What is about a commit that is no longer the head is not written: a newer finding is there or on its way.
    """

    _: KW_ONLY
    pull: int

    kind: ClassVar[str] = "gitlab-note"

    @property
    def name(self) -> str:
        """The project and the merge request in it."""
        return f"{self.repository}!{self.pull}"

    def write(self, key: str, notice: Notice) -> None:
        request = self.path(f"/merge_requests/{self.pull}")
        if self.forge.ask("GET", request)["sha"] != notice.commit:
            return
        wanted = marker.marked(f"pull:{self.project}", key, notice)
        found = self.own_note(f"{request}/notes", wanted.about)
        if found is None:
            self.forge.ask("POST", f"{request}/notes", {"body": wanted.body})
        elif found[1].key != key and not found[1].says(wanted):
            self.forge.ask("PUT", f"{request}/notes/{found[0]}", {"body": wanted.body})
