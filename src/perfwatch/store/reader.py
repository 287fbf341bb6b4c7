"""The only reader: questions to the published snapshot, opened read-only, so that it never meets the writer.

One method a question. Where two records tell apart what SQL's NULL does not, the status does: failed, skipped, ok.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb
import numpy as np

from perfwatch.errors import StoreError, UsageError
from perfwatch.store import archive
from perfwatch.store.around import AroundReader
from perfwatch.store.attach import CATALOGUE, DAMAGE, first_line, interruptible
from perfwatch.store.connection import Connection
from perfwatch.store.coverage import CoverageReader
from perfwatch.store.finding import FindingReader
from perfwatch.store.home import home_of
from perfwatch.store.judged import JudgedReader
from perfwatch.store.location import AnyLocation
from perfwatch.store.measured import MeasuredReader
from perfwatch.store.suite import SuiteReader

if TYPE_CHECKING:
    import pandas as pd

_BATCH_ROWS = 250_000


class Reader(MeasuredReader, JudgedReader, SuiteReader, FindingReader, CoverageReader, AroundReader):
    """Reads one store as it was last published; a context manager.

    From its first question on it keeps to one snapshot, whatever is published meanwhile; `version` tells that there is
    a newer one. Methods may be called from several threads.

    Errors
    ------
    NothingToCompareError : there is no store, or nothing has been loaded into it yet.
    StoreError : no perfwatch store, one of a newer program, or a damaged one.
    """

    def __init__(self, location: AnyLocation) -> None:
        self._location, self._home = location, home_of(location)
        self._open_connection: Connection | None = None
        self._opening = threading.Lock()
        self._home.version()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the snapshot."""
        if self._open_connection is not None:
            self._open_connection.close()
            self._open_connection = None

    @property
    def version(self) -> str:
        """The name of the newest published snapshot: another one whenever new data has landed; costs a small read."""
        return self._home.version()

    def sql(self, query: str) -> pd.DataFrame:
        """Return the answer to one SQL query; tables are named as in the schema, times are UTC.

        Errors
        ------
        UsageError : not SQL, more than one statement, or one that does anything but read the store.
        """
        reads = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
        try:
            statements = self._connection().extract_statements(query)
            if len(statements) != 1 or statements[0].type not in reads:
                raise UsageError("sql: not one query that reads; the store is only written by `perfwatch ingest`")
            with interruptible():
                return self._cursor().execute(statements[0]).df()
        except duckdb.Error as error:
            raise UsageError(
                f"sql: {first_line(str(error))}; `SHOW TABLES` and `DESCRIBE series` tell the names"
            ) from error

    def export(self, folder: Path, form: archive.Format) -> dict[str, int]:
        """Write every table of the published snapshot into `folder`; return how many rows each has.

        Errors
        ------
        UsageError : the folder holds something, or cannot be written.
        """
        # A connection of its own: that of the questions sees no files.
        connection = self._home.open_to_read()
        try:
            with self._asking():
                return archive.write(connection, folder, form)
        finally:
            connection.close()

    def _rows(self, query: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self._asking():
            return self._cursor().execute(query, bound or {}).fetchall()

    def _frame(self, query: str, bound: dict[str, Any] | None = None) -> pd.DataFrame:
        with self._asking():
            return self._cursor().execute(query, bound or {}).df()

    def _batches(self, query: str, bound: dict[str, Any]) -> Iterator[dict[str, np.ndarray[Any, Any]]]:
        with self._asking():
            # Streamed, since all rows at once would take several times the room of what is made of them.
            for batch in self._cursor().execute(query, bound).to_arrow_reader(_BATCH_ROWS):
                columns = zip(batch.schema.names, batch.columns, strict=True)
                yield {name: column.to_numpy(zero_copy_only=False) for name, column in columns}

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with interruptible():
                yield
        except DAMAGE as error:
            reason = first_line(str(error))
            raise StoreError(
                f"{self._location}: cannot be read ({reason}); run `perfwatch ingest` to publish anew"
            ) from error

    def _cursor(self) -> Connection:
        # A cursor of one's own, so that threads do not share one; it does not inherit the default catalogue.
        cursor = self._connection().cursor()
        cursor.execute(f"USE {CATALOGUE}")
        return cursor

    def _connection(self) -> Connection:
        with self._opening:
            if self._open_connection is None:
                self._open_connection = self._home.open_to_question()
            return self._open_connection
