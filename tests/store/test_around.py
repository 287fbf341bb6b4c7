"""A series around a commit: what was measured beside it, in git's order, and nothing made up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from perfwatch.model import Commit
from perfwatch.store.location import Location
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

LABEL, OTHER = "a.time_b(10)", "a.time_c"


def commit_hash(number: int) -> str:
    return f"{number:08x}" * 5


@pytest.fixture
def reader(tree: Any, store: Location) -> Iterator[Reader]:
    """Twelve commits of which the fifth was not measured; the source of a.time_c changed at the eighth."""
    declared = {
        "a.time_b": {"name": "a.time_b", "type": "time", "unit": "seconds", "version": "v1", "param_names": ["n"]},
        "a.time_c": {"name": "a.time_c", "type": "time", "unit": "seconds", "version": "v2", "param_names": []},
    }
    tree.benchmarks({**declared, "version": 2})
    for number in range(12):
        if number == 5:
            continue
        rows: dict[str, Any] = {
            # Of the third there is a result, and no number.
            "a.time_b": [[None if number == 3 else float(number)], [["10"]], "v1", 1_700_000_000_000 + number],
            "a.time_c": [[100.0 + number], [], "v1" if number < 8 else "v2", 1_700_000_000_000 + number],
        }
        tree.result(number, rows, "box", "py3.11")
    # Git's order is not that of the hashes, nor that of time.
    when = datetime(2026, 1, 1, tzinfo=UTC)
    line = [Commit(commit_hash(n), when, position=i) for i, n in enumerate(reversed(range(12)))]
    with Writer(store) as writer:
        writer.load(tree.results, None, line)
    with Reader(store) as found:
        yield found


def test_a_stretch_is_what_was_measured_around_a_commit_in_gits_order(reader: Reader) -> None:
    found = reader.stretch("box", "py3.11", [LABEL], commit_hash(4), most=3)
    assert found is not None
    assert found.commits == tuple(commit_hash(n) for n in (8, 7, 6, 4, 3, 2))
    assert found.values == (8.0, 7.0, 6.0, 4.0, None, 2.0)
    assert found.commits[found.at] == commit_hash(4)
    assert (found.key.label, found.lower[0], found.upper[0]) == (LABEL, None, None)


def test_the_first_series_that_was_measured_is_the_one(reader: Reader) -> None:
    found = reader.stretch("box", "py3.11", ["derived.ratio", OTHER, LABEL], commit_hash(4))
    assert found is not None
    assert found.key.label == OTHER


@pytest.mark.parametrize(("at", "version"), [(11, "v1"), (2, "v1"), (9, "v1")])
def test_of_two_series_of_one_name_it_is_the_one_measured_from_the_commit_on(
    reader: Reader, at: int, version: str
) -> None:
    # The line runs from commit 11 to commit 0: the newer half is of v1.
    found = reader.stretch("box", "py3.11", [OTHER], commit_hash(at))
    assert found is not None
    assert found.key.version == version


def test_what_is_not_there_is_not_made_up(reader: Reader) -> None:
    assert reader.stretch("box", "py3.11", ["nothing"], commit_hash(4)) is None
    assert reader.stretch("box", "py3.11", [], commit_hash(4)) is None
    assert reader.stretch("box", "py3.11", [LABEL], commit_hash(5)) is None
    assert reader.stretch("nobody", "py3.11", [LABEL], commit_hash(4)) is None
