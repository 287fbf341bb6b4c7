"""The summaries of a store: as it keeps them, and as looking at every point makes them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from perfwatch.store.attach import attach


def looked_at(store: Path) -> tuple[dict[int, Any], dict[tuple[str, str, str], Any]]:
    """Return both tables as slow and obvious code makes them, point by point."""
    with attach(store, read_only=True) as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query).fetchall()

        commits = {h: (p, d) for h, p, d in rows("SELECT hash, position, committed_at FROM commits")}
        series = {i: (m, e) for i, m, e in rows("SELECT series_id, machine, environment FROM series")}
        digest = dict(rows("SELECT source_id, digest FROM sources"))
        points = rows("SELECT series_id, commit_hash, status, value, source_id FROM measurements")

    def age(commit: str) -> tuple[Any, ...]:
        position, at = commits[commit]
        return (position is not None, position or 0, at is not None, at or datetime.min, commit)

    newest: dict[int, Any] = {}
    measured: dict[tuple[str, str, str], Any] = {}
    for series_id, commit, status, value, source in sorted(points, key=lambda p: age(p[1])):
        place = measured.setdefault((*series[series_id], commit), [0, 0, set()])
        place[0] += status == "ok"
        place[1] += status == "failed"
        place[2].add((source, digest[source]))
        if status != "skipped":
            n = newest.get(series_id, (0,))[0] + (status == "ok")
            newest[series_id] = (n, commit, value)
    said = {
        key: (ok, failed, " ".join(f"{i}:{d}" for i, d in sorted(of))) for key, (ok, failed, of) in measured.items()
    }
    return newest, said


def kept(store: Path) -> tuple[dict[int, Any], dict[tuple[str, str, str], Any]]:
    with attach(store, read_only=True) as connection:
        newest = connection.execute("SELECT series_id, n, commit_hash, value FROM newest").fetchall()
        measured = connection.execute("FROM measured").fetchall()
    assert len({row[0] for row in newest}) == len(newest)
    assert len({row[:3] for row in measured}) == len(measured)
    return {row[0]: row[1:] for row in newest}, {row[:3]: row[3:] for row in measured}
