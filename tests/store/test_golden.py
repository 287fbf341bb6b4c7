"""A store of every earlier schema, as the program of its time wrote it, opens, is kept as it was, and migrates.

`golden/schema_N.duckdb.gz`: four commits of a project at /project, loaded, checked, and the newest one's fingerprint
accepted. A new schema adds the store of the one before it.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from summed import kept, looked_at

from perfwatch.store import migrations
from perfwatch.store.attach import attach
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

GOLDEN = Path(__file__).parent / "golden"
EARLIER = range(1, migrations.newest())
golden = pytest.mark.parametrize("schema", EARLIER)


def unpacked(folder: Path, schema: int) -> Path:
    path = folder / "perfwatch.duckdb"
    path.write_bytes(gzip.decompress((GOLDEN / f"schema_{schema}.duckdb.gz").read_bytes()))
    return path


def rows(path: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Return each table's columns and rows, as text, where NaN is itself."""
    with attach(path, read_only=True) as connection:
        names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        found = {}
        for name in names:
            columns = [row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
            found[name] = (columns, sorted(map(repr, connection.execute(f"FROM {name}").fetchall())))
    return found


def load_nothing(path: Path, folder: Path) -> None:
    """Open the store as an ingest does, without results of its own."""
    (folder / "results").mkdir(exist_ok=True)
    with Writer(parse(path)) as writer:
        writer.load(folder / "results")


@golden
def test_its_rows_stay_and_what_is_new_is_made_of_them(tmp_path: Path, schema: int) -> None:
    path = unpacked(tmp_path, schema)
    with attach(path, read_only=True) as connection:
        assert migrations.version(connection) == schema
    before = rows(path)
    load_nothing(path, tmp_path)
    with attach(path, read_only=True) as connection:
        assert migrations.version(connection) == migrations.newest()
        for name, (columns, of_then) in before.items():
            # What waited to be told is told by another table from schema 6 on; see test_outbox.py.
            if name not in ("schema_version", "deliveries"):
                now = connection.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall()
                assert sorted(map(repr, now)) == of_then, name
    assert kept(path) == looked_at(path)
    with Reader(parse(path)) as reader:
        [number] = [i for i, key in reader.series("sort.time_sort") if key.param("n") == "1"]
        assert reader.history([number])["value"].tolist() == [1e-3 * (1 + i / 1000) for i in range(4)]
        assert [word.reason for word in reader.acceptances()] == ["because"]
        assert {row.key.benchmark: row.n for row in reader.newest("box", "py")}["word.track_word"] == 2


@golden
def test_it_is_kept_as_it_was(tmp_path: Path, schema: int) -> None:
    path = unpacked(tmp_path, schema)
    before = rows(path)
    load_nothing(path, tmp_path)
    backup = tmp_path / "perfwatch.duckdb.d" / f"schema-{schema}.duckdb"
    assert rows(backup) == before
    load_nothing(path, tmp_path)
    assert len(list(backup.parent.glob("schema-*"))) == 1


@golden
def test_the_migrated_schema_is_that_of_a_new_store(tmp_path: Path, schema: int) -> None:
    def columns(path: Path) -> list[tuple[Any, ...]]:
        with attach(path, read_only=True) as connection:
            return connection.execute(
                "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
                "WHERE database_name = 'store' ORDER BY ALL"
            ).fetchall()

    path = unpacked(tmp_path, schema)
    load_nothing(path, tmp_path)
    load_nothing(tmp_path / "new.duckdb", tmp_path)
    assert columns(path) == columns(tmp_path / "new.duckdb")


def test_a_killed_backup_is_made_again(tmp_path: Path) -> None:
    path = unpacked(tmp_path, 1)
    (tmp_path / "perfwatch.duckdb.d").mkdir()
    (tmp_path / "perfwatch.duckdb.d" / "schema-1.tmp").write_bytes(b"half")
    before = rows(path)
    load_nothing(path, tmp_path)
    assert rows(tmp_path / "perfwatch.duckdb.d" / "schema-1.duckdb") == before


def test_every_schema_has_its_golden_store() -> None:
    assert sorted(p.name for p in GOLDEN.iterdir()) == [f"schema_{n}.duckdb.gz" for n in EARLIER]
