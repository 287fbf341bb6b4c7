"""Digests of what is executed of this package: the engine, numba's machine code, the Python around them.

Two commits whose digests are all equal run the same code, whatever their sources say: a difference of their timings is
the host's. `python -m perfwatch.backtest.artefacts` prints them as JSON, for `perfwatch run` to keep.

- engine: the executable's and the extension's bytes. The build leaves no path in them (one codegen unit, paths relative
  to the workspace), so that two folders give the same file; a comment that moves a line may change the line number in a
  panic's message, and then says "changed" where nothing is: the careful side.
- numba: instructions and constants of the compiled kernels, compiled anew. Labels and mangled names, which count what
  the process compiled before, are replaced by the order they come in.
- python: the syntax trees of `perfwatch.backtest`, without docstrings and line numbers.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from perfwatch.errors import EngineError

PACKAGE = Path(__file__).resolve().parent

# What of an assembly line names a place and not an operation: labels, mangled symbols, numba's own.
_NAMES = re.compile(
    r"\.const\.pickle[\w$.]+|\.L[\w$.]+|\b_Z[\w$.]+|\b(?:numba|NRT|cfunc|cpython)[\w$.]*|\b_[\w$]*\$[\w$.]+"
)
# Data that the instructions read; any other directive is about linking or debugging.
_DATA = (".quad", ".long", ".short", ".byte", ".zero", ".octa")


def digests() -> dict[str, str]:
    """Return artefact → SHA-256, for each artefact that can be read here."""
    found = {"python": python(), "numba": machine_code()}
    built = engine()
    if built is not None:
        found["engine"] = built
    return found


def engine() -> str | None:
    """Return the digest of the engine's executable and extension; None where there is no engine."""
    from perfwatch.backtest.engine import find

    digest = hashlib.sha256()
    try:
        files = [Path(find()), *sorted(PACKAGE.parent.glob("_engine*.so"))]
        for file in files:
            digest.update(file.read_bytes())
    except (EngineError, OSError):
        return None
    return digest.hexdigest()


def machine_code() -> str:
    """Return the digest of what numba makes of the kernel on this machine; costs a compilation."""
    import numba

    # What comes from numba's cache on disk has no assembly to show, so this process compiles into an empty one.
    with tempfile.TemporaryDirectory() as empty:
        numba.config.CACHE_DIR = empty  # type: ignore[attr-defined]
        from perfwatch.backtest import numba_blocked, numba_certified, numba_kernel, numba_prefix

        digest = hashlib.sha256()
        for module in (numba_blocked, numba_certified, numba_kernel, numba_prefix):
            module.sweep([100.0, 101.0, 99.0], [[1, 1, 1, 1, 1, 1]])
            for name, compiled in sorted(vars(module).items()):
                if isinstance(compiled, numba.core.registry.CPUDispatcher):
                    for signature, assembly in sorted(compiled.inspect_asm().items(), key=lambda item: str(item[0])):
                        digest.update(f"{module.__name__}.{name}{signature}\n".encode())
                        digest.update("\n".join(normalised(assembly)).encode())
    return digest.hexdigest()


def normalised(assembly: str) -> Iterator[str]:
    """Yield the instructions and constants of an assembly text, with names replaced by the order they come in."""
    order: dict[str, str] = {}
    # What an exception would say is kept pickled among the constants, the path of the source file with it.
    in_message = False
    for line in assembly.splitlines():
        text = line.split("#", 1)[0].strip()
        if text.endswith(":"):
            in_message = text.startswith(".const.pickle")
        if in_message:
            continue
        if not text or (text.startswith(".") and not text.startswith(_DATA) and not text.endswith(":")):
            continue
        yield _NAMES.sub(lambda found: order.setdefault(found.group(), f"@{len(order)}"), text)


def python(package: Path = PACKAGE) -> str:
    """Return the digest of a package's syntax trees, without docstrings; comments and line numbers do not count."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                _without_docstring(node)
        digest.update(f"{path.relative_to(package).as_posix()}\0{ast.dump(tree)}\0".encode())
    return digest.hexdigest()


def _without_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]


if __name__ == "__main__":
    os.environ.pop("NUMBA_CACHE_DIR", None)
    json.dump(digests(), sys.stdout)
