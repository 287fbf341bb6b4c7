"""Read → keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from perfwatch.config import Config
from perfwatch.model import Commit, Ref
from perfwatch.pipeline.line import git_commits, git_refs
from perfwatch.sources import git, reports
from perfwatch.sources.formats import Origin
from perfwatch.store.location import parse
from perfwatch.store.writer import IngestReport, Writer

Progress = Callable[[int, int, str], None]


def ingest(
    config: Config,
    paths: Sequence[Path] = (),
    *,
    format_name: str | None = None,
    commit: str | None = None,
    machine: str | None = None,
    environment: str | None = None,
    repo: Path | None = None,
    verify: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Load results trees and reports of other tools into the store; return what was loaded and what was not.

    Parameters
    ----------
    paths : trees of asv, and files or folders of other tools; the project's own tree where there is none.
    format_name : of the reports; None to tell each by its content.
    commit, machine, environment : of reports that do not say; a revision of `repo` or of the project's repository.
    repo : the repository that commits are ordered by; by default the project's, for what lies in the project.
    verify : digest every file instead of trusting size and time.
    progress : called with (files done, files in all, path).

    Errors
    ------
    UsageError : a path or a format that is none, or a report of which nobody says the commit or the machine.
    """
    with Writer(parse(config.store)) as writer:
        if not paths:
            history = _history(config, repo, config.results_dir)
            return writer.load(config.results_dir, config.runs_dir, *history, verify=verify, progress=progress)
        found = []
        for path in (p.absolute() for p in paths):
            history = _history(config, repo, path)
            if reports.holds_reports(path, format_name):
                origin = Origin(_resolved(config, repo, commit), machine, environment, config.machine)
                files = reports.found(path, format_name)
                found.append(
                    writer.load_reports(
                        files, *history, origin=origin, format_name=format_name, verify=verify, progress=progress
                    )
                )
            else:
                found.append(writer.load(path, path.parent / "runs", *history, verify=verify, progress=progress))
        return _together(found)


def _history(config: Config, repo: Path | None, path: Path) -> tuple[list[Commit], list[Ref] | None]:
    """Return the commits that order what lies at `path`, and their names; another project's are not ordered by ours."""
    if repo is not None:
        return git.first_parents(repo), git.refs(repo)
    if not path.is_relative_to(config.root):
        return [], None
    return git_commits(config.root), git_refs(config.root)


def _resolved(config: Config, repo: Path | None, commit: str | None) -> str | None:
    """Return the hash that a revision names; what no repository knows is taken for one."""
    root = repo or config.root
    return git.resolve(root, commit) if commit is not None and git.is_repository(root) else commit


def _together(reports_: Sequence[IngestReport]) -> IngestReport:
    """Return several reports as one: numbers added, lists joined."""
    first = reports_[0]
    for other in reports_[1:]:
        first = IngestReport(**{f.name: getattr(first, f.name) + getattr(other, f.name) for f in fields(first)})
    return first
