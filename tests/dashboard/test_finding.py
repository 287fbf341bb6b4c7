"""Which commits somebody means."""

from __future__ import annotations

import pandas as pd
import pytest
from frames import finding

from perfwatch.model import Commit, Ref

HASHES = ["aaaa1111" * 5, "aaaa2222" * 5, "fee00000" * 5]
COMMITS = pd.DataFrame(
    {
        "hash": HASHES,
        "label": [h[:8] for h in HASHES],
        "subject": ["Fee: a constant <b>now</b>", "fee of the exchange", None],
    }
)
GONE = "bbbb" * 10
REFS = [
    Ref("v1", "tag", HASHES[0]),
    Ref("main", "branch", HASHES[2]),
    Ref("constant", "branch", HASHES[1]),
    Ref("old", "tag", GONE),
    Ref("origin/main", "remote branch", HASHES[2]),
    Ref("origin/x", "remote branch", HASHES[1]),
    Ref("origin/y", "remote branch", HASHES[0]),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [("v1", [0]), ("tags/v1", [0]), ("main", [2]), (" origin/main ", [2]), ("aaaa1", [0]), ("AAAA2222", [1]),
     ("aaaa", [1, 0]), (HASHES[2], [2]), ("fee", [1, 0]), ("fee0", [2]), ("exchange FEE", [1]), ("<b>now</b>", [0]),
     # A name comes before words that are like it.
     ("constant", [1]), ("nothing", []), ("fee nothing", []), ("", []), (" ", []), ("old", []), ("MAIN", [])],
)  # fmt: skip
def test_names_and_hashes_come_before_words_and_the_newest_first(text: str, found: list[int]) -> None:
    assert finding.find(text, COMMITS, REFS) == [HASHES[i] for i in found]


def test_what_is_known_but_not_measured_here_is_told_apart_from_what_is_not_known() -> None:
    known = [Commit(h) for h in [*HASHES, GONE]]
    assert finding.elsewhere("old", COMMITS, REFS, known) == GONE
    assert finding.elsewhere("bbbb", COMMITS, REFS, known) == GONE
    assert finding.elsewhere("bbb", COMMITS, REFS, known) is None
    assert finding.elsewhere("v1", COMMITS, REFS, known) is None


def test_a_remote_branch_is_named_only_where_nothing_else_is() -> None:
    assert finding.names_of(COMMITS, REFS) == {HASHES[0]: ["v1"], HASHES[1]: ["constant"], HASHES[2]: ["main"]}
    assert finding.names_of(COMMITS, REFS[-2:]) == {HASHES[1]: ["origin/x"], HASHES[0]: ["origin/y"]}
