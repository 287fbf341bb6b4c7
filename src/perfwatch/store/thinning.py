"""Points out of the store, and its space given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from perfwatch.store import summaries
from perfwatch.store.attach import CATALOGUE, quoted
from perfwatch.store.connection import Connection
from perfwatch.store.pending import in_transaction
from perfwatch.store.rows import using


def thin(
    connection: Connection,
    machine: str,
    environment: str,
    gone: tuple[NDArray[np.int32], Sequence[str]],
    commits_gone: Sequence[str],
    bare: Sequence[str],
    state: Mapping[str, Any] | None,
) -> None:
    """Take points out of one place in one transaction.

    Parameters
    ----------
    gone : series and commit of each point that goes.
    commits_gone : commits of which no point stays here; their run records go, too.
    bare : commits whose points lose their single timings.
    state : of the judge, for what is left; None leaves the one there is.
    """
    place = {"machine": machine, "environment": environment}
    here = "machine = $machine AND environment = $environment"

    def write() -> None:
        rows = pa.table({"series_id": pa.array(gone[0]), "commit_hash": pa.array(list(gone[1]), pa.string())})
        with using(connection, rows) as incoming:
            same = "m.series_id = g.series_id AND m.commit_hash = g.commit_hash"
            connection.execute(f"DELETE FROM measurements m USING {incoming} g WHERE {same}")
        for name in ("runs", "failures"):
            at = "commit_hash IN (SELECT unnest($commits::VARCHAR[]))"
            connection.execute(f"DELETE FROM {name} WHERE {here} AND {at}", {**place, "commits": list(commits_gone)})
        if bare:
            connection.execute(
                "UPDATE measurements SET samples = NULL WHERE samples IS NOT NULL "
                "AND commit_hash IN (SELECT unnest($commits::VARCHAR[])) "
                f"AND series_id IN (SELECT series_id FROM series WHERE {here})",
                {**place, "commits": list(bare)},
            )
        summaries.recompute(connection, np.unique(gone[0]).tolist(), sorted(set(gone[1])))
        if state is not None:
            said = orjson.dumps(state).decode()
            connection.execute(f"UPDATE judge_states SET state = $state WHERE {here}", {**place, "state": said})

    in_transaction(connection, write)


def copy_compact(connection: Connection, path: Path) -> None:
    """Write an attached store into a new file without the space of what was taken out, a series' points together."""
    path.unlink(missing_ok=True)
    connection.execute(f"ATTACH {quoted(path)} AS compacted")
    try:
        connection.execute(f"COPY FROM DATABASE {CATALOGUE} TO compacted (SCHEMA)")
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'compacted'"
        ).fetchall()
        for (name,) in names:
            order = "ORDER BY series_id" if name == "measurements" else ""
            connection.execute(f"INSERT INTO compacted.{name} SELECT * FROM {CATALOGUE}.{name} {order}")
    finally:
        connection.execute("DETACH compacted")
