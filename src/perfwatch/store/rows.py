"""Rows into tables: Arrow in, one statement, so that ten rows and a million go the same way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from perfwatch.store.connection import Connection

_NAME = "incoming"


def insert(connection: Connection, name: str, rows: pa.Table) -> None:
    """Append an Arrow table to a table, column by name."""
    if rows.num_rows:
        with using(connection, rows) as incoming:
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM {incoming}")


@contextlib.contextmanager
def using(connection: Connection, rows: pa.Table) -> Iterator[str]:
    """Make an Arrow table known to a connection's statements, under the name this yields."""
    connection.register(_NAME, rows)
    try:
        yield _NAME
    finally:
        connection.unregister(_NAME)


def table(fields: Sequence[tuple[str, pa.DataType]], rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Return rows as an Arrow table with the named and typed columns."""
    columns = list(zip(*rows, strict=True)) or [()] * len(fields)
    schema = pa.schema([pa.field(name, kind) for name, kind in fields])
    return pa.table([pa.array(list(c), kind) for c, (_, kind) in zip(columns, fields, strict=True)], schema=schema)


def naive(moment: datetime | None) -> datetime | None:
    """Return a moment as the store keeps it: UTC without saying so."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def aware(moment: datetime | None) -> datetime | None:
    """Return a moment of the store as UTC that says so."""
    return None if moment is None else moment.replace(tzinfo=UTC)
