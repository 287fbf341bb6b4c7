"""Which commits somebody means: by the start of a hash, a tag, a branch, or words. No store, no widgets."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from perfwatch.model import Commit, Ref
from perfwatch.store.names import calls

# Shorter, it is more likely a word: "fee", "add".
_FEWEST_DIGITS = 4


def find(text: str, commits: pd.DataFrame, refs: Sequence[Ref]) -> list[str]:
    """Return the hashes of the commits that `text` may mean, the newest first; none where nothing is like that.

    Names and hashes come before words: only where no commit is called so are subjects searched, for all words.

    Parameters
    ----------
    commits : columns hash, subject; oldest first.
    """
    asked = text.strip()
    hashes = commits["hash"].tolist()
    called = {ref.commit for ref in refs if calls(ref, asked)}
    digits = asked.lower() if len(asked) >= _FEWEST_DIGITS else "-"
    found = [h for h in hashes if h in called or h.startswith(digits)]
    words = asked.casefold().split()
    if not found and words:
        subjects = [str(subject or "").casefold() for subject in commits["subject"]]
        found = [h for h, subject in zip(hashes, subjects, strict=True) if all(word in subject for word in words)]
    return found[::-1]


def elsewhere(text: str, commits: pd.DataFrame, refs: Sequence[Ref], known: Sequence[Commit]) -> str | None:
    """Return the hash that `text` names though it is not among `commits`; None where it names nothing at all."""
    here = set(commits["hash"])
    asked = text.strip()
    named = [ref.commit for ref in refs if calls(ref, asked)]
    named += [c.hash for c in known if len(asked) >= _FEWEST_DIGITS and c.hash.startswith(asked.lower())]
    return next((h for h in named if h not in here), None)


def names_of(commits: pd.DataFrame, refs: Sequence[Ref]) -> dict[str, list[str]]:
    """Return what git calls each commit; a remote branch only where no branch or tag calls it."""
    here, found = set(commits["hash"]), dict[str, list[str]]()
    for ref in refs:
        if ref.commit in here and (ref.kind != "remote branch" or ref.commit not in found):
            found.setdefault(ref.commit, []).append(ref.name)
    return found
