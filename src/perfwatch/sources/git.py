"""Commits, their order and their names, asked of git; one process a question."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from perfwatch.errors import HostError, UsageError
from perfwatch.model import Commit, Ref, RefKind

_FIELD, _RECORD = "\x1f", "\x00"
_FORMAT = "--format=%H%x1f%P%x1f%ct%x1f%aN%x1f%s"
_KINDS: dict[str, RefKind] = {"refs/tags/": "tag", "refs/heads/": "branch", "refs/remotes/": "remote branch"}


@dataclass(frozen=True)
class Trailer:
    """A line `Key: value` at the end of a commit's message, folded lines joined."""

    commit: str
    author: str
    committed_at: datetime
    value: str


def is_repository(path: Path) -> bool:
    """Return whether `path` lies in the work tree of a git repository; False too where there is no git."""
    try:
        return _git(path, "rev-parse", "--is-inside-work-tree").strip() == "true"
    except UsageError:
        return False


def is_shallow(path: Path) -> bool:
    """Return whether the repository holds only the newest part of its history."""
    return _git(path, "rev-parse", "--is-shallow-repository").strip() == "true"


def resolve(path: Path, revision: str) -> str:
    """Return the full hash of the commit `revision` names; UsageError where it names none."""
    try:
        return _git(path, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    except UsageError as error:
        if not is_repository(path):
            raise
        raise UsageError(f"{revision!r} names no commit in {path}; `git log` lists them") from error


def first_parents(path: Path, revision: str = "HEAD") -> list[Commit]:
    """Return the first-parent line that ends at `revision`, oldest first, positions counted from 0.

    Errors
    ------
    UsageError : no repository, no such revision, or a repository without commits.
    HostError : a shallow clone, whose positions would be wrong; or no git.
    """
    newest_first = _log(path, "--first-parent", "--end-of-options", revision)
    # Asked after, so that a folder without a repository is told as such.
    if is_shallow(path):
        raise HostError(f"{path}: a shallow clone does not know the order of commits; run `git fetch --unshallow`")
    line = list(reversed(newest_first))
    return [_commit(fields, position) for position, fields in enumerate(line)]


def refs(path: Path) -> list[Ref]:
    """Return what git calls commits: tags, branches and the branches of other clones it has seen, by kind and name.

    A tag of anything but a commit is left out, and so is a name that only stands for another (`origin/HEAD`).

    Errors
    ------
    UsageError : no repository.
    """
    # A tag with a message is an object of its own; `*` is what it is of.
    form = "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(symref) %(refname)"
    found = []
    for line in _git(path, "for-each-ref", form, *_KINDS).splitlines():
        kind, name, kind_within, name_within, symbolic, full = line.split(" ", 5)
        prefix = next(p for p in _KINDS if full.startswith(p))
        if symbolic:
            continue
        if kind_within == "tag":
            kind_within, name_within = "commit", resolve(path, full)
        if "commit" in (kind, kind_within):
            commit = name if kind == "commit" else name_within
            found.append(Ref(full.removeprefix(prefix), _KINDS[prefix], commit))
    return sorted(found, key=lambda ref: (list(_KINDS.values()).index(ref.kind), ref.name))


def hashes(path: Path, revision_range: str) -> list[str]:
    """Return the hashes of a revision range (`main~3..main`, `v1..`) along the first-parent line, oldest first.

    Errors
    ------
    UsageError : no repository, or no such range.
    """
    return [fields[0] for fields in reversed(_log(path, "--first-parent", "--end-of-options", revision_range))]


def merge_base(path: Path, one: str, other: str) -> str | None:
    """Return the newest commit (a whole hash) that two hold in common; None where they share none."""
    try:
        return _git(path, "merge-base", "--end-of-options", one, other).strip()
    except UsageError:
        if not is_repository(path):
            raise
        return None


def changed_files(path: Path, before: str, after: str) -> list[str]:
    """Return the files in which two commits (whole hashes) differ, named from the folder `path`, in git's order.

    A file that moved is named twice; one outside `path` begins with `../`.
    """
    inside = _git(path, "rev-parse", "--show-prefix").strip()
    # Without --relative: that leaves out what changed outside of the folder.
    told = _git(path, "diff", "--name-only", "-z", "--no-renames", "--no-relative", "--end-of-options", before, after)
    files = [name for name in told.split(_RECORD) if name]
    return [os.path.relpath(name, inside) for name in files] if inside else files


def is_as_at(path: Path, commit: str, folder: str) -> bool:
    """Return whether the work tree holds a folder as a commit (a whole hash) does; files git does not know aside."""
    return not _git(path, "diff", "--name-only", "-z", "--end-of-options", commit, "--", folder)


def reachable(path: Path, revision_range: str) -> list[str]:
    """Return the hashes of a revision range over every parent, what was merged included; newest first.

    Errors
    ------
    UsageError : no repository, or no such range.
    """
    return _git(path, "rev-list", "--end-of-options", revision_range).split()


def trailers(path: Path, key: str, revision_range: str) -> list[Trailer]:
    """Return the trailers of one key in a range's commits, oldest commit first; keys are told apart without case.

    Errors
    ------
    UsageError : no repository, or no such range.
    """
    return [trailer for is_one, trailer in _like_trailers(path, key, revision_range) if is_one]


def strays(path: Path, key: str, revision_range: str) -> list[Trailer]:
    """Return the lines that look like a trailer and are none, as they stand above a message's last paragraph.

    A squash leaves them there. Otherwise as `trailers`.
    """
    return [line for is_one, line in _like_trailers(path, key, revision_range) if not is_one]


def _like_trailers(path: Path, key: str, revision_range: str) -> list[tuple[bool, Trailer]]:
    """Return what looks like a trailer, and whether it is one, as git reads it."""
    values = f"%(trailers:key={key},unfold,separator=%x1e)"
    text = _git(path, "log", "-z", f"--format=%H%x1f%ct%x1f%aN%x1f{values}%x1d%B", "--end-of-options", revision_range)
    looks_like_one = re.compile(rf"^{re.escape(key)}\s*:(.*)$", re.IGNORECASE | re.MULTILINE)
    found = []
    for record in reversed(text.split(_RECORD)):
        if not record:
            continue
        commit, committed, author, rest = record.split(_FIELD, 3)
        told, _, message = rest.partition("\x1d")
        # With their keys, so that one without a value is not none.
        read = [line.partition(":")[2] for line in told.split("\x1e") if line]
        lines = looks_like_one.findall(message)
        when = datetime.fromtimestamp(int(committed), UTC)
        both = [(False, value) for value in lines[: max(0, len(lines) - len(read))]] + [(True, v) for v in read]
        found += [(is_one, Trailer(commit, author, when, value.strip())) for is_one, value in both]
    return found


def diffstat(path: Path, revision: str) -> str:
    """Return which files a commit changed against its first parent, and by how much, as `git show --stat` tells it."""
    told = ("show", "--stat=100", "--format=", "--first-parent", "--no-color", "--end-of-options", revision)
    return _git(path, *told).strip("\n")


def user_name(path: Path) -> str | None:
    """Return the name git would put under a commit made now, None where it knows none."""
    try:
        return _git(path, "var", "GIT_AUTHOR_IDENT").partition(" <")[0] or None
    except UsageError:
        return None


def _log(path: Path, *arguments: str) -> list[list[str]]:
    text = _git(path, "log", "-z", _FORMAT, *arguments)
    return [record.split(_FIELD, 4) for record in text.split(_RECORD) if record]


def _commit(fields: list[str], position: int) -> Commit:
    commit_hash, parents, committed, author, subject = fields
    return Commit(
        hash=commit_hash,
        committed_at=datetime.fromtimestamp(int(committed), UTC),
        author=author,
        subject=subject,
        parent=parents.split(" ")[0] or None,
        position=position,
    )


def _git(path: Path, *arguments: str) -> str:
    if not path.is_dir():
        raise UsageError(f"{path}: no such folder, so no git repository")
    # Signatures would be printed between the records where the user's configuration asks for them.
    command = ["git", "-c", "log.showSignature=false", "-C", str(path), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise HostError(f"git cannot be started ({error.strerror}); install git") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[0] if said else f"exit code {done.returncode}"
        raise UsageError(f"{path}: git {arguments[0]} failed ({reason}); is it a repository that knows the revision?")
    return done.stdout.decode("utf-8", "replace")
