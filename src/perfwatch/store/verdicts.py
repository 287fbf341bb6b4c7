"""Verdicts, events and what people said of them: into their tables and back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa

from perfwatch.model import Event, Triage, Verdict
from perfwatch.store.connection import Connection
from perfwatch.store.facts import read_json
from perfwatch.store.records import series_key
from perfwatch.store.rows import aware, insert, naive, table

_VERDICT = [
    ("benchmark", pa.string()),
    ("version", pa.string()),
    ("params", pa.string()),
    ("machine", pa.string()),
    ("environment", pa.string()),
    ("unit", pa.string()),
    ("series_kind", pa.string()),
    ("commit_hash", pa.string()),
    ("kind", pa.string()),
    ("standing", pa.string()),
    ("since", pa.string()),
    ("ratio", pa.float64()),
    ("lower", pa.float64()),
    ("upper", pa.float64()),
    ("p_value", pa.float64()),
    ("minimum_detectable", pa.float64()),
    ("relevant", pa.bool_()),
    ("n_before", pa.int32()),
    ("n_after", pa.int32()),
    ("detail", pa.string()),
    ("settings_id", pa.string()),
    ("inputs_digest", pa.string()),
    ("judged_at", pa.timestamp("us")),
]
_EVENT = [
    ("event_id", pa.string()),
    ("kind", pa.string()),
    ("commit_hash", pa.string()),
    ("machine", pa.string()),
    ("environment", pa.string()),
    ("standing", pa.string()),
    ("title", pa.string()),
    ("cause", pa.string()),
    ("moved", pa.string()),
    ("facts", pa.string()),
    ("judged_commit", pa.string()),
    ("judged_at", pa.timestamp("us")),
]
_FACTOR = [
    ("machine", pa.string()),
    ("environment", pa.string()),
    ("commit_hash", pa.string()),
    ("factor", pa.float64()),
]
VERDICT_COLUMNS = ", ".join(name for name, _ in _VERDICT[:-3])
EVENT_COLUMNS = ", ".join(name for name, _ in _EVENT[:-2])
TRIAGE_COLUMNS = "event_id, state, author, said_at, reason, owner, until"


def settings_id(settings: Mapping[str, Any]) -> str:
    """Return the name of a set of settings: the same settings have the same."""
    return hashlib.sha256(orjson.dumps(settings, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def write_judgement(
    connection: Connection,
    machine: str,
    environment: str,
    commit: str,
    *,
    verdicts: Sequence[Verdict],
    events: Sequence[Event],
    factors: Mapping[str, float],
    settings: Mapping[str, Any],
    inputs_digest: str,
    state: Mapping[str, Any] | None,
) -> None:
    """Replace what was said of a commit at one place; with a state also what stands there over all commits.

    Without a state the commit is an older one, judged for its own sake: its verdicts are kept, and the events of the
    newest commit stay as they are. An event that somebody was told, or said something of, is never forgotten: where it
    is not found any more, under other settings perhaps, it stays as RESOLVED, so that a score counts it.
    """
    name, now = settings_id(settings), datetime.now(UTC).replace(tzinfo=None)
    place = {"machine": machine, "environment": environment}
    connection.execute("BEGIN")
    try:
        if not connection.execute("SELECT 1 FROM settings WHERE settings_id = ?", [name]).fetchone():
            said = orjson.dumps(settings).decode()
            connection.execute("INSERT INTO settings VALUES (?, ?, ?)", [name, str(settings.get("version")), said])
        here = "machine = $machine AND environment = $environment"
        connection.execute(f"DELETE FROM verdicts WHERE {here} AND commit_hash = $commit", {**place, "commit": commit})
        insert(connection, "verdicts", _verdict_rows(verdicts, name, inputs_digest, now))
        if state is not None:
            _forget_events(connection, here, place, [e.id for e in events])
            for of_place in ("factors", "judge_states"):
                connection.execute(f"DELETE FROM {of_place} WHERE {here}", place)
            insert(connection, "events", _event_rows(events, commit, now))
            insert(connection, "factors", table(_FACTOR, [(machine, environment, c, f) for c, f in factors.items()]))
            said = orjson.dumps(state).decode()
            connection.execute("INSERT INTO judge_states VALUES (?, ?, ?)", [machine, environment, said])
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _forget_events(connection: Connection, here: str, place: Mapping[str, str], found: Sequence[str]) -> None:
    """Delete a place's events, but resolve those people know of that were not found again.

    Whether a runner is stale is no matter of a judgement: those stay as they are (`write_events`).
    """
    here = f"{here} AND kind <> 'stale runner'"
    known = (
        "(event_id IN (SELECT event_id FROM triage) OR 'event ' || event_id IN (SELECT subject FROM outbox)) "
        "AND event_id NOT IN (SELECT unnest($found::VARCHAR[]))"
    )
    bound = {**place, "found": list(found)}
    connection.execute(f"DELETE FROM events WHERE {here} AND NOT ({known})", bound)
    connection.execute(f"UPDATE events SET standing = 'RESOLVED' WHERE {here}", place)


def write_events(connection: Connection, events: Sequence[Event]) -> None:
    """Keep events that no judgement found, in place of what was kept under their identities."""
    connection.execute("BEGIN")
    try:
        connection.execute("DELETE FROM events WHERE event_id IN (SELECT unnest(?))", [[e.id for e in events]])
        for event in events:
            insert(connection, "events", _event_rows([event], event.commit, datetime.now(UTC).replace(tzinfo=None)))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _verdict_rows(verdicts: Sequence[Verdict], name: str, inputs_digest: str, now: datetime) -> pa.Table:
    rows = [
        (
            v.key.benchmark,
            v.key.version,
            orjson.dumps(v.key.params).decode(),
            v.key.machine,
            v.key.environment,
            v.key.unit,
            v.key.kind,
            v.commit,
            v.kind,
            v.standing,
            v.since,
            v.ratio,
            v.lower,
            v.upper,
            v.p_value,
            v.minimum_detectable,
            v.relevant,
            v.n_before,
            v.n_after,
            v.detail,
            name,
            inputs_digest,
            now,
        )
        for v in verdicts
    ]
    return table(_VERDICT, rows)


def _event_rows(events: Sequence[Event], commit: str, now: datetime) -> pa.Table:
    rows = [
        (
            e.id,
            e.kind,
            e.commit,
            e.machine,
            e.environment,
            e.standing,
            e.title,
            e.cause,
            orjson.dumps(e.moved).decode(),
            orjson.dumps(e.facts, default=str).decode(),
            commit,
            now,
        )
        for e in events
    ]
    return table(_EVENT, rows)


def verdict(row: Sequence[Any]) -> Verdict:
    """Return the verdict in a row of `VERDICT_COLUMNS`."""
    return Verdict(series_key(row[:7]), *row[7:])


def event(row: Sequence[Any]) -> Event:
    """Return the event in a row of `EVENT_COLUMNS`."""
    identity, kind, commit, machine, environment, standing, title, cause, moved, facts = row
    return Event(
        identity,
        kind,
        commit,
        machine,
        environment,
        standing,
        title,
        cause,
        tuple(orjson.loads(moved)),
        read_json(facts),
    )


def write_triage(connection: Connection, word: Triage) -> None:
    """Append a word on an event."""
    connection.execute(
        "INSERT INTO triage VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            word.event_id,
            word.state,
            word.author,
            naive(word.said_at),
            word.reason,
            word.owner,
            naive(word.until),
        ],
    )


def triage(row: Sequence[Any]) -> Triage:
    """Return the word in a row of `TRIAGE_COLUMNS`."""
    event_id, state, author, said_at, reason, owner, until = row
    said = aware(said_at)
    assert said is not None
    return Triage(event_id, state, author, said, reason, owner, aware(until))
