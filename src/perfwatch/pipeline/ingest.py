"""Read → keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from perfwatch.config import Config
from perfwatch.pipeline.line import git_commits
from perfwatch.store.location import parse
from perfwatch.store.writer import IngestReport, Writer


def ingest(
    config: Config,
    results_dir: Path | None = None,
    *,
    verify: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> IngestReport:
    """Load a results tree and the run records beside it into the store; return what was loaded and what was not.

    Parameters
    ----------
    results_dir : the tree, the project's own by default.
    verify : digest every file instead of trusting size and time.
    progress : called with (files done, files in all, path).
    """
    results = results_dir or config.results_dir
    runs = config.runs_dir if results_dir is None else results.parent / "runs"
    with Writer(parse(config.store)) as writer:
        return writer.load(results, runs, git_commits(config.root), verify=verify, progress=progress)
