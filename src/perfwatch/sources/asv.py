"""An asv results tree: `<results>/benchmarks.json`, `<results>/<machine>/machine.json`, `<results>/<machine>/*.json`.

Nothing is ever written into it. Files are found by name and told apart by place; folders may be nested, as asv allows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from perfwatch.errors import UsageError
from perfwatch.model import Machine
from perfwatch.sources.asv_benchmarks import Declaration, parse_benchmarks
from perfwatch.sources.asv_results import parse_results, read_results_file
from perfwatch.sources.blocks import Block, ResultFile
from perfwatch.sources.document import parse_object

__all__ = [
    "Block",
    "Declaration",
    "FoundFile",
    "ResultFile",
    "discover",
    "parse_benchmarks",
    "parse_machine",
    "parse_results",
    "read_results_file",
    "scan",
]

Kind = Literal["asv-benchmarks", "asv-machine", "asv-results", "run", "report"]


@dataclass(frozen=True)
class FoundFile:
    """A file and the state it was seen in; two states with the same numbers are taken for the same content."""

    path: Path
    kind: Kind
    size_bytes: int
    mtime_ns: int
    inode: int


def discover(root: Path) -> list[FoundFile]:
    """Return the files of the results tree at `root`, declarations and machines before results, else by path.

    Errors
    ------
    UsageError : `root` does not exist, or is not a folder.
    """
    if not root.exists():
        raise UsageError(f"{root}: no such results folder; measure with `perfwatch run`, or name asv's results_dir")
    if not root.is_dir():
        raise UsageError(f"{root}: is a file, not a results folder; name asv's results_dir")
    order: dict[Kind, int] = {"asv-benchmarks": 0, "asv-machine": 1}
    found = [
        FoundFile(f.path, _kind(f.path, root), f.size_bytes, f.mtime_ns, f.inode) for f in scan(root, "asv-results")
    ]
    return sorted(found, key=lambda f: (order.get(f.kind, 2), f.path))


def _kind(path: Path, root: Path) -> Kind:
    if path.name == "machine.json":
        return "asv-machine"
    return "asv-benchmarks" if path.name == "benchmarks.json" and path.parent == root else "asv-results"


def scan(root: Path, kind: Kind) -> Iterator[FoundFile]:
    """Yield every `*.json` below `root` but hidden ones, in no order; nothing where `root` does not exist."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [s for s in subfolders if not s.startswith(".")]
        for name in names:
            if name.startswith(".") or not name.endswith(".json"):
                continue
            path = Path(folder, name)
            try:
                state = path.stat()
            except OSError:
                # Gone since the folder was listed, or a link to nowhere: kept, so that reading it says what is wrong.
                yield FoundFile(path, kind, 0, 0, 0)
                continue
            yield FoundFile(path, kind, state.st_size, state.st_mtime_ns, state.st_ino)


def parse_machine(content: bytes, path: Path) -> Machine:
    """Return the machine a `machine.json` describes: its name (else the folder's) and all other facts."""
    facts = parse_object(content, path)
    name = facts.pop("machine", None)
    facts.pop("version", None)
    return Machine(str(name) if name else path.parent.name, facts)
