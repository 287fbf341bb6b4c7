"""Which fingerprint is the accepted one, and somebody's word that it is another from now on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from perfwatch.analysis.equivalence import Fingerprint, fingerprints
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError, UsageError
from perfwatch.model import Acceptance, Commit, Measurement
from perfwatch.pipeline.line import author_of, commit_named
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

_REFERENCE_FINGERPRINT = "equivalence.track_combinations"


def reference_history(reader: Reader) -> dict[str, dict[str, Fingerprint]]:
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


def accepted(
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
        commit = commit_named(reader, config.root, revision)
        measured = any(commit.hash in by_commit for by_commit in reference_history(reader).values())
    if not measured:
        raise NothingToCompareError(
            f"accept: no fingerprint of {commit.hash[:8]} is in the store; run `perfwatch run {revision}` first"
        )
    word = Acceptance(commit.hash, author or author_of(config.root), reason.strip(), datetime.now(UTC))
    with Writer(location) as writer:
        writer.accept(word)
    return word
