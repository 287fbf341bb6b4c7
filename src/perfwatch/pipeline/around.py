"""Store → what is known around an event, for whoever puts it into words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from perfwatch.analysis.cause import family
from perfwatch.analysis.derived import is_derived
from perfwatch.config import Config
from perfwatch.model import Commit, Event, Failure, SeriesKey, Triage
from perfwatch.report import event_history
from perfwatch.report.chart import History
from perfwatch.report.context import Context
from perfwatch.store.reader import Reader

Place = tuple[str, str]


class Surroundings:
    """What the store knows around its events; each question is asked once, however many events there are."""

    def __init__(self, reader: Reader, config: Config, now: datetime) -> None:
        self._reader, self._config, self._now = reader, config, now
        self._measured: dict[Place, list[str]] = {}
        self._keys: dict[Place, dict[str, SeriesKey]] = {}
        self._stood: dict[tuple[str, Place], Sequence[str]] = {}
        self._failures: dict[tuple[str, Place], Sequence[Failure]] = {}

    @cached_property
    def events(self) -> list[tuple[Event, Triage | None]]:
        """Every event with the newest word on it, the oldest commit's first."""
        return [*reversed(self._reader.events())]

    @cached_property
    def commits(self) -> dict[str, Commit]:
        """The commits by hash, oldest first."""
        return {c.hash: c for c in self._reader.commits()}

    def measured(self, place: Place) -> list[str]:
        """Return the commits measured at a place, oldest first."""
        if place not in self._measured:
            measured = self._reader.measured_commits(*place)
            self._measured[place] = [commit for commit in self.commits if commit in measured]
        return self._measured[place]

    def of(self, event: Event) -> Context:
        """Return what is known around an event."""
        place = (event.machine, event.environment)
        before = self._before(event.commit, place)
        others = [e for e, _ in self.events if e.commit == event.commit and e.id != event.id]
        return Context(
            project=self._config.project,
            public_url=self._config.public_url,
            show_commit_url=self._config.show_commit_url,
            before=before,
            gap=self._gap(before, event.commit),
            others=[e for e in others if e.standing != "RESOLVED"],
            words=self._words.get(event.id, []),
            stood=self._that_stood(event.commit, place),
            failures=self._failures_at(event.commit, place),
            keys=self._labels(place),
            history=self._history(event, place),
            is_chart_public=self._config.login is None,
            now=self._now,
        )

    def _history(self, event: Event, place: Place) -> History | None:
        """Return the series that moved farthest, as it was around the event; a computed one where no other moved."""
        if event.kind not in ("regression", "improvement"):
            return None
        # What is not measured here needs no asking: of many events that is much.
        known, moved = self._labels(place), [str(member["label"]) for member in event.moved]
        labels = [label for label in moved if label in known or is_derived(label)]
        return event_history.of_event(self._reader, place, labels, event.commit, self.measured(place))

    def _before(self, commit: str, place: Place) -> Commit | None:
        measured = self.measured(place)
        at = measured.index(commit) if commit in measured else 0
        return self.commits[measured[at - 1]] if at else None

    def _gap(self, before: Commit | None, commit: str) -> int:
        """Return how many commits between the two were not measured, 0 where git's line does not have them."""
        here = self.commits.get(commit)
        if before is None or here is None or before.position is None or here.position is None:
            return 0
        return max(here.position - before.position - 1, 0)

    @cached_property
    def _words(self) -> dict[str, list[Triage]]:
        found: dict[str, list[Triage]] = {}
        for word in self._reader.triages():
            found.setdefault(word.event_id, []).append(word)
        return found

    def _that_stood(self, commit: str, place: Place) -> Sequence[str]:
        """Return the parts of which every series judged at the commit stood still."""
        if (commit, place) not in self._stood:
            moved: dict[str, bool] = {}
            for verdict in self._reader.verdicts(commit, *place):
                part = family(verdict.key)
                if part is not None and verdict.kind in ("UNCHANGED", "REGRESSED", "IMPROVED"):
                    moved[part] = moved.get(part, False) or verdict.kind != "UNCHANGED"
            self._stood[commit, place] = [part for part, has_moved in moved.items() if not has_moved]
        return self._stood[commit, place]

    def _failures_at(self, commit: str, place: Place) -> Sequence[Failure]:
        if (commit, place) not in self._failures:
            runs = [r for r in self._reader.runs(commit, place[0]) if r.environment == place[1]]
            self._failures[commit, place] = runs[0].failures if runs else ()
        return self._failures[commit, place]

    def _labels(self, place: Place) -> dict[str, SeriesKey]:
        if place not in self._keys:
            self._keys[place] = {row.key.label: row.key for row in self._reader.newest(*place)}
        return self._keys[place]
