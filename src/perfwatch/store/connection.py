"""What the statements of a store are run by: DuckDB's own connection, or one whose statements a server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import duckdb

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Connection(Protocol):
    """The part of `duckdb.DuckDBPyConnection` that statements of a store use; each method is as there."""

    def execute(self, query: Any, parameters: Any = None) -> Connection:
        """Run a statement; its answer is what the methods below give."""

    def fetchall(self) -> list[Any]:
        """Return all rows of the answer."""

    def fetchone(self) -> Any:
        """Return the next row of the answer, None after the last."""

    def df(self) -> pd.DataFrame:
        """Return the answer as a frame."""

    def to_arrow_reader(self, batch_size: int = ...) -> pa.RecordBatchReader:
        """Return the answer as Arrow, `batch_size` rows at a time."""

    def extract_statements(self, query: str) -> list[duckdb.Statement]:
        """Return the statements of a text."""

    def register(self, view_name: str, python_object: object) -> Connection:
        """Make an Arrow table known to statements under a name."""

    def unregister(self, view_name: str) -> Connection:
        """Forget a name that was registered."""

    def cursor(self) -> Connection:
        """Return another connection to the same state."""

    def close(self) -> None:
        """Let go of it."""
