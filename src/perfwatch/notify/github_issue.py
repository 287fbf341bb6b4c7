"""One issue on GitHub for each event: opened, kept up to date, closed when it is over, reopened when it is back."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from itertools import islice
from typing import Any, ClassVar

from perfwatch.errors import ForgeError
from perfwatch.notify import marker
from perfwatch.notify.github import GitHub
from perfwatch.report.notice import Notice

_OVER = "This is over. The description above says what was seen last."
_BACK = "This is back. The description above says what was seen last."


@dataclass
class _Known:
    """Numbers of our issues by what they are about; `is_whole` once all of them were looked through."""

    numbers: dict[str, int] = field(default_factory=dict)
    is_whole: bool = False


@dataclass(frozen=True)
class GitHubIssue(GitHub):
    """Issues of events.

    Attributes
    ----------
    label : what all of them carry; by it they are listed. (GitHub's search is minutes behind.)

    Notes
    -----
    The description is edited without a notification; people are told by the opening, the closing and the reopening.
    What somebody closed by hand stays closed until it is over and comes back. That something is over is not told
    where nobody was told that it began.
    """

    _: KW_ONLY
    label: str = "perfwatch"
    known: _Known = field(default_factory=_Known, init=False, repr=False, compare=False)

    kind: ClassVar[str] = "github-issue"
    needs: ClassVar[str] = "the permission `issues: write`"

    def write(self, key: str, notice: Notice) -> None:
        wanted = marker.marked(notice.subject.replace(" ", ":", 1), key, notice)
        found = self._find(wanted.about)
        if found is None:
            if notice.standing != "RESOLVED":
                self._open(notice, wanted)
            return
        issue, said = found
        if said.key == key or (said.says(wanted) and issue["title"] == notice.title):
            return
        change = {"title": notice.title, "body": wanted.body}
        # The key is written last, with the new state: what comes to nothing before is done again from the start.
        if notice.standing == "RESOLVED":
            self._say_once(issue["number"], wanted, _OVER)
            change |= {"state": "closed", "state_reason": "completed"}
        elif said.standing == "RESOLVED":
            self._say_once(issue["number"], wanted, _BACK)
            change |= {"state": "open", "state_reason": "reopened"}
        self.forge.ask("PATCH", self.path(f"/issues/{issue['number']}"), change)

    def _open(self, notice: Notice, wanted: marker.Marked) -> None:
        new = {"title": notice.title, "body": wanted.body, "labels": [self.label]}
        self.known.numbers[wanted.about] = int(self.forge.ask("POST", self.path("/issues"), new)["number"])

    def _say_once(self, number: int, wanted: marker.Marked, sentence: str) -> None:
        """Comment on the issue, unless this was said under this key before."""
        about = f"turn:{wanted.key}"
        if self.own_comment(number, about) is None:
            comment = marker.Marked(about, wanted.standing, wanted.key, sentence)
            self.forge.ask("POST", self.path(f"/issues/{number}/comments"), {"body": comment.body})

    def _find(self, about: str) -> tuple[dict[str, Any], marker.Marked] | None:
        """Return our issue about something as it is now, with what it says of itself."""
        if about not in self.known.numbers:
            self._learn()
        number = self.known.numbers.get(about)
        if number is None:
            return None
        try:
            issue = self.forge.ask("GET", self.path(f"/issues/{number}"))
        except ForgeError as error:
            # Somebody deleted it, or moved it elsewhere.
            if error.answer not in (301, 404, 410):
                raise
            issue = {}
        said = self.own(issue)
        if said is None or said.about != about:
            del self.known.numbers[about]
            return None
        return issue, said

    def _learn(self) -> None:
        """Look through the list: the first time through all of it, then at its newest hundred.

        What others made of the same event at the same time, and what we made while the answer was lost, is among the
        newest. Of two about the same the older one counts, for every process alike.
        """
        query = {"labels": self.label, "state": "all", "sort": "created", "direction": "desc"}
        entries = self.forge.entries(self.path("/issues"), query=query)
        for issue in islice(entries, 100) if self.known.is_whole else entries:
            said = None if "pull_request" in issue else self.own(issue)
            if said is not None:
                number = int(issue["number"])
                self.known.numbers[said.about] = min(number, self.known.numbers.get(said.about, number))
        self.known.is_whole = True
