"""File of a fork → report → comment and status: what strangers measured, written by somebody who may write.

The file is hostile: it comes from whoever wrote the pull request. Nothing in it says where to write. That comes from
the event, which the forge wrote, and is checked against the forge.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from perfwatch.errors import UnreadableError, UsageError
from perfwatch.notify import github, gitlab
from perfwatch.notify.github import GitHubComment
from perfwatch.notify.github_pulls import Head, is_at, pulls_at
from perfwatch.notify.github_status import GitHubCheck, GitHubStatus
from perfwatch.notify.gitlab import GitLabNote
from perfwatch.notify.gitlab_status import GitLabStatus
from perfwatch.notify.sink import Outcome, Sink
from perfwatch.report.notice import Notice

Mark = Literal["status", "check", "none"]
ForgeName = Literal["github", "gitlab"]

# What a report of 2,000 series takes is a tenth of this.
LARGEST_FILE = 5_000_000
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Where:
    """Where to write, by the word of somebody trusted: the event, or the command line.

    Attributes
    ----------
    repository : the one that the pull request is to be merged into.
    head : of the pull request.
    pull : its number; None for GitHub to be asked.
    project : what tells two projects of one repository apart.
    api_url : None for the public one.
    details_url : where a status leads, None for nowhere.
    """

    forge: ForgeName
    repository: str
    head: Head
    pull: int | None = None
    project: str = "perfwatch"
    api_url: str | None = None
    details_url: str | None = None


@dataclass(frozen=True)
class Posted:
    """What was written, as (kind of sink, its place, what came of it); nothing where the pull request has moved on."""

    written: Sequence[tuple[str, str, Outcome]]


def contents(path: Path) -> Any:
    """Return the JSON document in a file that a stranger may have made.

    Errors
    ------
    UsageError : there is no such file.
    UnreadableError : a link, a folder or a device, more than `LARGEST_FILE` bytes, or no JSON. What is in it is not
        repeated: a log is read by more than may read a file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file; `perfwatch pr --out {path}` writes it") from error
    except OSError as error:
        what = "is a link" if error.errno == errno.ELOOP else f"cannot be opened ({error.strerror})"
        raise UnreadableError(f"{path}: {what}; a report is a plain file") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnreadableError(f"{path}: is no plain file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(LARGEST_FILE + 1)
    finally:
        os.close(descriptor)
    if len(data) > LARGEST_FILE:
        raise UnreadableError(f"{path}: has more than {LARGEST_FILE // 1_000_000} MB; a report has less")
    try:
        return json.loads(data.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UnreadableError(f"{path}: is no JSON; it was not written by `perfwatch pr --out`") from None


def _refuse(word: str) -> None:
    raise ValueError(word)


def post(
    notice: Notice,
    where: Where,
    token: str,
    *,
    mark: Mark = "status",
    pause: Callable[[float], None] | None = None,
) -> Posted:
    """Write a pull request's report as its comment and as the verdict beside its head.

    Parameters
    ----------
    notice : of the report; it must be about the head that `where` names.
    token : of the forge.
    mark : what is set beside the commit.
    pause : waits for seconds between attempts.

    Errors
    ------
    UsageError : a place that cannot be right, no token.
    UnreadableError : the report is about another commit.
    ForgeError : the forge did not say which pull request it is.

    Notes
    -----
    A pull request that has moved on, or was closed, is left alone: its next commit is measured by itself.
    """
    if not _HASH.fullmatch(where.head.commit):
        raise UsageError(f"comment: {where.head.commit!r} is no commit; give its whole hash")
    if notice.commit != where.head.commit:
        raise UnreadableError(
            f"the report is about {notice.commit[:8]!r}, and the event about {where.head.commit[:8]}; nothing written"
        )
    settings: dict[str, Any] = {"repository": where.repository, "token": token, "project": where.project}
    if where.api_url:
        settings["api_url"] = where.api_url
    if pause:
        settings["pause"] = pause
    sinks = _on_gitlab(where, mark, settings) if where.forge == "gitlab" else _on_github(where, mark, settings)
    # The same report of the same head is the same message, whoever sends it again.
    key = hashlib.sha256(notice.to_json().encode()).hexdigest()[:32]
    return Posted([(sink.kind, sink.name, sink.send(key, notice)) for sink in sinks])


def _on_github(where: Where, mark: Mark, settings: dict[str, Any]) -> list[Sink]:
    access = github.GitHub(**settings)
    if where.pull is None:
        pulls = pulls_at(access, where.head)
    else:
        found = access.forge.ask("GET", access.path(f"/pulls/{where.pull}"))
        pulls = [where.pull] if is_at(found, where.head) else []
    if not pulls:
        return []
    sinks: list[Sink] = [GitHubComment(**settings, pull=number) for number in pulls]
    if mark == "status":
        sinks.append(GitHubStatus(**settings, target_url=where.details_url))
    elif mark == "check":
        sinks.append(GitHubCheck(**settings, details_url=where.details_url))
    return sinks


def _on_gitlab(where: Where, mark: Mark, settings: dict[str, Any]) -> list[Sink]:
    if where.pull is None:
        raise UsageError(
            "comment: no merge request; give --pull, or run it in a pipeline of one (CI_MERGE_REQUEST_IID)"
        )
    if mark == "check":
        raise UsageError("comment: GitLab has no check runs; use --mark status")
    access = gitlab.GitLab(**settings)
    if access.forge.ask("GET", access.path(f"/merge_requests/{where.pull}"))["sha"] != where.head.commit:
        return []
    sinks: list[Sink] = [GitLabNote(**settings, pull=where.pull)]
    return [*sinks, GitLabStatus(**settings, target_url=where.details_url)] if mark == "status" else sinks
