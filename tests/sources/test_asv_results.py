"""One asv result file: every point of it, and a plain word for what cannot be read."""

from __future__ import annotations

import copy
import json
import math
from datetime import UTC, datetime

import asv.results
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfwatch.errors import SourceError
from perfwatch.sources.asv import parse_benchmarks, parse_results, read_results_file
from perfwatch.sources.asv_benchmarks import Declaration, plain_values

NAN, INF = math.nan, math.inf


def points(path, benchmarks=None):
    return list(read_results_file(path, benchmarks or {}).measurements())


def test_every_field_of_a_point_is_read(result_file):
    path = result_file({"suite.time_x": [[0.5], [["'a'"]], "v1", 1_700_000_001_000, 9.5, [0.4], [0.6], [0.45], [0.55],
                                         [2], [3], [[0.5, 0.4, 0.6]]]})  # fmt: skip
    declared = {"suite.time_x": Declaration("suite.time_x", "seconds", "time", "v1", ("letter",))}
    [point] = points(path, declared)
    assert point.key.params == (("letter", "a"),)
    assert (point.key.benchmark, point.key.version, point.key.unit, point.key.kind) == (
        "suite.time_x", "v1", "seconds", "time")  # fmt: skip
    assert (point.key.machine, point.key.environment, point.commit) == ("box", "py3.11-numpy", "c" * 40)
    assert (point.status, point.value, point.lower, point.upper) == ("ok", 0.5, 0.4, 0.6)
    assert (point.q25, point.q75) == (0.45, 0.55)
    assert (point.samples, point.number, point.duration_s) == ((0.5, 0.4, 0.6), 2, 9.5)
    assert point.started_at == datetime.fromtimestamp(1_700_000_001, UTC)


def test_the_file_tells_commit_machine_and_environment(result_file):
    found = read_results_file(result_file({}), {})
    assert (found.commit, found.machine, found.committed_at) == ("c" * 40, "box", datetime.fromtimestamp(1.7e9, UTC))
    assert (found.environment.name, found.environment.python) == ("py3.11-numpy", "3.11")
    assert found.environment.requirements == {"numpy": ""}


def test_null_is_failed_nan_is_skipped_infinity_is_a_value(result_file):
    path = result_file({"time_x": [[None, NAN, INF, -INF, 0.0, 3], [["1", "2", "3", "4", "5", "6"]], "v"]})
    assert "NaN" in path.read_text()
    assert [(p.status, p.value) for p in points(path)] == [
        ("failed", None), ("skipped", None), ("ok", INF), ("ok", -INF), ("ok", 0.0), ("ok", 3.0)
    ]  # fmt: skip


def test_texts_truths_and_objects_are_kept_as_text(result_file):
    path = result_file({"track_x": [["é", True, {"a": [1]}, [1, 2]], [["1", "2", "3", "4"]], "v"]})
    assert [(p.status, p.value, p.text) for p in points(path)] == [
        ("ok", None, "é"), ("ok", None, "true"), ("ok", None, '{"a": [1]}'), ("ok", None, "[1, 2]")
    ]  # fmt: skip


def test_parameters_go_in_product_order_the_last_fastest(result_file):
    path = result_file({"time_x": [[1, 2, 3, 4, 5, 6], [["'a'", "'b'"], ["1", "2", "3"]], "v"]})
    assert [(*(v for _, v in p.key.params), p.value) for p in points(path)] == [
        ("a", "1", 1.0), ("a", "2", 2.0), ("a", "3", 3.0), ("b", "1", 4.0), ("b", "2", 5.0), ("b", "3", 6.0)
    ]  # fmt: skip


def test_a_null_for_all_results_fails_every_parameter_set(result_file):
    path = result_file({"time_x": [None, [["1", "2"]], "v"]})
    assert [p.status for p in points(path)] == ["failed", "failed"]


def test_an_interval_keeps_what_is_missing_missing_and_what_is_infinite_infinite(result_file):
    path = result_file({"time_x": [[1.0, 2.0], [["1", "2"]], "v", None, None, [-INF, None], [INF, None]]})
    first, second = points(path)
    assert (first.lower, first.upper) == (-INF, INF)
    assert (second.lower, second.upper, second.q25, second.samples, second.number) == (None,) * 5
    assert first.started_at is None


def test_columns_are_told_by_name_not_by_place(result_file):
    path = result_file({"time_x": ["v", [], [7.0]]}, result_columns=["version", "params", "result"])
    [point] = points(path)
    assert (point.value, point.key.version) == (7.0, "v")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ([10**400], "too large to convert to float; left out"),
        ("text", "does not fit the 13 columns; left out"),
        ([None] * 14, "does not fit the 13 columns; left out"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_told_and_its_neighbours_load(result_file, row, says):
    found = read_results_file(result_file({"time_bad": row, "time_good": [[1.0], [], "v"]}), {})
    [problem] = found.problems
    assert problem.startswith("time_bad: ")
    assert says in problem
    assert [p.key.benchmark for p in found.measurements()] == ["time_good"]


@pytest.mark.parametrize(
    ("results", "params", "says"),
    [
        ([1.0], [["1", "2"]], "1 results for 2 parameter sets"),
        ([1.0, 2.0], [], "2 results for 1 parameter sets"),
        ([1.0, 2.0], [["1", "1"]], "the same value twice"),
        ([1.0, None, 3.0], "x", "no list of lists"),
        ([], [["1"]], "0 results for 1 parameter sets"),
    ],
)
def test_results_that_do_not_fit_the_parameters_are_kept_by_their_position(result_file, results, params, says):
    found = read_results_file(result_file({"time_odd": [results, params, "v"]}), {})
    [problem] = found.problems
    assert problem.startswith("time_odd: ")
    assert problem.endswith("; kept by their position")
    assert says in problem
    points = list(found.measurements())
    assert [p.value for p in points] == results
    assert [p.key.params for p in points] == [(("position", str(i)),) for i in range(len(results))]
    assert {p.key.version for p in points} <= {"v"}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ([None, None, ["x"]], "`stats_ci_99_a` holds what is no number"),
        ([None, None, [1.0, 2.0]], "2 entries of `stats_ci_99_a` for 1 parameter sets"),
        ([None, None, [10**400]], "`stats_ci_99_a` holds what is no number"),
        ([None, None, None, None, None, None, [1.5]], "`stats_number` holds what is no count"),
        ([None, None, None, None, None, None, None, None, [[1.0, None]]], "`samples` holds what is no number"),
    ],
)
def test_a_statistic_that_does_not_fit_is_left_out_and_the_value_is_kept(result_file, row, says):
    found = read_results_file(result_file({"time_bad": [[7.0], [], "v", *row]}), {})
    assert found.problems == (f"time_bad: {says}; that column left out",)
    [point] = found.measurements()
    assert (point.value, point.lower, point.number, point.samples) == (7.0, None, None, None)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\x00\x01", "not valid JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[1]", "a JSON list, not an object"),
        (b"{}", "has no format version"),
        (b'{"version": 3}', "asv's result format 3"),
        (b'{"version": 2, "commit_hash": "c"}', "no object `results`"),
        (b'{"version": 2, "results": {}}', "no commit_hash"),
        (b'{"version": 2, "commit_hash": "c", "results": {}}', "result_columns"),
        (b'{"version": 2, "a": "\\ud800"}', "not UTF-8"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_a_file_that_is_none_is_told_on_one_line_with_its_name(tmp_path, content, says):
    path = tmp_path / "cccccccc-env.json"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_results_file(path, {})
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_cut_short_anywhere_is_an_error_never_half_the_points(result_file):
    content = result_file({"time_x": [[0.5, NAN], [["'a'", "'b'"]], "v1", 1, 2.0, [0.1, 0.2]]}).read_bytes()
    for end in range(len(content) - 1):
        with pytest.raises(SourceError):
            parse_results(content[:end], result_file({}), {})


def test_a_file_that_is_not_there_is_a_source_error(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        read_results_file(tmp_path / "none.json", {})


V1 = {
    "commit_hash": "d" * 40, "date": 1_500_000_000_000, "params": {"machine": "old"}, "python": "2.7",
    "requirements": {"six": "1"}, "version": 1,
    "results": {
        "suite.time_scalar": 0.25,
        "suite.time_failed": None,
        "suite.track_text": "a",
        "suite.time_params": {
            "params": [["'x'", "'y'"]], "result": [1.5, None],
            "stats": [{"ci_99": [1.0, 2.0], "q_25": 1.2, "q_75": 1.8, "number": 3, "repeat": 2}, None],
            "samples": [[1.4, 1.6], None],
        },
        "suite.time_one": {"result": 4.0, "params": [], "stats": {"ci_99": [3.0, INF], "q_25": 3.5, "q_75": 4.5}},
    },
    "started_at": {"suite.time_scalar": 1_500_000_001_000}, "duration": {"suite.time_scalar": 2.5},
    "benchmark_version": {"suite.time_scalar": "w"},
}  # fmt: skip


def test_version_1_is_read_too(tmp_path):
    path = tmp_path / "dddddddd-py2.7-six.json"
    path.write_text(json.dumps(V1))
    found = read_results_file(path, {})
    assert found.problems == ()
    assert found.environment.name == "py2.7-six"
    by_label = {p.key.label: p for p in found.measurements()}
    scalar = by_label["suite.time_scalar"]
    assert (scalar.value, scalar.key.version, scalar.duration_s) == (0.25, "w", 2.5)
    assert by_label["suite.time_failed"].status == "failed"
    assert by_label["suite.track_text"].text == "a"
    x = by_label["suite.time_params(x)"]
    assert (x.value, x.lower, x.upper, x.q25, x.q75, x.number, x.samples) == (1.5, 1.0, 2.0, 1.2, 1.8, 3, (1.4, 1.6))
    assert by_label["suite.time_params(y)"].status == "failed"
    assert by_label["suite.time_one"].upper == INF


def oracle(path):
    """Return what asv itself reads: (benchmark, params) → (result, interval, samples)."""
    loaded = asv.results.Results.load(str(path))
    found = {}
    for name in loaded.get_all_result_keys():
        axes = loaded.get_result_params(name)
        results, stats, samples = (
            get(name, axes) if values is not None else [None] * len(loaded.get_result_value(name, axes))
            for get, values in (
                (loaded.get_result_value, 1),
                (loaded.get_result_stats, loaded._stats[name]),
                (loaded.get_result_samples, loaded._samples[name]),
            )
        )
        for i, result in enumerate(results):
            found[name, i] = (result, (stats[i] or {}).get("ci_99_a"), samples[i])
    return found


finite = st.floats(allow_nan=False, allow_infinity=False)
result = st.one_of(st.none(), st.just(NAN), st.just(INF), finite, st.integers(-(2**50), 2**50))


@st.composite
def rows(draw):
    sizes = draw(st.lists(st.integers(1, 3), max_size=2))
    axes = [[repr(i) for i in range(size)] for size in sizes]
    n = math.prod(sizes)
    column = st.one_of(st.none(), st.lists(st.one_of(st.none(), finite), min_size=n, max_size=n))
    samples = st.one_of(st.none(), st.lists(st.one_of(st.none(), st.lists(finite)), min_size=n, max_size=n))
    row = [draw(st.one_of(st.none(), st.lists(result, min_size=n, max_size=n))), axes, "v", 1, 1.0, draw(column),
           None, None, None, None, None, draw(samples)]  # fmt: skip
    while row and row[-1] is None:
        row.pop()
    return row


@given(st.dictionaries(st.sampled_from(["a.time_x", "a.track_y", "B.mem_z"]), rows(), min_size=1))
def test_it_reads_what_asv_reads(tmp_path_factory, written):
    path = tmp_path_factory.mktemp("box") / "cccccccc-env.json"
    path.write_text(json.dumps({
        "commit_hash": "c" * 40, "env_name": "env", "date": 1, "params": {"machine": "box"}, "python": "3",
        "requirements": {}, "env_vars": {}, "durations": {}, "version": 2, "results": written,
        "result_columns": ["result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b",
                           "stats_q_25", "stats_q_75", "stats_number", "stats_repeat", "samples", "profile"],
    }))  # fmt: skip
    expected = oracle(path)
    found, seen = read_results_file(path, {}), {}
    assert found.problems == ()
    for point in found.measurements():
        i = seen[point.key.benchmark] = seen.get(point.key.benchmark, -1) + 1
        value, lower, samples = expected.pop((point.key.benchmark, i))
        if point.status == "failed":
            assert value is None
        elif point.status == "skipped":
            assert math.isnan(value)
        else:
            assert point.value == float(value)
        assert point.lower == lower
        assert (None if point.samples is None else list(point.samples)) == samples
    assert expected == {}


def test_it_reads_of_version_1_what_asv_makes_of_it(tmp_path):
    # A null result without statistics is all asv 0.6 cannot convert itself.
    upgraded = asv.results.Results.update_to_2(copy.deepcopy(V1))
    old, new = tmp_path / "dddddddd-py2.7-six.json", tmp_path / "new.json"
    old.write_text(json.dumps(V1))
    new.write_text(json.dumps(upgraded | {"version": 2, "env_name": "py2.7-six"}))
    from_old = sorted(read_results_file(old, {}).measurements(), key=lambda p: p.key.label)
    from_new = sorted(read_results_file(new, {}).measurements(), key=lambda p: p.key.label)
    assert from_old == from_new


def test_quotes_come_off_strings_and_nothing_else_changes():
    assert plain_values(["'quick'", '"it\'s"', "1", "None", "<f at 0>", "'a\\nb'", "'"]) == (
        "quick", "it's", "1", "None", "<f at 0>", "a\nb", "'")  # fmt: skip


def test_quotes_stay_where_two_values_would_become_one():
    assert plain_values(["1", "'1'"]) == ("1", "'1'")


@given(st.text())
def test_any_string_parameter_comes_back_as_it_was(text):
    assert plain_values([repr(text), "0.5"])[0] in (text, repr(text))
    if text != "0.5":
        assert plain_values([repr(text), "0.5"])[0] == text


def test_declarations_give_unit_type_and_names(tmp_path):
    content = orjson.dumps({
        "a.track_x": {"name": "a.track_x", "type": "track", "unit": "trades", "version": "1", "param_names": ["size"],
                      "params": [["'s'"]]},
        "a.time_y": {"name": "a.time_y", "type": "time"}, "version": 2,
    })  # fmt: skip
    found = parse_benchmarks(content, tmp_path / "benchmarks.json")
    assert found["a.track_x"] == Declaration("a.track_x", "trades", "track", "1", ("size",), (("s",),))
    assert found["a.time_y"].unit == "seconds"


@pytest.mark.parametrize(
    ("name", "unit", "kind"),
    [("a.time_x", "seconds", "time"), ("A.b.peakmem_x", "bytes", "peakmem"), ("a.mem_x", "bytes", "mem"),
     ("a.track_x", "", "track"), ("a.timeraw_x", "seconds", "timeraw"), ("a.TimeSuite.x", "seconds", "time"),
     ("a.whatever", "", "")],
)  # fmt: skip
def test_an_undeclared_benchmark_is_told_by_its_name(result_file, name, unit, kind):
    [point] = points(result_file({name: [[1.0], [["1"]], "v"]}))
    assert (point.key.unit, point.key.kind, point.key.params) == (unit, kind, (("param1", "1"),))


def test_names_that_do_not_fit_the_parameters_are_not_used(result_file):
    declared = {"time_x": Declaration("time_x", "seconds", "time", "v", ("a", "b"))}
    [point] = points(result_file({"time_x": [[1.0], [["1"]], "v"]}), declared)
    assert point.key.params == (("param1", "1"),)
