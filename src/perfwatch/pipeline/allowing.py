"""Git and flags → which series of a pull request somebody lets get worse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from perfwatch.analysis.override import KEY, NOT_LAST, Unusable, read
from perfwatch.analysis.pull import Allowed, Row
from perfwatch.config import Config
from perfwatch.pipeline.overriding import Overrides
from perfwatch.sources import git


@dataclass(frozen=True)
class Words:
    """What is let pass: patterns of labels (None for any) by whose word it is, and what was said in vain."""

    heard: Sequence[tuple[str | None, Allowed]] = ()
    in_vain: tuple[str, ...] = ()


def heard(config: Config, base: str, head: str, overrides: Overrides) -> Words:
    """Return what a flag and the messages of a pull request's own commits let pass.

    Parameters
    ----------
    base, head : whole hashes; the messages are those of the commits that head has and base has not.
    """
    found: list[tuple[str | None, Allowed]] = []
    if overrides.reason is not None:
        found.append((None, Allowed(overrides.reason.strip(), f"{overrides.author or ''} --override".strip())))
    if not overrides.are_trailers_heard:
        return Words(found)
    own = f"{base}..{head}"
    strays = git.strays(config.root, KEY, own)
    in_vain = [f"{KEY} in {line.commit[:8]} lets nothing pass: {NOT_LAST}" for line in strays]
    for trailer in git.trailers(config.root, KEY, own):
        said = read(trailer.commit, trailer.author, trailer.committed_at, trailer.value)
        where = f"{KEY} in {trailer.commit[:8]}"
        if isinstance(said, Unusable):
            in_vain.append(f"{where} lets nothing pass: {said.why}")
        elif said.event:
            in_vain.append(f"{where} lets nothing pass here: it names an event, of which a pull request has none")
        elif "regression" in said.kinds:
            found.append((said.pattern, Allowed(said.reason, f"{where} by {said.author}")))
    return Words(found, tuple(in_vain))


def let_pass(rows: Iterable[Row], words: Words) -> tuple[tuple[Row, ...], tuple[Allowed, ...]]:
    """Return the rows, those that may get worse marked, and the words that meant one of them."""
    meant: dict[Allowed, None] = {}
    out = []
    for row in rows:
        by = next((one for pattern, one in words.heard if row.word == "worse" and _means(pattern, row)), None)
        meant |= {} if by is None else {by: None}
        out.append(replace(row, is_allowed=by is not None))
    return tuple(out), tuple(meant)


def _means(pattern: str | None, row: Row) -> bool:
    # As the store writes it, and as the comment does.
    stored = f"{row.benchmark}({', '.join(value for _, value in row.params)})"
    return pattern is None or any(re.search(pattern, label) for label in (stored, row.label))
