"""Commits with their names, machines, environments, runs and acceptances into their tables: few rows each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa

from perfwatch.model import Acceptance, Commit, Environment, Machine, Ref, Run
from perfwatch.store.connection import Connection
from perfwatch.store.rows import aware, insert, naive, table

_COMMIT = [
    ("hash", pa.string()),
    ("committed_at", pa.timestamp("us")),
    ("author", pa.string()),
    ("subject", pa.string()),
    ("parent", pa.string()),
    ("position", pa.int32()),
]
_REF = [(name, pa.string()) for name in ("repository", "name", "kind", "commit_hash")]
_RUN = [
    ("source_id", pa.int32()),
    ("commit_hash", pa.string()),
    ("machine", pa.string()),
    ("environment", pa.string()),
    ("started_at", pa.timestamp("us")),
    ("finished_at", pa.timestamp("us")),
    ("tool", pa.string()),
    ("exit_code", pa.int32()),
    ("host", pa.string()),
    ("selection", pa.string()),
    ("engine_digest", pa.string()),
    ("controls", pa.string()),
    ("artefacts", pa.string()),
]
_FAILURE = [
    ("source_id", pa.int32()),
    ("commit_hash", pa.string()),
    ("machine", pa.string()),
    ("environment", pa.string()),
    ("benchmark", pa.string()),
    ("exit_code", pa.int32()),
    ("stderr", pa.string()),
]


def read_commits(connection: Connection) -> list[Commit]:
    """Return all commits of the store, in no order."""
    columns = ", ".join(name for name, _ in _COMMIT)
    rows = connection.execute(f"SELECT {columns} FROM commits").fetchall()
    return [Commit(r[0], aware(r[1]), *r[2:]) for r in rows]


def changed_commits(have: Mapping[str, Commit], line: Sequence[Commit]) -> dict[str, Commit]:
    """Return the commits to be written so that the store says what git says.

    Parameters
    ----------
    have : the store's commits by hash.
    line : git's whole first-parent line. Commits of the store that are not on it lose their position, as after a
        rewritten history; an empty line means that git was not asked, and changes nothing.
    """
    if not line:
        return {}
    told = {c.hash: c for c in line}
    changed = {h: c for h, c in told.items() if have.get(h) != c}
    off_the_line = {h: replace(c, position=None) for h, c in have.items() if h not in told and c.position is not None}
    return changed | off_the_line


def write_commits(connection: Connection, commits: Iterable[Commit]) -> None:
    """Replace the given commits."""
    rows = table(_COMMIT, [(c.hash, naive(c.committed_at), c.author, c.subject, c.parent, c.position) for c in commits])
    _replace(connection, "commits", "hash", rows)


def changed_refs(
    connection: Connection, line: Sequence[Commit], refs: Sequence[Ref] | None
) -> tuple[str, list[Ref]] | None:
    """Return the repository and its names where the store has others, None where there is nothing to write.

    Parameters
    ----------
    line : git's first-parent line, oldest first; its first commit says which repository it is.
    refs : all names of the repository; None where git was not asked.
    """
    if refs is None or not line:
        return None
    repository = line[0].hash
    rows = connection.execute("SELECT name, kind, commit_hash FROM refs WHERE repository = ?", [repository]).fetchall()
    return None if {Ref(*row) for row in rows} == set(refs) else (repository, list(refs))


def write_refs(connection: Connection, repository: str, refs: Sequence[Ref]) -> None:
    """Replace the names of a repository."""
    connection.execute("DELETE FROM refs WHERE repository = ?", [repository])
    insert(connection, "refs", table(_REF, [(repository, r.name, r.kind, r.commit) for r in refs]))


def write_machines(connection: Connection, machines: Iterable[Machine]) -> None:
    """Replace the given machines."""
    rows = table([("name", pa.string()), ("facts", pa.string())], [(m.name, _json(m.facts)) for m in machines])
    _replace(connection, "machines", "name", rows)


def write_environments(connection: Connection, environments: Iterable[Environment]) -> None:
    """Replace the given environments."""
    fields = [("name", pa.string()), ("python", pa.string()), ("requirements", pa.string())]
    _replace(
        connection,
        "environments",
        "name",
        table(fields, [(e.name, e.python, _json(e.requirements)) for e in environments]),
    )


def write_runs(connection: Connection, runs: Sequence[tuple[int, Run]]) -> None:
    """Append run records, each with the identifier of its file."""
    insert(
        connection,
        "runs",
        table(
            _RUN,
            [
                (
                    source_id,
                    run.commit,
                    run.machine,
                    run.environment,
                    naive(run.started_at),
                    naive(run.finished_at),
                    run.tool,
                    run.exit_code,
                    _json(run.host),
                    _json(run.selection),
                    run.engine_digest,
                    _json(run.controls),
                    _json(run.artefacts),
                )
                for source_id, run in runs
            ],
        ),
    )
    failures = [
        (source_id, run.commit, run.machine, run.environment, f.benchmark, f.exit_code, f.stderr)
        for source_id, run in runs
        for f in run.failures
    ]
    insert(connection, "failures", table(_FAILURE, failures))


def write_acceptance(connection: Connection, word: Acceptance) -> None:
    """Append an acceptance."""
    row = [word.commit, word.author, word.reason, naive(word.accepted_at)]
    connection.execute("INSERT INTO acceptances VALUES (?, ?, ?, ?)", row)


def _replace(connection: Connection, name: str, key: str, rows: pa.Table) -> None:
    if rows.num_rows:
        connection.execute(f"DELETE FROM {name} WHERE {key} IN (SELECT unnest(?))", [rows.column(key).to_pylist()])
        insert(connection, name, rows)


def _json(value: object) -> str:
    # NaN among facts becomes null, so that the store's own JSON functions can read the column.
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def read_json(text: str | None) -> dict[str, Any]:
    """Return the object a JSON column holds; empty where it holds none."""
    value = orjson.loads(text) if text else {}
    return value if isinstance(value, dict) else {}
