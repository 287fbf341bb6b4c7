"""Series found among many: each answer is what looking at the whole catalogue would give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from perfwatch.store.location import Location
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

PLACES = (("box", "py3.11"), ("box", "py3.12"), ("cart", "py3.11"))
# name: (kind, unit, names of parameters, their values)
SUITE: dict[str, tuple[str, str, list[str], list[list[str]]]] = {
    "sort.time_quick": ("time", "seconds", ["size", "case"], [["'10'", "'2\"x'"], ["'a_b'", "'100%'"]]),
    "sort.time_MERGE": ("time", "seconds", ["size"], [["'10'", "'1000'"]]),
    "sort.peakmem_merge": ("peakmem", "bytes", ["size"], [["'10'"]]),
    "io.track_lines": ("track", "lines", [], []),
    'io.time_["size"]': ("time", "seconds", ["text"], [['\'["size","7"]\'']]),
    "top": ("time", "seconds", ["n"], [["1", "2", "3"]]),
}


def commit_hash(number: int) -> str:
    return f"{number:08x}" * 5


@pytest.fixture
def reader(tree: Any, store: Location) -> Iterator[Reader]:
    """Six benchmarks at three places, of which the last has only two; the largest size was measured once."""
    declared = {
        name: {"name": name, "type": kind, "unit": unit, "version": "v1", "param_names": names}
        for name, (kind, unit, names, _) in SUITE.items()
    }
    tree.benchmarks({**declared, "version": 2})
    for machine, environment in PLACES:
        for number in range(3):
            rows = {}
            for name, (_, _, _, axes) in SUITE.items():
                if machine == "cart" and name.startswith("io"):
                    continue
                if name == "sort.time_MERGE" and number == 2:
                    axes = [["'10'"]]
                n = 1
                for axis in axes:
                    n *= len(axis)
                values: Any = [float(n)] * n if axes else 3.0
                rows[name] = [values if axes else [values], axes, "v1", 1_700_000_000_000 + number]
            tree.result(number, rows, machine, environment)
    with Writer(store) as writer:
        writer.load(tree.results)
    with Reader(store) as found:
        yield found


def at(reader: Reader, *place: str) -> pd.DataFrame:
    known = reader.catalogue()
    return known[(known["machine"] == place[0]) & (known["environment"] == place[1])]


def fits(row: Any, search: str, **tags: str | None) -> bool:
    text = f"{row.benchmark} {' '.join(f'{n} {v}' for n, v in row.params.items())}".lower()
    of = {"family": row.benchmark.partition(".")[0], "kind": row.kind, "unit": row.unit}
    words = [word for word in re.split(r"[\s(),]+", search.lower()) if word]
    return all(word in text for word in words) and all(of[n] == v for n, v in tags.items() if v is not None)


@pytest.mark.parametrize(
    "search", ["", "sort", "merge", "SORT 10", "a_b", "100%", "time_quick(10, a_b)", "%", "_", "no"]
)
@pytest.mark.parametrize(
    "tags", [{}, {"family": "sort"}, {"kind": "time"}, {"unit": "bytes"}, {"family": "sort", "kind": "time"}]
)
def test_a_search_finds_the_benchmarks_of_the_series_that_fit(reader: Reader, search: str, tags: Any) -> None:
    for place in PLACES:
        rows = [row for row in at(reader, *place).itertuples() if fits(row, search, **tags)]
        expected = {name: sum(r.benchmark == name for r in rows) for name in sorted({r.benchmark for r in rows})}
        page = reader.find(*place, search=search, **tags, limit=99)
        assert ({found.benchmark: found.n_series for found in page.rows}, page.n_found) == (expected, len(expected))


def test_what_is_found_says_what_it_is(reader: Reader) -> None:
    for found in reader.find(*PLACES[0], limit=99).rows:
        kind, unit, names, _ = SUITE[found.benchmark]
        assert (found.kinds, found.units, found.parameters) == ((kind,), (unit,), tuple(names))
        assert found.n_commits == 3


def test_pages_are_the_whole_list_in_order(reader: Reader) -> None:
    whole = reader.find(*PLACES[0], limit=99)
    pages = [reader.find(*PLACES[0], limit=2, offset=first) for first in (0, 2, 4)]
    assert tuple(row for page in pages for row in page.rows) == whole.rows
    assert {page.n_found for page in pages} == {whole.n_found} == {len(SUITE)}


def test_tags_are_those_of_the_place(reader: Reader) -> None:
    for place in PLACES:
        known, tags = at(reader, *place), reader.tags(*place)
        assert tags.families == tuple(sorted({name.partition(".")[0] for name in known["benchmark"]}))
        assert (tags.kinds, tags.units) == (tuple(sorted(set(known["kind"]))), tuple(sorted(set(known["unit"]))))
    assert reader.tags("nobody", "nowhere").families == ()


def test_what_is_offered_beside_benchmarks_begins_with_them_and_their_families(reader: Reader) -> None:
    assert reader.beside(*PLACES[0], ["sort.time_quick"], 0) == ["sort.time_quick"]
    assert reader.beside(*PLACES[0], ["sort.time_quick"], 2) == sorted(n for n in SUITE if n.startswith("sort"))
    assert reader.beside(*PLACES[0], ["unknown"], 99) == sorted(SUITE)
    assert reader.beside("nobody", "nowhere", ["sort.time_quick"], 99) == []


@pytest.mark.parametrize("places", [PLACES[:1], PLACES[1:], ()])
def test_series_of_benchmarks_at_places_are_their_rows_of_the_catalogue(reader: Reader, places: Any) -> None:
    known, names = reader.catalogue(), ["sort.time_quick", "top", "unknown"]
    here = [(m, e) in places for m, e in zip(known["machine"], known["environment"], strict=True)]
    expected = known[known["benchmark"].isin(names) & pd.Series(here, dtype=bool)].reset_index(drop=True)
    pd.testing.assert_frame_equal(reader.series_of(names, places), expected, check_dtype=bool(len(expected)))


def test_series_are_described_as_in_the_catalogue(reader: Reader) -> None:
    known = reader.catalogue()
    ids = known["series_id"].tolist()[1::3]
    expected = known[known["series_id"].isin(ids)].reset_index(drop=True)
    pd.testing.assert_frame_equal(reader.described(ids[::-1]), expected)


def test_the_newest_commit_with_a_value_of_a_parameter(reader: Reader) -> None:
    for name in ("size", "case", "text", "n", "nothing"):
        expected: dict[str, str] = {}
        for params, last in at(reader, *PLACES[0])[["params", "last_commit"]].itertuples(index=False):
            if name in params:
                expected[params[name]] = max(expected.get(params[name], ""), last)
        assert reader.newest_with(*PLACES[0], name) == expected
    assert reader.newest_with(*PLACES[0], "size")["1000"] == commit_hash(1)


def test_history_at_some_commits_is_a_part_of_the_whole(reader: Reader) -> None:
    ids = reader.catalogue()["series_id"].tolist()[:6]
    whole, some = reader.history(ids), [commit_hash(2), commit_hash(0)]
    expected = whole[whole["commit_hash"].isin(some)].reset_index(drop=True)
    pd.testing.assert_frame_equal(reader.history(ids, some), expected)
    assert reader.history(ids, []).empty


def test_told_changes_are_the_commits_of_the_judge_s_state(reader: Reader, store: Location) -> None:
    assert reader.told(*PLACES[0]) == {}
    commits, told = [commit_hash(n) for n in range(3)], {'a"b(1)\0v': [2, 1], "quiet\0v": [], "moved\0": [0]}
    with Writer(store) as writer:
        writer.keep(
            *PLACES[0], commits[-1], verdicts=[], events=[], factors={}, settings={}, inputs_digest="",
            state={"commits": commits, "told": told, "online": {}},
        )  # fmt: skip
    with Reader(store) as now:
        assert now.told(*PLACES[0]) == {'a"b(1)\0v': [commits[1], commits[2]], "moved\0": [commits[0]]}
        assert now.told(*PLACES[1]) == {}
