"""`benchmarks.json`: what asv knows about each benchmark beside its results (unit, type, parameter names).

asv keeps only the newest declaration of a benchmark. A result of an older version of it, or of one that is gone, takes
what the name tells by asv's own convention: `time_…` is in seconds, `mem_…` and `peakmem_…` in bytes.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfwatch.errors import SourceError
from perfwatch.sources.document import parse_object

FORMAT_VERSION = 2

# asv's convention for names and the unit each type has when the benchmark declares none.
_KINDS = {"time": "seconds", "timeraw": "seconds", "mem": "bytes", "peakmem": "bytes", "track": "unit"}


@dataclass(frozen=True)
class Declaration:
    """One benchmark as `benchmarks.json` declares it; `version` is asv's hash of its source."""

    name: str
    unit: str
    kind: str
    version: str | None = None
    param_names: tuple[str, ...] = ()
    params: tuple[tuple[str, ...], ...] = ()


def parse_benchmarks(content: bytes, path: Path) -> dict[str, Declaration]:
    """Return the declarations in a `benchmarks.json` by benchmark name.

    Errors
    ------
    SourceError : not JSON, or not a list of benchmarks.
    """
    found = {}
    for name, entry in parse_object(content, path).items():
        if name == "version":
            continue
        if not isinstance(entry, dict):
            raise SourceError(
                f"{path}: the entry {name!r} is no object; run `asv run --bench just-discover` to renew it"
            )
        found[name] = _declaration(name, entry)
    return found


def _declaration(name: str, entry: Mapping[str, Any]) -> Declaration:
    kind = str(entry.get("type") or kind_of(name))
    params = entry.get("params") or []
    version = entry.get("version")
    return Declaration(
        name=name,
        unit=str(entry.get("unit") or _KINDS.get(kind, "")),
        kind=kind,
        version=None if version is None else str(version),
        param_names=tuple(str(n) for n in entry.get("param_names") or ()),
        params=tuple(plain_values(axis) for axis in params if isinstance(axis, list)),
    )


def undeclared(name: str, version: str | None = None) -> Declaration:
    """Return what asv's naming convention tells of a benchmark that no `benchmarks.json` declares.

    The unit of a `track_` benchmark cannot be told from its name: it is empty.
    """
    kind = kind_of(name)
    return Declaration(name=name, unit="" if kind == "track" else _KINDS.get(kind, ""), kind=kind, version=version)


def kind_of(name: str) -> str:
    """Return asv's type of a benchmark by its name (`time`, `track`, …); empty where the name follows no convention."""
    # asv: the function's name decides, or its class's (`TimeSuite.sweep`) where the function's does not.
    for part in reversed(name.split(".")):
        for kind in _KINDS:
            if part.startswith(f"{kind}_") or (part[:1].isupper() and part.lower().startswith(kind)):
                return kind
    return ""


def names_for(declaration: Declaration, n_axes: int) -> tuple[str, ...]:
    """Return `n_axes` parameter names: the declared ones where their number fits, asv's own `param1`, … elsewhere."""
    if len(declaration.param_names) == n_axes and len(set(declaration.param_names)) == n_axes:
        return declaration.param_names
    return tuple(f"param{i + 1}" for i in range(n_axes))


def plain_values(axis: Sequence[Any]) -> tuple[str, ...]:
    """Return parameter values as plain text: asv's `repr()` strings with string quotes taken off.

    Where two values of the axis would then be the same text (`1` and `'1'`) all of them keep their quotes.
    """
    written = tuple(v if isinstance(v, str) else str(v) for v in axis)
    plain = tuple(_unquoted(v) for v in written)
    return plain if len(set(plain)) == len(set(written)) else written


def _unquoted(text: str) -> str:
    if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:
        return text
    inside = text[1:-1]
    if "\\" not in inside and text[0] not in inside:
        return inside  # the usual case; the parser below costs a hundred times as much
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, str) else text
