"""The line, in order, and nothing else: measure → read → keep → decide; the command line says what comes out."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perfwatch.analysis.changes import changes, missing
from perfwatch.analysis.check import Check, Place
from perfwatch.analysis.equivalence import Fingerprint, disagreements, fingerprints, is_fingerprint, moves
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Acceptance, Commit, Measurement, Run, SeriesKey
from perfwatch.sources import git
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import IngestReport, Writer

# Stands for the environment of a run that got none.
NO_ENVIRONMENT = "(no environment)"

_REFERENCE_FINGERPRINT = "equivalence.track_combinations"


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
        return writer.load(results, runs, _git_commits(config.root), verify=verify, progress=progress)


def _git_commits(root: Path) -> list[Commit]:
    """Return the first-parent line of the project's repository; empty where there is none."""
    return git.first_parents(root, "HEAD") if git.is_repository(root) else []


def check(config: Config, revision: str | None = None, machine: str | None = None) -> Check:
    """Return what the store says of one commit against the nearest measured commit before it.

    Parameters
    ----------
    revision : a commit; by default HEAD of the project's repository, without one the newest commit of the store.
    machine : judge this machine only; by default each that measured the commit.

    Errors
    ------
    NothingToCompareError : an empty store, or a commit it does not know.
    """
    with Reader(parse(config.store)) as reader:
        commit = _commit(reader, config.root, revision)
        line = _line_up_to(reader.commits(), commit)
        measured = reader.measurements(commit.hash, machine)
        places = sorted({(m.key.machine, m.key.environment) for m in measured})
        runs = reader.runs(commit.hash, machine)
        # A commit that did not build has no results; its run's record is all that says so.
        known = {(r.machine, r.environment or NO_ENVIRONMENT) for r in runs}
        history = _reference_history(reader)
        return Check(
            commit,
            [_judge(reader, commit, line, place, measured, runs, history) for place in sorted({*places, *known})],
        )


def _commit(reader: Reader, root: Path, revision: str | None) -> Commit:
    if git.is_repository(root):
        full = git.resolve(root, revision or "HEAD")
        return next((c for c in reader.commits() if c.hash == full), None) or Commit(full)
    if revision is not None:
        return reader.commit(revision)
    commits = reader.commits()
    if not commits:
        raise NothingToCompareError("the store holds no commit; run `perfwatch ingest` first")
    return commits[-1]


def _line_up_to(commits: Sequence[Commit], commit: Commit) -> list[Commit]:
    """Return the commits before `commit`, nearest first: by git's order, by date where git does not know it."""
    if commit.position is not None:
        earlier = [c for c in commits if c.position is not None and c.position < commit.position]
        return sorted(earlier, key=lambda c: -(c.position or 0))
    if commit.committed_at is None:
        return []
    when = commit.committed_at
    dated = [c for c in commits if c.committed_at is not None and c.committed_at < when and c.hash != commit.hash]
    return sorted(dated, key=lambda c: c.committed_at or when, reverse=True)


def _judge(
    reader: Reader,
    commit: Commit,
    line: Sequence[Commit],
    place: tuple[str, str],
    measured: Sequence[Measurement],
    runs: Sequence[Run],
    history: Mapping[str, Mapping[str, Fingerprint]],
) -> Place:
    machine, environment = place
    after = [m for m in measured if (m.key.machine, m.key.environment) == place]
    here = [r for r in runs if r.machine == machine and (r.environment or NO_ENVIRONMENT) == environment]
    baseline, before = _baseline(reader, line, machine, environment)
    accepted, origin = _accepted(reader.acceptances(), [commit, *line], history)
    now = fingerprints(after)
    return Place(
        machine=machine,
        environment=environment,
        baseline=baseline,
        measured=sum(m.status == "ok" for m in after),
        breaks=[*disagreements(after), *moves(now, accepted)],
        missing=missing(before, after, _expected(here)),
        changes=[c for c in changes(before, after) if not is_fingerprint(c.key)],
        accepted_from={size: where for size, where in origin.items() if any(size == s for s, _ in now)},
        run=here[0] if here else None,
        unbuilt=[f for f in here[0].failures if f.benchmark.startswith("(")] if here else [],
    )


def _baseline(
    reader: Reader, line: Sequence[Commit], machine: str, environment: str
) -> tuple[Commit | None, list[Measurement]]:
    known = reader.measured_commits(machine, environment)
    for earlier in line:
        if earlier.hash in known:
            return earlier, reader.measurements(earlier.hash, machine, environment)
    return None, []


def _expected(runs: Iterable[Run]) -> Callable[[SeriesKey], bool]:
    """Return whether a series was asked for by any of the commit's runs; without a record of one, all were."""
    selections = [r.selection for r in runs]

    def asked_for(key: SeriesKey) -> bool:
        return not selections or any(_selects(s, key) for s in selections)

    return asked_for


def _selects(selection: Mapping[str, Any], key: SeriesKey) -> bool:
    sizes, patterns = selection.get("sizes") or [], selection.get("bench") or []
    size = key.param("size")
    if sizes and size is not None and size not in sizes:
        return False
    return not patterns or any(re.search(p, name) for p in patterns for name in (key.label, _as_asv_names(key)))


def _as_asv_names(key: SeriesKey) -> str:
    """Return the name that asv's patterns are searched in: parameters that are text stand in quotes there."""
    values = [v if re.fullmatch(r"[-+.\deE]+", v) else repr(v) for _, v in key.params]
    return f"{key.benchmark}({', '.join(values)})" if values else key.benchmark


def _reference_history(reader: Reader) -> dict[str, dict[str, Fingerprint]]:
    """Return the reference's fingerprint by size and commit, over every machine."""
    series = {i: key for i, key in reader.series(_REFERENCE_FINGERPRINT) if key.param("architecture") == "reference"}
    found: dict[str, dict[str, Fingerprint]] = {}
    if not series:
        return found
    for row in reader.history(list(series)).itertuples():
        if row.status != "ok" or not isinstance(row.text, str):
            continue
        one = Measurement(series[row.series_id], row.commit_hash, "ok", text=row.text)
        for (size, _), fingerprint in fingerprints([one]).items():
            found.setdefault(size, {})[row.commit_hash] = fingerprint
    return found


def _accepted(
    acceptances: Sequence[Acceptance], line: Sequence[Commit], history: Mapping[str, Mapping[str, Fingerprint]]
) -> tuple[dict[tuple[str, str], Fingerprint], dict[str, tuple[str, bool]]]:
    """Return the fingerprint in force per size, and the commit it comes from with whether somebody accepted it.

    In force is the newest acceptance on the commit's own line; before any, the first measured commit of that line.
    """
    at = {c.hash: i for i, c in enumerate(line)}
    newest_first = sorted(acceptances, key=lambda a: a.accepted_at, reverse=True)
    fingerprint_of, origin = {}, {}
    for size, by_commit in history.items():
        words = [a.commit for a in newest_first if a.commit in at and a.commit in by_commit]
        measured = [c.hash for c in reversed(line) if c.hash in by_commit]
        chosen = words[0] if words else measured[0] if measured else None
        if chosen is not None:
            fingerprint_of[size, "reference"] = by_commit[chosen]
            origin[size] = (chosen, bool(words))
    return fingerprint_of, origin


def accept(config: Config, revision: str, reason: str, author: str | None = None) -> Acceptance:
    """Keep somebody's word that the fingerprint of a commit is right from now on; return what was kept.

    Errors
    ------
    UsageError : an empty reason.
    NothingToCompareError : the commit has no measured fingerprint.
    """
    if not reason.strip():
        raise UsageError("accept: the reason is empty; say why the new fingerprint is right")
    location = parse(config.store)
    with Reader(location) as reader:
        commit = _commit(reader, config.root, revision)
        measured = any(commit.hash in by_commit for by_commit in _reference_history(reader).values())
    if not measured:
        raise NothingToCompareError(
            f"accept: no fingerprint of {commit.hash[:8]} is in the store; run `perfwatch run {revision}` first"
        )
    word = Acceptance(commit.hash, author or _author(config.root), reason.strip(), datetime.now(UTC))
    with Writer(location) as writer:
        writer.accept(word)
    return word


def _author(root: Path) -> str:
    name = git.user_name(root) if git.is_repository(root) else None
    return name or getpass.getuser()
