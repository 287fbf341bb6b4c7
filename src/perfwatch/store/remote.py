"""A connection whose statements a Quack server runs, in one session of it: transactions, temporary tables and all.

Quack's own catalogue knows no DELETE, no UPDATE and no ALTER, and its transactions roll nothing back (DuckDB 1.5.5), so
statements go as text through its `query` function, and Arrow tables through its INSERT into a temporary table.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from perfwatch.errors import StoreError
from perfwatch.store.attach import CATALOGUE, first_line, quoted
from perfwatch.store.extensions import loaded

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# The server has let go of the session, does not answer, or does not know the token.
_UNREACHABLE = ("Failed to send message", "Could not connect", "Invalid connection id", "Authentication failed")


class RemoteConnection:
    """See `connection.Connection`; cursors share the session, and so the state they see. Threads take turns.

    Parameters
    ----------
    local : a connection of this process that has the server attached.
    session : the name it is attached under.
    address : what errors call the server.
    """

    def __init__(
        self, local: duckdb.DuckDBPyConnection, session: str, address: str, turn: threading.RLock | None = None
    ) -> None:
        self._local, self._session, self._address = local, session, address
        # One session has one answer at a time, which is taken over whole before the next statement.
        self._turn = threading.RLock() if turn is None else turn

    @classmethod
    def to(cls, uri: str, address: str, token: str, *, tls: bool) -> RemoteConnection:
        """Return a new session of a server, with the store as its default catalogue.

        Errors
        ------
        StoreError : nobody answers, the token is a wrong one, or there is something else than a store.
        """
        local, session = loaded("httpfs", "quack").cursor(), f"session_{uuid.uuid4().hex}"
        try:
            if authorities := os.environ.get("SSL_CERT_FILE"):
                local.execute(f"SET ca_cert_file = {_text(authorities)}")
            options = f"TOKEN {_text(token)}, DISABLE_SSL {str(not tls).lower()}"
            local.execute(f"ATTACH {_text(uri)} AS {session} ({options})")
        except duckdb.Error as error:
            local.close()
            # DuckDB may show the statement, and with it the token.
            raise unreachable(address, error) from None
        remote = cls(local, session, address)
        try:
            remote.execute(f"USE {CATALOGUE}")
        except duckdb.Error as error:
            remote.close()
            raise StoreError(f"{address}: serves no perfwatch store ({first_line(str(error))})") from error
        except BaseException:
            remote.close()
            raise
        return remote

    def execute(
        self, query: duckdb.Statement | str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> Self:
        text = query if isinstance(query, str) else query.query
        is_question = self._local.extract_statements(text)[-1].type == duckdb.StatementType.SELECT
        with self._turn, self._saying():
            if not is_question:
                self._local.execute(f"FROM {self._session}.query(?)", [bound(text, parameters)])
                return self
            into = f"CREATE OR REPLACE TEMP TABLE answer AS FROM {self._session}.query(?)"
            self._local.execute(into, [bound(text, parameters)])
            self._local.execute("FROM temp.answer")
        return self

    def fetchall(self) -> list[Any]:
        return self._local.fetchall()

    def fetchone(self) -> Any:
        return self._local.fetchone()

    def df(self) -> pd.DataFrame:
        return self._local.df()

    def to_arrow_reader(self, batch_size: int = 1_000_000) -> pa.RecordBatchReader:
        return self._local.to_arrow_reader(batch_size)

    def extract_statements(self, query: str) -> list[duckdb.Statement]:
        return self._local.extract_statements(query)

    def register(self, view_name: str, python_object: object) -> Self:
        with self._turn, self._saying():
            self._local.register("registered", python_object)
            try:
                columns = ", ".join(
                    f'"{name}" {kind}' for name, kind, *_ in self._local.execute("DESCRIBE FROM registered").fetchall()
                )
                self.execute(f"CREATE OR REPLACE TEMP TABLE {view_name} ({columns})")
                self._insert(view_name, "FROM registered")
            finally:
                self._local.unregister("registered")
        return self

    def unregister(self, view_name: str) -> Self:
        # What made the server let go of the session, or of its transaction, took the table with it.
        with contextlib.suppress(StoreError, duckdb.Error):
            self.execute(f"DROP TABLE IF EXISTS temp.{view_name}")
        return self

    def copy_out(self, query: str, path: Path, how: str) -> None:
        """Write the answer to a query into a file of this machine; `how` as COPY has it."""
        with self._turn, self._saying():
            self._local.execute(f"COPY (FROM {self._session}.query({_text(query)})) TO {quoted(path)} ({how})")

    def copy_in(self, name: str, columns: str, path: Path, how: str) -> None:
        """Append a file of this machine, which has `columns`, to a table; `how` as COPY has it."""
        with self._turn, self._saying():
            self._local.execute(
                f"CREATE OR REPLACE TEMP TABLE incoming AS FROM {self._session}.query(?)", [f"FROM {name} LIMIT 0"]
            )
            self._local.execute(f"COPY temp.incoming ({columns}) FROM {quoted(path)} ({how})")
            self._insert(name, "FROM temp.incoming")
            self._local.execute("DROP TABLE temp.incoming")

    def cursor(self) -> RemoteConnection:
        return RemoteConnection(self._local.cursor(), self._session, self._address, self._turn)

    def close(self) -> None:
        """Let go of the session and its cursors: the server ends it, and what was not committed is not kept."""
        with contextlib.suppress(duckdb.Error):
            self._local.execute(f"DETACH {self._session}")
        self._local.close()

    def _insert(self, name: str, rows: str) -> None:
        # Quack asks once what tables there are, and remembers.
        self._local.execute("FROM quack_clear_cache()").fetchall()
        self._local.execute(f"INSERT INTO {self._session}.{name} {rows}")

    @contextlib.contextmanager
    def _saying(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            if any(text in str(error) for text in _UNREACHABLE):
                # Its pool of HTTP connections leads to a server that is no more, though another may listen there.
                loaded.cache_clear()
                raise unreachable(self._address, error) from error
            raise


def unreachable(address: str, error: duckdb.Error) -> StoreError:
    """Return what to say of a server that does not answer, refuses, or has let go of a session."""
    text = str(error)
    if "Authentication failed" in text:
        return StoreError(f"{address}: refuses the token; give the one of `perfwatch serve` in PERFWATCH_TOKEN")
    if "Invalid connection id" in text:
        return StoreError(f"{address}: the server has let go of this session; run the command again")
    return StoreError(f"{address}: does not answer ({first_line(text)}); does `perfwatch serve` run there?")


def bound(query: str, parameters: Sequence[Any] | Mapping[str, Any] | None) -> str:
    """Return a text that runs a statement with its parameters, which the `query` function has none of."""
    if not parameters:
        return query
    if isinstance(parameters, Mapping):
        given = ", ".join(f"{name} := {literal(value)}" for name, value in parameters.items())
    else:
        given = ", ".join(literal(value) for value in parameters)
    return f"PREPARE shipped AS {query}; EXECUTE shipped({given})"


def literal(value: Any) -> str:
    """Return a value as SQL has it, to the last bit."""
    if isinstance(value, float):
        # Bare digits would be a DECIMAL.
        return f"'{value!r}'::DOUBLE" if math.isfinite(value) else f"'{value}'::DOUBLE"
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(each) for each in value)}]"
    return str(duckdb.ConstantExpression(value))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
