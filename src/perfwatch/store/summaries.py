"""What most questions ask, kept beside the measurements in the same transaction: the tables `newest` and `measured`.

What is appended is merged; what replaces or displaces other points makes its series and commits be looked at again.
Both give what `recompute` of everything would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from perfwatch.store.connection import Connection
from perfwatch.store.rows import insert, table, using

# A point that was deselected says nothing about its series; one that has only such points was never measured.
MEASURED = "status <> 'skipped'"
# Oldest first: what is off the line before it, by date; the hash makes it one order.
LINE = (
    "line AS (SELECT hash, row_number() OVER (ORDER BY position NULLS FIRST, committed_at NULLS FIRST, hash) AS place "
    "FROM commits)"
)
_OF_SERIES = (
    "SELECT series_id, count(*) FILTER (status = 'ok') AS n, max_by({{'commit': commit_hash, 'value': value}}, place) "
    "AS last, max(place) AS place FROM {points} JOIN line ON hash = commit_hash "
    f"WHERE {MEASURED} {{which}} GROUP BY series_id"
)
_MEASURED_FIELDS = [
    ("machine", pa.string()),
    ("environment", pa.string()),
    ("commit_hash", pa.string()),
    ("n_ok", pa.int32()),
    ("n_failed", pa.int32()),
    ("sources", pa.string()),
]
# machine, environment, commit, points that are ok, points that failed, what they came from.
Place = tuple[str, str, str, int, int, str]


def came_from(source_id: int, digest: str) -> str:
    """Return how `measured.sources` names one file."""
    return f"{source_id}:{digest}"


def source_ids(sources: str) -> list[int]:
    """Return the identifiers of the files that `measured.sources` names."""
    return [int(one.partition(":")[0]) for one in sources.split()]


def append(connection: Connection, rows: pa.Table, places: Iterable[Place]) -> None:
    """Take in measurements that were appended, at places and commits where nothing was before.

    Parameters
    ----------
    rows : of `measurements`; their commits are written.
    places : one a file.
    """
    with using(connection, rows) as name:
        added = _OF_SERIES.format(points=name, which="")
        connection.execute(
            f"CREATE TEMP TABLE added AS WITH {LINE}, added AS ({added}), "
            "had AS (SELECT newest.*, place FROM newest JOIN line ON hash = commit_hash "
            "        WHERE series_id IN (SELECT series_id FROM added)) "
            "SELECT series_id, added.n + coalesce(had.n, 0) AS n, "
            "CASE WHEN had.place > added.place THEN had.commit_hash ELSE last.commit END AS commit_hash, "
            "CASE WHEN had.place > added.place THEN had.value ELSE last.value END AS value "
            "FROM added LEFT JOIN had USING (series_id)"
        )
    connection.execute("DELETE FROM newest WHERE series_id IN (SELECT series_id FROM temp.added)")
    connection.execute("INSERT INTO newest BY NAME SELECT * FROM temp.added")
    connection.execute("DROP TABLE temp.added")
    insert(connection, "measured", table(_MEASURED_FIELDS, places))


def recompute(
    connection: Connection,
    series_ids: Sequence[int] | None = None,
    commits: Sequence[str] | None = None,
) -> None:
    """Look again at the points of some series and commits; None means all of them."""
    ids, hashes = ([] if series_ids is None else [list(series_ids)]), ([] if commits is None else [list(commits)])
    which = "" if series_ids is None else "AND series_id IN (SELECT unnest(?::INTEGER[]))"
    connection.execute(f"DELETE FROM newest WHERE true {which}", ids)
    found = _OF_SERIES.format(points="measurements", which=which)
    connection.execute(
        f"INSERT INTO newest WITH {LINE}, found AS ({found}) SELECT series_id, n, last.commit, last.value FROM found",
        ids,
    )
    which = "" if commits is None else "AND commit_hash IN (SELECT unnest(?::VARCHAR[]))"
    connection.execute(f"DELETE FROM measured WHERE true {which}", hashes)
    connection.execute(
        "INSERT INTO measured SELECT machine, environment, commit_hash, sum(n_ok), sum(n_failed), "
        "coalesce(string_agg(source_id || ':' || digest, ' ' ORDER BY source_id), '') FROM ("
        "SELECT machine, environment, commit_hash, source_id, count(*) FILTER (status = 'ok') AS n_ok, "
        "count(*) FILTER (status = 'failed') AS n_failed FROM measurements JOIN series USING (series_id) "
        f"WHERE true {which} GROUP BY ALL) LEFT JOIN sources USING (source_id) GROUP BY ALL",
        hashes,
    )
