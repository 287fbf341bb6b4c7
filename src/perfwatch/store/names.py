"""Which commit a name means: a tag, a branch, or the start of a hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Commit, Ref, RefKind

# How git tells one kind of name from another.
PREFIXES: Final[dict[RefKind, str]] = {"tag": "tags/", "branch": "heads/", "remote branch": "remotes/"}
_WHOLE_HASH = 40


def named(name: str, commits: Sequence[Commit], refs: Sequence[Ref], store: str) -> Commit:
    """Return the commit that `name` means.

    A whole hash is always that; else a name and the start of a hash count the same, and so do two names of different
    kinds: which one is meant is not guessed.

    Parameters
    ----------
    store : what errors call the place that was asked.

    Errors
    ------
    NothingToCompareError : none, or one that is not among `commits`.
    UsageError : several.
    """
    by_hash = {c.hash: c for c in commits}
    if len(name) >= _WHOLE_HASH and name.lower() in by_hash:
        return by_hash[name.lower()]
    called = [ref for ref in refs if calls(ref, name)]
    starting = [c.hash for c in commits if name and c.hash.startswith(name.lower())]
    meant = dict.fromkeys([ref.commit for ref in called] + starting)
    if len(meant) == 1:
        [found] = meant
        if found in by_hash:
            return by_hash[found]
        raise NothingToCompareError(
            f"{store}: {called[0].kind} {name!r} is of {found[:8]}, which it does not know; measure it, then ingest"
        )
    if not meant:
        raise NothingToCompareError(f"{store}: knows no commit {name!r}; measure it, then ingest")
    if not called:
        raise UsageError(f"{name!r} is the start of {len(meant)} commits; give more of it, {starting[0][:12]} is one")
    things = [f"the {ref.kind} {PREFIXES[ref.kind]}{ref.name} ({ref.commit[:12]})" for ref in called]
    things += [f"the start of commit {commit[:12]}" for commit in starting]
    raise UsageError(f"{name!r} is {' and '.join(dict.fromkeys(things))}; say which one")


def calls(ref: Ref, name: str) -> bool:
    """Return whether `name` is that of `ref`, alone or with what kind it is of, as in git."""
    full = PREFIXES[ref.kind] + ref.name
    return name in (ref.name, full, f"refs/{full}")
