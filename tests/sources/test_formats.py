"""Reports of other tools: what each says, in SI, and one line for what it cannot say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from perfwatch.errors import SourceError, UsageError
from perfwatch.model import Measurement
from perfwatch.sources import formats
from perfwatch.sources.formats import Origin, Report

ORIGIN = Origin("c0ffee", "ci-1", "env")
PATH = Path("report.json")


def read(document: Any, path: Path = PATH, origin: Origin = ORIGIN) -> tuple[dict[str, Measurement], list[str]]:
    """Return the measurements of a report by their labels, and its problems."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    files = formats.read(content, path, origin)
    found = {m.key.label: m for file in files for m in file.measurements()}
    return found, [problem for file in files for problem in file.problems]


PYTEST_BENCHMARK = {
    "machine_info": {"node": "box", "python_version": "3.12.1", "cpu": {"brand_raw": "X"}},
    "commit_info": {"id": "abc123", "time": "2026-11-20T10:00:00+01:00", "dirty": False, "branch": "main"},
    "benchmarks": [
        {
            "group": None,
            "name": "test_sort[10-a]",
            "fullname": "tests/test_x.py::test_sort[10-a]",
            "params": {"n": 10, "how": "a"},
            "param": "10-a",
            "stats": {"median": 2e-6, "q1": 1e-6, "q3": 3e-6, "iterations": 5, "data": [1e-6, 2e-6, 4e-6]},
        },
        {
            "name": "test_plain",
            "fullname": "tests/test_x.py::test_plain",
            "params": None,
            "param": None,
            "stats": {"median": 0.5, "q1": 0.4, "q3": 0.6, "iterations": 1},
        },
        {"name": "test_broken", "fullname": "tests/test_x.py::test_broken"},
    ],
    "datetime": "2026-11-20T10:05:00+00:00",
    "version": "5.1.0",
}


def test_pytest_benchmark_says_its_commit_machine_parameters_and_rounds() -> None:
    [file] = formats.read(json.dumps(PYTEST_BENCHMARK).encode(), PATH, Origin())
    assert (file.commit, file.machine, file.environment.name) == ("abc123", "box", "python3.12.1")
    assert file.committed_at is not None
    assert file.committed_at.isoformat() == "2026-11-20T09:00:00+00:00"
    found = {m.key.label: m for m in file.measurements()}
    sort = found["tests/test_x.py::test_sort(10, a)"]
    assert (sort.key.params, sort.value, sort.samples, sort.number) == (
        (("n", "10"), ("how", "a")),
        2e-6,
        (1e-6, 2e-6, 4e-6),
        5,
    )
    assert (found["tests/test_x.py::test_plain"].value, found["tests/test_x.py::test_plain"].samples) == (0.5, None)
    assert file.problems == ("benchmarks[2]: stats is missing; left out",)


def test_of_more_rounds_than_anybody_needs_a_thousand_are_kept_and_all_are_counted() -> None:
    rounds = [float(i) for i in range(4_500)]
    report = json.loads(json.dumps(PYTEST_BENCHMARK))
    report["benchmarks"][1]["stats"]["data"] = rounds
    plain = read(report)[0]["tests/test_x.py::test_plain"]
    assert (plain.value, plain.q25, plain.q75) == (2249.5, 1124.75, 3374.25)
    assert plain.samples is not None
    assert (len(plain.samples), plain.samples[0], plain.samples[-1]) == (1_000, 0.0, 4495.0)


def test_what_the_caller_says_knows_better_than_the_report() -> None:
    [file] = formats.read(json.dumps(PYTEST_BENCHMARK).encode(), PATH, ORIGIN)
    assert (file.commit, file.machine, file.environment.name) == ("c0ffee", "ci-1", "env")


GOOGLE = {
    "context": {"date": "2026-11-20T10:00:00+00:00", "host_name": "box", "num_cpus": 2},
    "benchmarks": [
        {"name": "BM_sort/8/threads:2", "run_name": "BM_sort/8/threads:2", "run_type": "iteration", "real_time": t,
         "cpu_time": 1.0, "time_unit": "us", "items_per_second": 100.0 / t}
        for t in (3.0, 1.0, 2.0)
    ]
    + [
        {"name": "BM_sort/8/threads:2_median", "run_name": "BM_sort/8/threads:2", "run_type": "aggregate",
         "aggregate_name": "median", "real_time": 9.0, "time_unit": "us"},
        {"name": "BM_only_mean", "run_type": "aggregate", "run_name": "BM_only", "aggregate_name": "mean",
         "real_time": 7.0, "time_unit": "ms"},
        {"name": "BM_only_cv", "run_type": "aggregate", "run_name": "BM_only", "aggregate_name": "cv", "real_time": 0.1,
         "time_unit": "ms"},
        {"name": "BM_bad", "run_type": "iteration", "error_occurred": True, "error_message": "no file"},
        {"name": "BM_bigO", "run_name": "BM_big", "run_type": "aggregate", "aggregate_name": "BigO", "big_o": "N"},
        17,
    ],
}  # fmt: skip


def test_google_benchmark_s_repetitions_are_samples_and_its_aggregates_a_makeshift() -> None:
    found, problems = read(GOOGLE)
    sort = found["BM_sort(8, 2)"]
    assert sort.key.params == (("arg1", "8"), ("threads", "2"))
    assert sort.value == pytest.approx(2e-6)
    assert sort.samples == pytest.approx((3e-6, 1e-6, 2e-6))
    assert found["BM_sort.items_per_second(8, 2)"].key.unit == "items/s"
    assert found["BM_only"].value == pytest.approx(7e-3)
    assert (found["BM_bad"].status, found["BM_bad"].value) == ("failed", None)
    assert set(found) == {"BM_sort(8, 2)", "BM_sort.items_per_second(8, 2)", "BM_only", "BM_bad"}
    assert problems == ["benchmarks[8]: no object with a name; left out", "BM_bad: no file"]


def test_hyperfine_s_runs_are_samples_and_a_run_that_failed_fails_the_command() -> None:
    found, problems = read(
        {
            "results": [
                {"command": "sleep 0.1", "mean": 0.2, "median": 0.1, "times": [0.1, 0.1, 0.4],
                 "exit_codes": [0, 0, 0], "memory_usage_byte": [1000, 3000, 2000]},
                {"command": "sort 10", "mean": 0.2, "parameters": {"n": "10"}},
                {"command": "false", "mean": 0.1, "times": [0.1], "exit_codes": [1]},
                {"mean": 1.0},
            ]
        }
    )  # fmt: skip
    assert (found["sleep 0.1"].value, found["sleep 0.1"].samples) == (0.1, (0.1, 0.1, 0.4))
    assert (found["sleep 0.1 (memory)"].value, found["sleep 0.1 (memory)"].key.unit) == (2000, "bytes")
    assert (found["sort 10(10)"].value, found["sort 10(10)"].key.params) == (0.2, (("n", "10"),))
    assert found["false"].status == "failed"
    assert problems == ["results[3]: command is missing; left out"]


def test_jmh_s_iterations_of_all_forks_are_samples_and_modes_are_apart() -> None:
    row = {
        "jmhVersion": "1.37",
        "benchmark": "org.x.Sort.sort",
        "mode": "avgt",
        "threads": 1,
        "params": {"n": "10"},
        "primaryMetric": {"score": 5.0, "scoreUnit": "ns/op", "rawData": [[4.0, 6.0], [5.0, 9.0]]},
        "secondaryMetrics": {"·gc.alloc.rate.norm": {"score": 24.0, "scoreUnit": "B/op", "rawData": [[24.0]]}},
    }
    throughput = row | {"mode": "thrpt", "primaryMetric": {"score": 2.0, "scoreUnit": "ops/s", "rawData": "NaN"}}
    found, problems = read([row, throughput, {"benchmark": "org.x.None"}])
    sort = found["org.x.Sort.sort(10, avgt, 1)"]
    assert (sort.value, sort.samples) == (pytest.approx(5.5e-9), pytest.approx((4e-9, 6e-9, 5e-9, 9e-9)))
    assert found["org.x.Sort.sort(10, thrpt, 1)"].key.unit == "ops/s"
    alloc = found["org.x.Sort.sort:gc.alloc.rate.norm(10, avgt, 1)"]
    assert (alloc.value, alloc.key.unit, alloc.key.kind) == (24.0, "bytes", "mem")
    # Its secondary metric is that of the row before it, in another mode.
    assert len(found) == 4
    assert problems == ["results[2]: primaryMetric is missing; left out"]


def criterion(folder: Path, name: str = "new") -> Path:
    new = folder / "group" / "sort" / "10" / name
    new.mkdir(parents=True)
    told = {"group_id": "group", "function_id": "sort", "value_str": "10", "full_id": "group/sort/10"}
    (new / "benchmark.json").write_text(json.dumps(told))
    (new / "sample.json").write_text(json.dumps({"iters": [10, 20, 30], "times": [100.0, 400.0, 900.0]}))
    interval = {"confidence_level": 0.95, "lower_bound": 1.0, "upper_bound": 2.0}
    (new / "estimates.json").write_text(
        json.dumps({"median": {"point_estimate": 20.0, "confidence_interval": interval}})
    )
    return new / "estimates.json"


def test_criterion_s_samples_are_times_over_iterations(tmp_path: Path) -> None:
    path = criterion(tmp_path)
    found, _ = read(path.read_bytes(), path)
    sort = found["group/sort(10)"]
    assert (sort.value, sort.samples) == (pytest.approx(20e-9), pytest.approx((10e-9, 20e-9, 30e-9)))
    # Criterion's interval is of 95 %, ours of 99.
    assert (sort.lower, sort.upper) == (None, None)
    path.with_name("sample.json").write_text('{"iters": [1], "times": []}')
    with pytest.raises(SourceError, match="times and iters do not fit"):
        read(path.read_bytes(), path)
    path.with_name("benchmark.json").unlink()
    with pytest.raises(SourceError, match=r"benchmark\.json: cannot be read"):
        read(path.read_bytes(), path)


GO = b"""goos: linux
goarch: amd64
pkg: example.com/x
cpu: X
commit: deadbeef
BenchmarkSort/n=10-8   \t 1000\t  120 ns/op\t  48 B/op\t 2 allocs/op
BenchmarkSort/n=10-8   \t 1000\t  100 ns/op\t  48 B/op\t 2 allocs/op
BenchmarkSort/n=10-8   \t 1000\t  500 ns/op\t  48 B/op\t 2 allocs/op
BenchmarkCopy-8        \t 1000\t  2.5 ns/op\t  3200.5 MB/s
BenchmarkBroken-8      \t 1000\t  x ns/op
--- FAIL: TestSomething
PASS
ok  example.com/x 1.2s
"""


def test_go_s_lines_of_one_benchmark_are_samples_a_unit_each() -> None:
    [file] = formats.read(GO, Path("bench.txt"), Origin(machine="ci-1"))
    found = {m.key.label: m for m in file.measurements()}
    assert file.commit == "deadbeef"
    sort = found["example.com/x.Sort(10, 8)"]
    assert sort.key.params == (("n", "10"), ("procs", "8"))
    assert (sort.value, sort.samples) == (pytest.approx(120e-9), pytest.approx((120e-9, 100e-9, 500e-9)))
    assert (found["example.com/x.Sort:B/op(10, 8)"].value, found["example.com/x.Sort:B/op(10, 8)"].key.unit) == (
        48.0,
        "bytes",
    )
    assert found["example.com/x.Copy:MB/s(8)"].key.unit == "MB/s"
    assert file.problems == ("line 10: 'x' is no number; left out",)


def test_a_list_of_names_units_and_values_is_kept_as_it_is() -> None:
    found, problems = read(
        [
            {"name": "sweep", "unit": "ms", "value": 3, "range": "± 1", "extra": "x"},
            {"name": "size", "unit": "KiB", "value": 2},
            {"name": "things", "unit": "things", "value": 7.5},
            {"name": "sweep", "unit": "ms", "value": 4},
            {"name": "text", "unit": "ms", "value": "3"},
        ]
    )
    assert {label: (m.value, m.key.unit) for label, m in found.items()} == {
        "sweep": (0.003, "seconds"),
        "size": (2048, "bytes"),
        "things": (7.5, "things"),
    }
    assert problems == [
        "entries[4]: the value of 'text' is '3', no number; left out",
        "sweep: there twice, so two figures have one name; the first is kept",
    ]


def test_our_own_says_everything_a_measurement_has() -> None:
    document = {
        "schema": "perfwatch.measurements/1",
        "reports": [
            {
                "commit": "one",
                "machine": "m",
                "environment": "e",
                "committed_at": "2026-11-20T10:00:00Z",
                "measurements": [
                    {
                        "benchmark": "sweep", "params": {"n": 10}, "unit": "seconds", "value": 0.5, "kind": "time",
                        "samples": [0.4, 0.5, 0.6], "number": 3, "lower": 0.4, "upper": 0.6, "q25": 0.45, "q75": 0.55,
                        "version": "v1", "started_at": "2026-11-20T10:01:00Z",
                    },
                    {"benchmark": "broken", "unit": "seconds", "value": None, "status": "failed"},
                    {"benchmark": "quiet", "unit": "seconds", "value": None},
                    {"benchmark": "odd", "unit": "seconds", "value": 1, "status": "odd"},
                ],
            },
            {"commit": "two", "machine": "m", "measurements": []},
        ],
    }  # fmt: skip
    files = formats.read(json.dumps(document).encode(), PATH, Origin())
    assert [(f.commit, f.machine, f.environment.name) for f in files] == [("one", "m", "e"), ("two", "m", "perfwatch")]
    sweep, broken = files[0].measurements()
    assert (sweep.key.version, sweep.key.params, sweep.lower, sweep.upper, sweep.number) == (
        "v1",
        (("n", "10"),),
        0.4,
        0.6,
        3,
    )
    assert sweep.started_at is not None
    assert (broken.status, broken.value) == ("failed", None)
    assert [p.partition(":")[0] for p in files[0].problems] == [
        "reports[0].measurements[2]",
        "reports[0].measurements[3]",
    ]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "of no format that is known"),
        (b"hello", "of no format that is known"),
        ({"version": 2, "commit_hash": "x", "results": {}}, "of no format that is known"),
        (b'{"machine_info": {}, "benchmarks": [', "not valid JSON, perhaps cut short"),
        ({"machine_info": {}, "benchmarks": 7}, "benchmarks is no list"),
        ({"context": {}, "benchmarks": {}}, "no list `benchmarks`"),
        ({"schema": "perfwatch.measurements/2", "reports": []}, "is it of a newer perfwatch"),
        ({"schema": "perfwatch.measurements/1", "reports": [7]}, "no list `reports` of objects"),
    ],
)
def test_what_is_no_report_is_told_in_a_line(document: Any, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        read(document)


def test_a_report_of_no_commit_is_refused_and_so_is_one_of_no_machine() -> None:
    report = [{"name": "sweep", "unit": "ms", "value": 3}]
    with pytest.raises(UsageError, match="does not say which commit was measured; say it with --commit"):
        read(report, origin=Origin())
    with pytest.raises(UsageError, match="does not say on which machine; say it with --machine"):
        read(report, origin=Origin(commit="c"))
    found, _ = read(report, origin=Origin(commit="c", machine_otherwise="here"))
    assert found["sweep"].key.machine == "here"


def test_another_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no format 'xml'; there are perfwatch, pytest-benchmark, google-benchmark"):
        formats.read(b"{}", PATH, ORIGIN, "xml")


def test_every_format_takes_its_own_and_no_other_s(tmp_path: Path) -> None:
    estimates = criterion(tmp_path)
    own = {"schema": "perfwatch.measurements/1", "reports": []}
    jmh = [{"jmhVersion": "1", "primaryMetric": {"score": 1, "scoreUnit": "s/op"}, "benchmark": "b"}]
    reports = {
        "perfwatch": (json.dumps(own).encode(), PATH),
        "pytest-benchmark": (json.dumps(PYTEST_BENCHMARK).encode(), PATH),
        "google-benchmark": (json.dumps(GOOGLE).encode(), PATH),
        "hyperfine": (b'{"results": [{"command": "x", "mean": 1}]}', PATH),
        "jmh": (json.dumps(jmh).encode(), PATH),
        "criterion": (estimates.read_bytes(), estimates),
        "benchfmt": (GO, PATH),
        "customSmallerIsBetter": (b' [{"name": "x", "unit": "s", "value": 1}]', PATH),
    }
    assert list(reports) == list(formats.formats())
    for name, (content, path) in reports.items():
        taken = [other for other, found in formats.formats().items() if found.matches(content, path)]
        assert taken == [name]
        assert formats.recognised(content, path).name == name


class Mine:
    """A format that a package brings."""

    name = "mine"
    says = "one number"

    def matches(self, content: bytes, path: Path) -> bool:
        return content.startswith(b"mine ")

    def read(self, content: bytes, path: Path) -> list[Report]:
        return [Report((formats.Figure("mine.value", "things", float(content.split()[1]), kind="track"),))]


def test_a_package_s_format_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mine-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: mine\nVersion: 1\n")
    (folder / "entry_points.txt").write_text(f"[{formats.GROUP}]\nmine = {__name__}:Mine\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, __name__, __import__("types").SimpleNamespace(Mine=Mine))
    formats.formats.cache_clear()
    try:
        found, _ = read(b"mine 42")
        assert found["mine.value"].value == 42
        (folder / "entry_points.txt").write_text(f"[{formats.GROUP}]\nmine = nowhere:Mine\n")
        formats.formats.cache_clear()
        with pytest.raises(UsageError, match="the format 'mine' of nowhere:Mine cannot be loaded"):
            read(b"mine 42")
    finally:
        formats.formats.cache_clear()


def test_no_number_is_made_of_what_is_none() -> None:
    report = json.loads(json.dumps(PYTEST_BENCHMARK))
    report["benchmarks"][1]["stats"]["median"] = math.nan
    found, _ = read(report)
    assert found["tests/test_x.py::test_plain"].status == "failed"
