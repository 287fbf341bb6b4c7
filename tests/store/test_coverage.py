"""What was measured of each family at which commits, and what is missing: against a plain count of all points."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from perfwatch.store.coverage import Missing
from perfwatch.store.location import Location
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

PLACE = ("box", "py3.11")
# One has no module, and one appears twice, once more with another version.
NAMES = ("sort.time_quick", "sort.time_merge", "io.disk.time_read", "time_alone")
N = 7


def commit_hash(number: int) -> str:
    return f"{number:08x}" * 5


@pytest.fixture
def reader(tree: Any, store: Location) -> Iterator[Reader]:
    """A store of four benchmarks of three sizes at seven commits, with failures, skips, gaps and a new version."""
    chance, axis = random.Random(7), ["'1'", "'2'", "'10'"]
    declared = {
        n: {"name": n, "type": "time", "unit": "seconds", "version": "v1", "param_names": ["size"]} for n in NAMES
    }
    tree.benchmarks({**declared, "version": 2})
    for number in range(N):
        rows = {}
        for name in NAMES:
            if name == "time_alone" and number in (2, 5, 6):
                continue
            version = "v2" if name == "sort.time_merge" and number > 3 else "v1"
            values = [chance.choice([1.0, 2.0, 3.0, None, float("nan")]) for _ in axis]
            rows[name] = [values, [axis], version, 1_700_000_000_000]
        tree.result(number, rows)
    with Writer(store) as writer:
        writer.load(tree.results)
    with Reader(store) as found:
        yield found


def counted(reader: Reader) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Return by benchmark with parameters what came out at which commits, skipped ones left out."""
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for number in range(N):
        for m in reader.measurements(commit_hash(number), *PLACE):
            if m.status != "skipped":
                at = found.setdefault((m.key.benchmark, str(m.key.params)), {})
                at.setdefault(m.commit, set()).add(m.status)
    return found


def test_each_family_is_counted_at_each_commit_asked_for(reader: Reader) -> None:
    asked = [commit_hash(number) for number in (6, 4, 2)]
    expected: dict[str, tuple[int, dict[str, tuple[int, int]]]] = {}
    for (benchmark, _), at in counted(reader).items():
        family = benchmark.rpartition(".")[0] or benchmark
        n, counts = expected.get(family, (0, {}))
        for commit in asked:
            if commit in at:
                ok, failed = counts.get(commit, (0, 0))
                counts[commit] = (ok + ("ok" in at[commit]), failed + ("ok" not in at[commit]))
        expected[family] = (n + 1, counts)
    found = reader.families(*PLACE, asked)
    assert {f.name: (f.n, f.at) for f in found} == expected
    assert [f.name for f in found] == sorted(expected)
    assert {"sort", "io.disk", "time_alone"} == set(expected)


def test_what_was_measured_once_and_not_at_the_newest_commit_is_missing(reader: Reader) -> None:
    newest = commit_hash(N - 1)
    expected: dict[str, list[str]] = {}
    of: dict[str, int] = {}
    for (benchmark, _), at in counted(reader).items():
        of[benchmark] = of.get(benchmark, 0) + 1
        if newest not in at:
            expected.setdefault(benchmark, []).append(max(at))
    found = reader.missing(*PLACE, newest)
    assert {m.benchmark: m for m in found} == {
        name: Missing(name, len(last), of[name], max(last)) for name, last in expected.items()
    }
    assert found == sorted(found, key=lambda m: (-m.n, m.benchmark))
    assert "time_alone" in expected
