"""Work done ahead, in order, by one thread: files are read and parsed while the database writes those before them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from perfwatch.errors import SourceError
from perfwatch.sources import asv
from perfwatch.sources.asv import Declaration, FoundFile, ResultFile
from perfwatch.sources.document import read_bytes

# So many bytes of files wait at most, read: some five times as much in memory. While the database writes a batch, which
# takes a third of a second, a thousand small files are read.
MOST_BYTES = 32 << 20

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def ahead(
    work: Callable[[_Item], _Result],
    items: Iterable[_Item],
    size_of: Callable[[_Item], int],
    most: int = MOST_BYTES,
) -> Iterator[_Result]:
    """Yield `work(item)` of each item in order, as many of them worked on before they are asked for as `most` allows.

    What `work` raises is raised where its result would have come; what was begun by then is finished and forgotten.

    Parameters
    ----------
    items : in their order.
    size_of : how much of `most` an item takes; one is always worked on, however large.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
    try:
        waiting, begun = deque(items), 0
        pending: deque[tuple[int, Future[_Result]]] = deque()
        while waiting or pending:
            while waiting and (not pending or begun + size_of(waiting[0]) <= most):
                item = waiting.popleft()
                pending.append((size_of(item), pool.submit(work, item)))
                begun += pending[-1][0]
            size, done = pending.popleft()
            begun -= size
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Read:
    """A result file as it was read: its digest, None where it could not be, and what it holds or what is wrong."""

    digest: str | None
    results: ResultFile | SourceError


def read(file: FoundFile, declared: Mapping[str, Declaration]) -> Read:
    """Return what a result file holds; an error is kept, to be told when it is the file's turn."""
    digest = None
    try:
        content = read_bytes(file.path)
        digest = sha256(content).hexdigest()
        return Read(digest, asv.parse_results(content, file.path, declared))
    except SourceError as error:
        return Read(digest, error)
