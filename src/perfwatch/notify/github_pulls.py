"""Which pull request a commit is the head of: asked of GitHub, never of what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from perfwatch.notify.github import GitHub


@dataclass(frozen=True)
class Head:
    """The newest commit of a branch that somebody wants merged.

    Attributes
    ----------
    commit : its hash.
    source : the repository of the branch, OWNER/NAME, which is another one for a fork; None where it is not known.
    branch : None where it is not known.
    """

    commit: str
    source: str | None = None
    branch: str | None = None


def pulls_at(github: GitHub, head: Head) -> list[int]:
    """Return the numbers of the open pull requests into the repository that have this head, the lowest first.

    Errors
    ------
    ForgeError : GitHub did not tell.

    Notes
    -----
    `commits/{sha}/pulls` is not asked: it knows nothing of forks. Where the branch is known only its pull requests are
    listed, elsewhere all that are open.
    """
    query = {"state": "open"}
    if head.source and head.branch:
        query["head"] = f"{head.source.split('/')[0]}:{head.branch}"
    listed = github.forge.entries(github.path("/pulls"), query=query)
    return sorted(int(pull["number"]) for pull in listed if is_at(pull, head))


def is_at(pull: dict[str, Any], head: Head) -> bool:
    """Return whether a pull request, as GitHub describes it, has this head."""
    # The repository of a fork may be gone.
    source = (pull["head"].get("repo") or {}).get("full_name")
    same = head.source is None or (source is not None and source.lower() == head.source.lower())
    return bool(pull["head"]["sha"] == head.commit and same)
