"""Read → keep, again and again: files are loaded as they appear."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from perfwatch.config import Config
from perfwatch.errors import StoreError
from perfwatch.pipeline.ingesting import ingest
from perfwatch.store.writer import IngestReport

# What a writer of several files leaves between two of them: they are loaded together.
_TOGETHER_MS = 300


def watch(
    config: Config,
    paths: Sequence[Path],
    told: Callable[[IngestReport | StoreError], None],
    stop: threading.Event,
    *,
    repo: Path | None = None,
    every_s: float = 5.0,
    then: Callable[[], None] = lambda: None,
) -> None:
    """Load what lies at `paths`, then whatever changes there, until `stop` is set.

    Parameters
    ----------
    paths : results trees of asv; the project's own where there is none.
    told : called with each report that has something to tell, and with what kept the store from being written: the
        next round tries again.
    repo : as `ingest`'s.
    every_s : how often to look without being told of a change: not every file system tells.
    then : called after the first look and after each load that brought something, for example to publish.

    Errors
    ------
    UsageError : a path that is none, at the first look.
    """
    from watchfiles import watch as changes

    folders = [path.absolute() for path in paths] or [config.results_dir]
    told(ingest(config, paths, repo=repo))
    _again(then, told)
    for _ in changes(
        *folders,
        watch_filter=lambda change, path: path.endswith(".json"),
        debounce=_TOGETHER_MS,
        stop_event=stop,
        rust_timeout=int(1000 * every_s),
        yield_on_timeout=True,
    ):
        if stop.is_set():
            return
        try:
            report = ingest(config, paths, repo=repo)
        except StoreError as error:
            told(error)
            continue
        if report.loaded or report.unreadable:
            told(report)
        if report.loaded:
            _again(then, told)


def _again(then: Callable[[], None], told: Callable[[IngestReport | StoreError], None]) -> None:
    try:
        then()
    except StoreError as error:
        told(error)
