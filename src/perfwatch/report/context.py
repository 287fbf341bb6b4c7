"""What is known around an event, for whoever puts it into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from perfwatch.model import Commit, Event, Failure, SeriesKey, Triage
from perfwatch.report import plain
from perfwatch.report.chart import History


@dataclass(frozen=True)
class Context:
    """What is known around an event; all of it may be missing, and what is missing is left out of the message.

    Attributes
    ----------
    project : what the project is called.
    public_url : address of the dashboard as browsers see it; None where there is none.
    show_commit_url : address to which a commit's hash is appended.
    before : the commit measured before the event's, at its place.
    gap : commits between the two that were not measured.
    others : the other events of the commit.
    words : everything said of the event, oldest first; where it is empty, the newest word stands alone.
    stood : parts (`analysis.cause.family`) that were judged at the commit and stood still.
    failures : what the benchmarks that failed at the commit wrote.
    keys : series of the event's place by label.
    history : the series that moved farthest, as it was measured around the event.
    is_chart_public : whether the dashboard shows a chart to everybody, so that a picture of it may stand in a message.
    now : when it is told; a word of a person may hold until then or not.
    """

    project: str = ""
    public_url: str | None = None
    show_commit_url: str | None = None
    before: Commit | None = None
    gap: int = 0
    others: Sequence[Event] = ()
    words: Sequence[Triage] = ()
    stood: Sequence[str] = ()
    failures: Sequence[Failure] = ()
    keys: Mapping[str, SeriesKey] = field(default_factory=dict)
    history: History | None = None
    is_chart_public: bool = True
    now: datetime | None = None

    def commit_url(self, commit: str) -> str | None:
        """Return the address of a commit's page, None where the project has none or it is none of the web's."""
        base = self.show_commit_url or ""
        return plain.address(base + _quoted(commit)) if base else None

    def event_url(self, event: Event, ending: str = "") -> str | None:
        """Return the address of an event's page, or of its chart; None where there is no dashboard."""
        base = plain.address((self.public_url or "").rstrip("/"))
        if base is None:
            return None
        return f"{base}/api/v1/events/{_quoted(event.id)}{ending}" if ending else _page(base, event)


def _page(base: str, event: Event) -> str:
    place = f"machine={_quoted(event.machine)}&environment={_quoted(event.environment)}"
    return f"{base}/events?{place}&event={_quoted(event.id)}"


def _quoted(part: str) -> str:
    return quote(part, safe="", errors="replace")
