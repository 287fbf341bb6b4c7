"""How the hot loops of this room are compiled.

numba keeps what it compiled on disk and looks again at the file a function stands in, but not at the files of the
functions which that one calls. A caller's machine code would outlive an edit, or an upgrade, of what it calls. So the
compiled sources of the room are digested together, and a cache that was made from others is emptied before it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

# Whether something of this room is still to be compiled when it is first called: some twenty seconds, once.
_cold = False

_Function = TypeVar("_Function", bound=Callable[..., Any])
_STAMP = "perfwatch-analysis.digest"


def compiled(function: _Function) -> _Function:
    """Return `function` compiled at its first call, kept on disk where a folder for it can be written."""
    # error_model: a scale of zero gives an infinite score, not a ZeroDivisionError from the middle of a batch.
    try:
        dispatcher = numba.njit(cache=True, error_model="numpy")(function)
        _of_these_sources(dispatcher.stats.cache_path)
    except (RuntimeError, OSError):
        # No folder is writable, or its files are somebody else's: compile in each process instead.
        _will_compile()
        dispatcher = numba.njit(error_model="numpy")(function)
    return cast(_Function, dispatcher)


def is_cold() -> bool:
    """Return whether the first call of what is imported by now will compile it, which takes some twenty seconds."""
    return _cold


def _will_compile() -> None:
    global _cold
    _cold = True


@cache
def _of_these_sources(folder: str) -> None:
    """Take out of a cache folder what was compiled from other sources of this room than there are now."""
    sources, digest = _sources()
    stamp = Path(folder) / _STAMP
    if stamp.is_file() and stamp.read_text() == digest:
        return
    stems = {source.stem for source in sources}
    for index in Path(folder).glob("*.nbi"):
        if index.name.split(".")[0] in stems:
            index.unlink(missing_ok=True)
    stamp.write_text(digest)
    _will_compile()


@cache
def _sources() -> tuple[list[Path], str]:
    """Return the files of this room that hold compiled functions, and their digest."""
    told = {path: path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))}
    sources = [path for path, content in told.items() if b"\n@compiled\n" in content]
    return sources, hashlib.sha256(b"\0".join(told[path] for path in sources)).hexdigest()
