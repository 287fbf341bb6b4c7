"""The two shapes of an asv result file as one: a row a benchmark, by the column names of version 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from perfwatch.errors import SourceError
from perfwatch.sources.blocks import Statistic

# result_columns of a version 2 file, and the key inside `stats` of a version 1 file.
STATISTICS: Final[tuple[tuple[Statistic, str, str], ...]] = (
    ("lower", "stats_ci_99_a", "ci_99"),
    ("upper", "stats_ci_99_b", "ci_99"),
    ("q25", "stats_q_25", "q_25"),
    ("q75", "stats_q_75", "q_75"),
)


def rows_v2(document: Mapping[str, Any], path: Path) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Yield each benchmark's row of a version 2 file by column name; a text instead says why it cannot be read."""
    columns = document.get("result_columns")
    if not isinstance(columns, list) or "result" not in columns:
        raise SourceError(f"{path}: no list `result_columns` that names `result`; is it an asv result file?")
    for name, row in document["results"].items():
        if not isinstance(row, list) or len(row) > len(columns):
            yield name, f"its row does not fit the {len(columns)} columns"
        else:
            # Trailing nulls are cut when asv writes, so a short row is whole.
            yield name, dict(zip(columns, row, strict=False))


def rows_v1(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Yield each benchmark of a version 1 file as the row it would have in version 2."""

    def of(table: str, name: str) -> Any:
        entries = document.get(table)
        return entries.get(name) if isinstance(entries, dict) else None

    for name, entry in document["results"].items():
        wrapped = isinstance(entry, dict) and "result" in entry
        row: dict[str, Any] = dict(entry) if wrapped else {"result": entry}
        if not isinstance(row["result"], list) and row["result"] is not None:
            row["result"] = [row["result"]]
        stats = row.pop("stats", None)
        stats = [stats] if isinstance(stats, dict) else stats or []
        for at, (_, column, key) in enumerate(STATISTICS):
            row[column] = [_stat_v1(s, key, at) for s in stats] or None
        row["stats_number"] = [_stat_v1(s, "number", 0) for s in stats] or None
        row["version"] = of("benchmark_version", name)
        row["started_at"], row["duration"] = of("started_at", name), of("duration", name)
        row.setdefault("params", [])
        yield name, row


def _stat_v1(stats: Any, key: str, at: int) -> Any:
    if not isinstance(stats, dict):
        return None
    value = stats.get(key)
    return value[at] if key == "ci_99" and isinstance(value, list) and len(value) == 2 else value
