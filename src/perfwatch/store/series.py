"""Series identifiers, given out by the only writer from a dictionary that mirrors the table `series`.

The parameter sets of a benchmark are the same in thousands of files, so the identifiers of a whole block are looked up
at once; only a block never seen spells out its parameter sets.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson
import pyarrow as pa

from perfwatch.sources.asv import Block, Declaration
from perfwatch.sources.asv_benchmarks import names_for, undeclared
from perfwatch.sources.blocks import Shape
from perfwatch.store.connection import Connection
from perfwatch.store.rows import insert, table

_FIELDS = [
    ("series_id", pa.int32()),
    ("benchmark", pa.string()),
    ("version", pa.string()),
    ("params", pa.string()),
    ("machine", pa.string()),
    ("environment", pa.string()),
    ("unit", pa.string()),
    ("kind", pa.string()),
]


@dataclass(frozen=True)
class Identity:
    """What makes two measurements one series; `params` is the JSON text the store keeps."""

    benchmark: str
    version: str | None
    params: str
    machine: str
    environment: str
    unit: str
    kind: str


class SeriesIds:
    """The dictionary from identity to identifier, and the series that are not in the table yet."""

    def __init__(self, connection: Connection) -> None:
        columns = ", ".join(name for name, _ in _FIELDS)
        self._ids = {
            Identity(*row[1:]): row[0] for row in connection.execute(f"SELECT {columns} FROM series").fetchall()
        }
        self._next = max(self._ids.values(), default=0) + 1
        self._blocks: dict[tuple[Shape, str, str], array[int]] = {}
        self._pending: list[Identity] = []

    def of_block(self, block: Block, machine: str, environment: str) -> array[int]:
        """Return the identifier of each parameter set of a block, int32 (n,)."""
        found = self._blocks.get((block.shape, machine, environment))
        if found is None:
            declared = block.shape.declaration
            identities = (
                Identity(
                    declared.name,
                    declared.version,
                    orjson.dumps(params).decode(),
                    machine,
                    environment,
                    declared.unit,
                    declared.kind,
                )
                for params in block.shape.params()
            )
            found = self._blocks[block.shape, machine, environment] = array("i", [self._id(i) for i in identities])
        return found

    def _id(self, identity: Identity) -> int:
        found = self._ids.get(identity)
        if found is None:
            found = self._ids[identity] = self._next
            self._next += 1
            self._pending.append(identity)
        return found

    def write(self, connection: Connection) -> None:
        """Append the series that are new since the last call to the table."""
        insert(connection, "series", table(_FIELDS, [(self._ids[i], *vars(i).values()) for i in self._pending]))
        self._pending = []

    def declarations(self) -> dict[str, Declaration]:
        """Return what the store itself knows of each benchmark, for results whose `benchmarks.json` does not tell."""
        found = {}
        for identity in self._ids:
            names = tuple(name for name, _ in orjson.loads(identity.params))
            declared = Declaration(identity.benchmark, identity.unit, identity.kind, identity.version, names)
            found[identity.benchmark] = declared
        return found

    def relabel(self, connection: Connection, declarations: Mapping[str, Declaration]) -> int:
        """Give series that were told by their name only what `benchmarks.json` has come to say; return how many.

        Only the same version of the benchmark, and only what was not known: a unit that was declared when a file was
        loaded is what its numbers are in, whatever a later declaration says.
        """
        changed = 0
        for old, series_id in list(self._ids.items()):
            declared = declarations.get(old.benchmark)
            if declared is None or declared.version != old.version:
                continue
            new = _declared_as(old, declared)
            if new == old:
                continue
            del self._ids[old]
            known = self._ids.setdefault(new, series_id)
            if known == series_id:
                sets = "UPDATE series SET params = ?, unit = ?, kind = ? WHERE series_id = ?"
                connection.execute(sets, [new.params, new.unit, new.kind, series_id])
            else:
                # Both exist, from two trees of which one had its declarations: one of them keeps what both measured.
                twice = "commit_hash IN (SELECT commit_hash FROM measurements WHERE series_id = ?)"
                connection.execute(f"DELETE FROM measurements WHERE series_id = ? AND {twice}", [series_id, known])
                connection.execute("UPDATE measurements SET series_id = ? WHERE series_id = ?", [known, series_id])
                connection.execute("DELETE FROM series WHERE series_id = ?", [series_id])
            changed += 1
        if changed:
            self._blocks.clear()
        return changed


def _declared_as(old: Identity, declared: Declaration) -> Identity:
    guess = undeclared(old.benchmark)
    pairs = orjson.loads(old.params)
    if tuple(name for name, _ in pairs) == names_for(guess, len(pairs)):
        pairs = [[name, value] for name, (_, value) in zip(names_for(declared, len(pairs)), pairs, strict=True)]
    return replace(
        old, params=orjson.dumps(pairs).decode(), unit=old.unit or declared.unit, kind=old.kind or declared.kind
    )
