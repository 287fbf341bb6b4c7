"""The suite of a place, a page at a time: what is found, in which order, and what was said of it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from perfwatch.model import SeriesKey, Verdict
from perfwatch.store.location import Location
from perfwatch.store.reader import Reader
from perfwatch.store.suite import _GRAVEST_FIRST, SuiteRow
from perfwatch.store.writer import Writer


def commit_hash(number: int) -> str:
    return f"{number:08x}" * 5


PLACE = ("box", "py3.11")
NAMES = ("sort.time_quick", "sort.time_MERGE", "io.time_100%", "io.peakmem_read", "io.track_a_b")


@pytest.fixture
def reader(tree: Any, store: Location) -> Iterator[Reader]:
    """A store of five benchmarks with four sizes each at nine commits, the last of them judged."""
    chance = random.Random(4)
    axis = ["'1'", "'2'", "'10'", "'large'"]
    declared = {name: {"name": name, "type": "time", "unit": "seconds", "version": "v1", "param_names": ["size"]}
                for name in NAMES}  # fmt: skip
    tree.benchmarks({**declared, "version": 2})
    for number in range(9):
        rows = {name: [[chance.uniform(1, 9) for _ in axis], [axis], "v1", 1_700_000_000_000] for name in NAMES}
        rows["io.peakmem_read"][0][1] = None
        tree.result(number, rows)
    with Writer(store) as writer:
        writer.load(tree.results)
    with Reader(store) as found:
        keys = [key for _, key in found.series()]
    kinds = [chance.choice([*_GRAVEST_FIRST, None]) for _ in keys]
    verdicts = [
        Verdict(key, commit_hash(8), kind, None, None, None if kind == "FAILED" else chance.uniform(0.5, 2))
        for key, kind in zip(keys, kinds, strict=True)
        if kind is not None
    ]
    with Writer(store) as writer:
        for commit, said in ((commit_hash(3), verdicts[:2]), (commit_hash(8), verdicts)):
            writer.keep(
                *PLACE, commit, verdicts=said, events=[], factors={}, settings={}, inputs_digest="", state=None
            )  # fmt: skip
    with Reader(store) as found:
        yield found


def everything(reader: Reader) -> list[SuiteRow]:
    page = reader.suite(*PLACE, limit=1000)
    assert page.n_found == len(page.rows) == len(NAMES) * 4
    return list(page.rows)


def test_rows_are_the_newest_values_with_what_was_said_last(reader: Reader) -> None:
    newest = {row.key: row for row in reader.newest(*PLACE)}
    said = {v.key: v for v in reader.verdicts(commit_hash(8), *PLACE)}
    for row in everything(reader):
        expected = newest[row.key]
        assert (row.series_id, row.n, row.commit) == (expected.series_id, expected.n, expected.commit)
        assert row.value == expected.value or (math.isnan(row.value) and math.isnan(expected.value))
        verdict = said.get(row.key)
        assert (row.said, row.ratio) == ((verdict.kind, verdict.ratio) if verdict else (None, None))
    assert reader.judged_commit(*PLACE) == commit_hash(8)


def name(row: SuiteRow) -> tuple[str, str, int]:
    return row.key.benchmark, str(row.key.params), row.series_id


def gravity(row: SuiteRow) -> int:
    return _GRAVEST_FIRST.index(row.said) if row.said else len(_GRAVEST_FIRST)


def distance(row: SuiteRow) -> float:
    return abs(math.log(row.ratio)) if row.ratio else -1.0


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", ["name", "value", "ratio", "said", "commits"])
def test_pages_in_any_order_are_the_whole_suite_in_that_order(reader: Reader, order: Any, descending: bool) -> None:
    pages = [reader.suite(*PLACE, order=order, descending=descending, limit=7, offset=at) for at in range(0, 28, 7)]
    assert {page.n_found for page in pages} == {20}
    found = [row for page in pages for row in page.rows]
    assert sorted(map(name, found)) == sorted(map(name, everything(reader)))
    values = {
        "name": [row.key.benchmark for row in found],
        "value": [row.value for row in found if not math.isnan(row.value)],
        "ratio": [distance(row) for row in found if row.ratio],
        "said": [gravity(row) for row in found],
        "commits": [row.n for row in found],
    }[order]
    assert values == sorted(values, reverse=descending)
    missing = [row.ratio is None if order == "ratio" else math.isnan(row.value) for row in found]
    if order in ("ratio", "value"):
        assert missing == sorted(missing)


@pytest.mark.parametrize(
    ("search", "n"),
    [
        ("merge", 4),
        ("IO time", 4),
        ("100%", 4),
        ("a_b", 4),
        ("100_", 0),
        ("quick large", 1),
        ("time_quick(large)", 1),
        ("  ", 20),
    ],
)
def test_a_search_finds_words_in_names_and_parameters_as_they_are(reader: Reader, search: str, n: int) -> None:
    assert reader.suite(*PLACE, search=search).n_found == n


def test_only_what_was_said_is_found_and_counted(reader: Reader) -> None:
    counts = reader.said_of(*PLACE)
    assert sum(counts.values()) == 20
    for kind in _GRAVEST_FIRST:
        page = reader.suite(*PLACE, said=[kind])
        assert page.n_found == counts.get(kind, 0)
        assert {row.said for row in page.rows} <= {kind}


def test_recent_values_are_those_of_the_matrix(reader: Reader) -> None:
    line = [c.hash for c in reader.commits()][-4:]
    whole = reader.matrix(*PLACE, line)
    rows = everything(reader)[3:9]
    found = reader.recent([row.series_id for row in rows], line)
    for row, values in zip(rows, found, strict=True):
        assert values.tolist() == pytest.approx(whole.values[whole.keys.index(row.key)].tolist(), abs=0, nan_ok=True)


@pytest.mark.parametrize("chosen", [None, [5, 2, 77]])
def test_outcomes_are_those_of_the_history_what_was_taken_last_behind(
    chosen: list[int] | None, tree: Any, store: Location
) -> None:
    axis = ["'text'", "'number'", "'fails'", "'skipped'"]
    declared = {"name": "io.track_a", "type": "track", "unit": "", "version": "v1", "param_names": ["what"]}
    tree.benchmarks({"io.track_a": declared | {"params": [axis]}, "version": 2})
    taken_ms = {number: 1_700_000_000_000 + 1_000 * (7 * number % 9) for number in range(9)}
    for number, at in taken_ms.items():
        values = [{"answers": [number]}, float(number), None, float("nan")]
        tree.result(number, {"io.track_a": [values, [axis], "v1", at]})
    with Writer(store) as writer:
        writer.load(tree.results)
    commits = None if chosen is None else [commit_hash(number) for number in chosen]
    with Reader(store) as reader:
        ids = [i for i, _ in reader.series("io.track_a")][:3]
        found, whole = reader.outcomes(ids, commits), reader.history(ids)
    columns = ["series_id", "commit_hash", "status", "value", "text"]
    expected = whole[whole["commit_hash"].isin(commits or whole["commit_hash"])]
    expected = expected.sort_values(["started_at", "series_id"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected[columns])
    assert len(found) == 3 * len({commit_hash(n) for n in taken_ms} & set(commits or expected["commit_hash"]))
    assert set(found["text"]) - {None} <= {f'{{"answers": [{number}]}}' for number in taken_ms}


def test_places_say_how_much_and_when(reader: Reader) -> None:
    [place] = reader.places_now()
    assert (place.machine, place.environment, place.n_commits, place.n_series) == (*PLACE, 9, 20)
    assert place.newest == commit_hash(8)
    assert place.measured_at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_coverage_counts_what_came_out_and_what_failed(reader: Reader) -> None:
    # One of the four sizes of one benchmark fails at each commit.
    assert reader.coverage(*PLACE) == {commit_hash(i): (19, 1) for i in range(9)}
    assert reader.coverage("nobody", "nowhere") == {}


def test_a_place_that_was_not_judged_and_one_that_is_none(tree: Any, store: Location) -> None:
    tree.usual(0)
    with Writer(store) as writer:
        writer.load(tree.results)
    with Reader(store) as reader:
        assert reader.judged_commit(*PLACE) is None
        assert reader.said_of(*PLACE) == {None: 3}
        assert isinstance(reader.suite(*PLACE).rows[0].key, SeriesKey)
        assert reader.suite("nobody", "nowhere") == reader.suite("nobody", "nowhere", offset=50)
