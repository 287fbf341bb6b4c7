"""Questions about what was said: verdicts, events and people's words on them, noise, messages. Part of the Reader."""

from __future__ import annotations

from typing import Any

import orjson

from perfwatch.model import Event, Triage, Verdict
from perfwatch.store import calibrations, facts, outbox, verdicts

_HERE = "($machine IS NULL OR machine = $machine) AND ($environment IS NULL OR environment = $environment)"


class JudgedReader:
    """One method a question; whoever inherits answers `_rows`."""

    def _rows(self, query: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def verdicts(self, commit: str, machine: str | None = None, environment: str | None = None) -> list[Verdict]:
        """Return what was last said of a commit (a whole hash), in the order it was said in."""
        rows = self._rows(
            f"SELECT {verdicts.VERDICT_COLUMNS} FROM verdicts WHERE commit_hash = $commit AND {_HERE} "
            "ORDER BY machine, environment, rowid",
            {"commit": commit, "machine": machine, "environment": environment},
        )
        return [verdicts.verdict(row) for row in rows]

    def settings_of(self, commit: str, machine: str, environment: str) -> tuple[dict[str, Any], str] | None:
        """Return the settings and the digest of the inputs that a commit's verdicts come from; None without any."""
        rows = self._rows(
            "SELECT settings, inputs_digest FROM verdicts JOIN settings USING (settings_id) "
            f"WHERE commit_hash = $commit AND {_HERE} LIMIT 1",
            {"commit": commit, "machine": machine, "environment": environment},
        )
        return (facts.read_json(rows[0][0]), rows[0][1]) if rows else None

    def is_judged(self, commit: str, machine: str, environment: str, settings_id: str) -> bool:
        """Return whether a commit was judged at a place by these settings, after all that was loaded."""
        rows = self._rows(
            f"SELECT 1 FROM verdicts WHERE commit_hash = $commit AND {_HERE} AND settings_id = $settings "
            "AND judged_at >= (SELECT max(loaded_at) FROM sources) LIMIT 1",
            {"commit": commit, "machine": machine, "environment": environment, "settings": settings_id},
        )
        return bool(rows)

    def events(self, machine: str | None = None, environment: str | None = None) -> list[tuple[Event, Triage | None]]:
        """Return every event with the newest word on it, the newest commit's first."""
        rows = self._rows(
            f"SELECT {verdicts.EVENT_COLUMNS} FROM events LEFT JOIN commits ON hash = commit_hash "
            f"WHERE {_HERE} ORDER BY position DESC NULLS FIRST, committed_at DESC, events.rowid DESC",
            {"machine": machine, "environment": environment},
        )
        newest = {word.event_id: word for word in self.triages()}
        return [(event, newest.get(event.id)) for event in map(verdicts.event, rows)]

    def triages(self, event_id: str | None = None) -> list[Triage]:
        """Return every word on one event, or on all, oldest first."""
        rows = self._rows(
            f"SELECT {verdicts.TRIAGE_COLUMNS} FROM triage WHERE ($id IS NULL OR event_id = $id) "
            "ORDER BY said_at, rowid",
            {"id": event_id},
        )
        return [verdicts.triage(row) for row in rows]

    def judge_state(self, machine: str, environment: str) -> dict[str, Any] | None:
        """Return what the last judgement at a place left to go on from; None before the first."""
        rows = self._rows(
            "SELECT state FROM judge_states WHERE machine = $machine AND environment = $environment",
            {"machine": machine, "environment": environment},
        )
        return facts.read_json(rows[0][0]) if rows else None

    def told(self, machine: str, environment: str) -> dict[str, list[str]]:
        """Return the commits (whole hashes) at which the judge told a change, oldest first, by its name of a series.

        Series without one are left out; all are where nothing was judged.
        """
        rows = self._rows(
            "SELECT state->'$.told', state->'$.commits' FROM judge_states "
            "WHERE machine = $machine AND environment = $environment",
            {"machine": machine, "environment": environment},
        )
        told, commits = (orjson.loads(text) for text in rows[0]) if rows else ({}, [])
        return {name: [commits[at] for at in sorted(places)] for name, places in told.items() if places}

    def factors(self, machine: str, environment: str) -> dict[str, float]:
        """Return the host's overall factor by judged commit."""
        rows = self._rows(
            "SELECT commit_hash, factor FROM factors WHERE machine = $machine AND environment = $environment",
            {"machine": machine, "environment": environment},
        )
        return dict(rows)

    def calibrations(
        self, machine: str | None = None, environment: str | None = None
    ) -> list[calibrations.Calibration]:
        """Return what is known of the noise, the newest first."""
        rows = self._rows(
            f"SELECT {calibrations.CALIBRATION_COLUMNS} FROM calibrations WHERE {_HERE} "
            "ORDER BY calibrated_at DESC, benchmark, rowid",
            {"machine": machine, "environment": environment},
        )
        return [calibrations.calibration(row) for row in rows]

    def deliveries(self, status: outbox.DeliveryStatus | None = None) -> list[outbox.Delivery]:
        """Return the messages of the outbox, those that arrived included, in the order they were queued."""
        rows = self._rows(
            f"SELECT {outbox.DELIVERY_COLUMNS} FROM outbox WHERE ($status IS NULL OR status = $status) "
            "ORDER BY queued_at, rowid",
            {"status": status},
        )
        return [outbox.delivery(row) for row in rows]
