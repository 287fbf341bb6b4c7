"""GitLab as a sink: what all its sinks share, and the one note on a merge request."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from perfwatch.errors import ForgeError
from perfwatch.notify import marker
from perfwatch.notify.forge import NAME, Forge
from perfwatch.notify.forge_sink import ForgeSink
from perfwatch.report.notice import Notice

API_URL = "https://gitlab.com/api/v4"


@dataclass(frozen=True)
class GitLab(ForgeSink):
    """One project, GROUP/PROJECT or its number, and a token with the scope `api`.

    A job's own CI_JOB_TOKEN may not write what these sinks write. On a server of one's own `api_url` is
    `https://HOST/api/v4`.
    """

    api_url: str = API_URL

    kind: ClassVar[str] = "gitlab"
    needs: ClassVar[str] = "the scope `api` and the role Developer"
    named: ClassVar[tuple[str, str]] = (
        f"[0-9]+|{NAME}(/{NAME})+",
        "is no project; write GROUP/PROJECT or its number",
    )

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
