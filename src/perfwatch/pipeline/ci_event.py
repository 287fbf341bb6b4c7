"""What a workflow or a pipeline knows of the pull request it runs for: from what the forge itself wrote down.

GitHub writes the event into a file. Read from there, a branch's name, which its author chooses, never passes through
a shell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfwatch.errors import UsageError


@dataclass(frozen=True)
class CiEvent:
    """What is known; None where it is not.

    Attributes
    ----------
    repository : into which the pull request is to be merged.
    commit, source, branch : its head, the repository and the branch that it is on.
    pull : its number; for `workflow_run` GitHub does not tell it for forks.
    api_url : of the forge.
    details_url : of the run that measured.
    """

    repository: str | None = None
    commit: str | None = None
    source: str | None = None
    branch: str | None = None
    pull: int | None = None
    api_url: str | None = None
    details_url: str | None = None


def of_github(environ: Mapping[str, str]) -> CiEvent:
    """Return what a workflow of GitHub knows, for the events `workflow_run` and `pull_request`.

    Errors
    ------
    UsageError : the event's file cannot be read.
    """
    event = _event(environ.get("GITHUB_EVENT_PATH"))
    run, pull = event.get("workflow_run") or {}, event.get("pull_request") or {}
    head = pull.get("head") or {}
    return CiEvent(
        repository=environ.get("GITHUB_REPOSITORY") or None,
        commit=run.get("head_sha") or head.get("sha"),
        source=(run.get("head_repository") or head.get("repo") or {}).get("full_name"),
        branch=run.get("head_branch") or head.get("ref"),
        pull=pull.get("number"),
        api_url=environ.get("GITHUB_API_URL") or None,
        details_url=run.get("html_url") or _run_url(environ),
    )


def of_gitlab(environ: Mapping[str, str]) -> CiEvent:
    """Return what a merge request's pipeline of GitLab knows."""
    number = environ.get("CI_MERGE_REQUEST_IID", "")
    return CiEvent(
        repository=environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID") or None,
        # In a pipeline of the merged result the commit is the merge, and the head is named apart.
        commit=environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environ.get("CI_COMMIT_SHA") or None,
        pull=int(number) if number.isdecimal() else None,
        api_url=environ.get("CI_API_V4_URL") or None,
        details_url=environ.get("CI_JOB_URL") or None,
    )


def _event(path: str | None) -> dict[str, Any]:
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"GITHUB_EVENT_PATH: {path} cannot be read ({type(error).__name__})") from error
    return event if isinstance(event, dict) else {}


def _run_url(environ: Mapping[str, str]) -> str | None:
    parts = [environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else None
