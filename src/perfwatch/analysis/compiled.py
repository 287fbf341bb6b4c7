"""How the hot loops of this room are compiled.

numba keeps what it compiled on disk and looks again at the file a function stands in, but not at the files of the
functions which that one calls. A caller's machine code would outlive an edit, or an upgrade, of what it calls. So the
compiled sources of the room are digested together, and a cache that was made from others is emptied before it is used.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numpy.typing import NDArray

# Whether something of this room is still to be compiled when it is first called: some twenty seconds, once.
_cold = False

_Function = TypeVar("_Function", bound=Callable[..., Any])
_STAMP = "perfwatch-analysis.digest"


def compiled(function: _Function) -> _Function:
    """Return `function` compiled at its first call, kept on disk where a folder for it can be written."""
    # error_model: a scale of zero gives an infinite score, not a ZeroDivisionError from the middle of a batch. nogil:
    # what goes row by row runs on all cores.
    try:
        dispatcher = numba.njit(cache=True, error_model="numpy", nogil=True)(function)
        _of_these_sources(dispatcher.stats.cache_path)
    except (RuntimeError, OSError):
        # No folder is writable, or its files are somebody else's: compile in each process instead.
        _will_compile()
        dispatcher = numba.njit(error_model="numpy", nogil=True)(function)
    return cast(_Function, dispatcher)


# So many rows are worth a thread.
_ROWS_A_THREAD = 64


def on_all_cores(walked: Callable[..., None], *arrays: NDArray[Any]) -> None:
    """Call a compiled function with its share of the rows of all arrays, which it fills in place, on each core."""
    n = len(arrays[0])
    threads = max(1, min(_available_cores(), n // _ROWS_A_THREAD))
    bounds = [n * i // threads for i in range(threads + 1)]
    shares = [[array[low:high] for array in arrays] for low, high in pairwise(bounds)]
    if threads == 1:
        walked(*arrays)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="judge") as pool:
        for done in [pool.submit(walked, *share) for share in shares]:
            done.result()


def _available_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


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
