"""One issue for each event, on any forge: opened, kept up to date, closed when it is over, reopened when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, Protocol

from perfwatch.errors import ForgeError
from perfwatch.notify import marker
from perfwatch.report.notice import Notice

Turn = Literal["close", "reopen"]

_SAID = {
    "close": "This is over. The description above says what was seen last.",
    "reopen": "This is back. The description above says what was seen last.",
}
# What was made while the list was not looked at is among as many of the newest.
_NEWEST = 100
# Somebody deleted it, or moved it elsewhere.
_GONE = (301, 404, 410)


@dataclass(frozen=True)
class Issue:
    """An issue that our own user wrote, and what it says of itself."""

    number: int
    title: str
    said: marker.Marked


@dataclass
class Known:
    """Numbers of our issues by what they are about; `is_whole` once all of them were looked through."""

    numbers: dict[str, int] = field(default_factory=dict)
    is_whole: bool = False


class Tracker(Protocol):
    """What a forge must offer."""

    @property
    def known(self) -> Known:
        """What this process has seen of it."""

    def listed(self) -> Iterator[dict[str, Any]]:
        """Yield the issues with our label, whatever their state, the newest first, as the forge describes them."""

    def fetched(self, number: int) -> dict[str, Any]:
        """Return one issue as the forge describes it."""

    def own_issue(self, described: dict[str, Any]) -> Issue | None:
        """Return an issue, None where another wrote it or it has no marker."""

    def create(self, title: str, body: str) -> int:
        """Return the number of a new issue with our label."""

    def change(self, number: int, title: str, body: str, turn: Turn | None) -> None:
        """Give an issue a new title, description and state, all at once."""

    def own_comment(self, number: int, about: str) -> tuple[int, marker.Marked] | None:
        """Return identity and content of our oldest comment about something on an issue."""

    def comment(self, number: int, body: str) -> None:
        """Comment on an issue."""


def write(tracker: Tracker, key: str, notice: Notice) -> None:
    """Make the issue of an event say what the notice says.

    Errors
    ------
    ForgeError : the forge did not do it.

    Notes
    -----
    A description is edited without a notification; people are told by the opening, the closing and the reopening.
    What somebody closed by hand stays closed until it is over and comes back. That something is over is not told
    where nobody was told that it began.
    """
    wanted = marker.marked(notice.subject.replace(" ", ":", 1), key, notice)
    found = _find(tracker, wanted.about)
    if found is None:
        if notice.standing != "RESOLVED":
            tracker.known.numbers[wanted.about] = tracker.create(notice.title, wanted.body)
        return
    if found.said.key == key or (found.said.says(wanted) and found.title == notice.title):
        return
    turn: Turn | None = None
    if notice.standing == "RESOLVED":
        turn = "close"
    elif found.said.standing == "RESOLVED":
        turn = "reopen"
    if turn:
        _say_once(tracker, found.number, wanted, turn)
    # The key is written last, with the new state: what comes to nothing before is done again from the start.
    tracker.change(found.number, notice.title, wanted.body, turn)


def _say_once(tracker: Tracker, number: int, wanted: marker.Marked, turn: Turn) -> None:
    """Comment on the issue, unless this was said under this key before."""
    comment = marker.Marked(f"turn:{wanted.key}", wanted.standing, wanted.key, _SAID[turn])
    if tracker.own_comment(number, comment.about) is None:
        tracker.comment(number, comment.body)


def _find(tracker: Tracker, about: str) -> Issue | None:
    """Return our issue about something as it is now."""
    if about not in tracker.known.numbers:
        _learn(tracker)
    number = tracker.known.numbers.get(about)
    if number is None:
        return None
    try:
        issue = tracker.own_issue(tracker.fetched(number))
    except ForgeError as error:
        if error.answer not in _GONE:
            raise
        issue = None
    if issue is None or issue.said.about != about:
        del tracker.known.numbers[about]
        return None
    return issue


def _learn(tracker: Tracker) -> None:
    """Look through the list: the first time through all of it, then at the newest.

    What others made of the same event at the same time, and what we made while the answer was lost, is among the
    newest. Of two about the same the older one counts, for every process alike.
    """
    known, listed = tracker.known, tracker.listed()
    for described in islice(listed, _NEWEST) if known.is_whole else listed:
        issue = tracker.own_issue(described)
        if issue is not None:
            about = issue.said.about
            known.numbers[about] = min(issue.number, known.numbers.get(about, issue.number))
    known.is_whole = True
