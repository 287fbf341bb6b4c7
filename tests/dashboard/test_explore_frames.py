"""What Explore draws, on data: ratios, times, parameters as axes, levels between steps, names, files."""

from __future__ import annotations

import io
import math
from statistics import median
from typing import Any

import pandas as pd
import pytest
from charts.line import Line
from charts.timeline import Axis, Opening, timeline
from frames import exploring

from perfwatch.model import SeriesKey
from perfwatch.units import SECONDS

COMMITS = pd.DataFrame(
    {
        "hash": list("abcde"),
        "label": list("ABCDE"),
        "subject": ["one", "two", None, "four", "five"],
        "committed_at": pd.to_datetime(["2026-01-03", "2026-01-01", None, "2026-01-02", "2026-01-09"], utc=True),
    }
)


def catalogue(*rows: tuple[str, dict[str, str]], **columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        [
            {
                "series_id": i, "benchmark": name, "version": "v1", "params": params, "machine": "m",
                "environment": "e", "unit": "seconds", "kind": "time",
                "label": f"{name}({', '.join(params.values())})",
            }
            for i, (name, params) in enumerate(rows)
        ]
    )  # fmt: skip
    return frame.assign(**columns)


def readings(values: dict[int, dict[str, float]], **columns: Any) -> pd.DataFrame:
    rows = [
        {
            "series_id": i, "commit_hash": commit, "subject": None, "committed_at": None, "status": "ok",
            "value": value,
            "text": None, "lower": value - 0.5, "upper": value + 0.5, "q25": value, "q75": value,
            "samples": [value, value + 1], "started_at": None,
        }
        for i, of in values.items() for commit, value in of.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**columns)


def test_a_ratio_is_every_number_over_the_value_at_the_base() -> None:
    found = exploring.over_base(readings({0: {"a": 2.0, "b": 3.0}, 1: {"b": 5.0}, 2: {"a": 0.0, "b": 1.0}}), "a")
    # Neither what was not measured at the base nor what was nought there has a ratio to it.
    assert found["series_id"].tolist() == [0, 0]
    assert found[["value", "lower", "upper", "q25"]].to_numpy().tolist() == [
        [1.0, 0.75, 1.25, 1.0],
        [1.5, 1.25, 1.75, 1.5],
    ]
    assert list(found["samples"]) == [[1.0, 1.5], [1.5, 2.0]]


def test_what_failed_or_has_no_samples_stays_so_in_a_ratio() -> None:
    points = readings({0: {"a": 2.0, "b": math.nan}}).assign(samples=[None, None], status=["ok", "failed"])
    found = exploring.over_base(points, "a")
    assert math.isnan(found["value"].iloc[1])
    assert (found["status"].tolist(), list(found["samples"])) == (["ok", "failed"], [None, None])


def test_the_base_is_the_earliest_commit_that_most_series_have() -> None:
    points = readings({0: {"a": 1.0, "b": 1.0, "c": 1.0}, 1: {"b": 1.0, "c": 1.0}, 2: {"c": math.nan}})
    assert exploring.first_shared(points, list("abc")) == "b"
    assert exploring.first_shared(points.iloc[:0], list("abc")) == "a"


def test_in_time_commits_stand_by_their_dates_and_those_without_are_left_out() -> None:
    found, axis = exploring.in_time(COMMITS)
    assert found["hash"].tolist() == ["b", "d", "a", "e"]
    assert axis.kind == "time"
    assert [at - axis.at[0] for at in axis.at] == [0, 86_400_000, 2 * 86_400_000, 8 * 86_400_000]


@pytest.mark.parametrize(
    ("values", "kind", "order"),
    [
        (["100", "1", "10"], "log", ["1", "10", "100"]),
        (["3", "1", "2"], "linear", ["1", "2", "3"]),
        (["0", "1000"], "linear", ["0", "1000"]),
        (["30x2", "4"], "category", ["30x2", "4"]),
        (["quick", "brief"], "category", ["quick", "brief"]),
        (["1", "nan"], "category", ["1", "nan"]),
    ],
)
def test_a_parameter_of_numbers_is_an_axis_of_numbers(values: list[str], kind: str, order: list[str]) -> None:
    series = catalogue(*[("x.time", {"n": value}) for value in values])
    found = exploring.over_parameter(
        series, readings({i: {"a": 1.0} for i in range(len(values))}), "n", {"a": "A"}
    )  # fmt: skip
    assert (found.axis.kind, found.values["hash"].tolist()) == (kind, order)
    assert list(found.axis.at) == ([] if kind == "category" else [float(value) for value in order])


def test_over_a_parameter_each_set_of_the_others_is_a_line_at_each_commit() -> None:
    grid = [(n, how) for n in ("1", "10") for how in ("fast", "slow")]
    series = catalogue(*[("x.time", {"n": n, "how": how}) for n, how in grid])
    points = readings({i: {"a": i + 1.0, "b": 10.0 * (i + 1)} for i in range(4)})
    found = exploring.over_parameter(series, points, "n", {"b": "B", "a": "A"})
    drawn = {line.name: dict(zip(line.frame["commit_hash"], line.frame["value"], strict=True)) for line in found.lines}
    assert drawn == {
        "fast, B": {"1": 10.0, "10": 30.0}, "fast, A": {"1": 1.0, "10": 3.0},
        "slow, B": {"1": 20.0, "10": 40.0}, "slow, A": {"1": 2.0, "10": 4.0},
    }  # fmt: skip
    assert found.pens == (0, 0, 1, 1)
    sent = timeline(found.lines, found.values, SECONDS, axis=found.axis, pens=found.pens)
    assert [(line["faint"], len({line["colour"], other["colour"]})) for line, other in
            zip(sent["lines"][::2], sent["lines"][1::2], strict=True)] == [(False, 1)] * 2  # fmt: skip
    assert [line["faint"] for line in sent["lines"]] == [False, True, False, True]


def test_a_value_that_a_series_does_not_have_breaks_no_line_over_a_parameter() -> None:
    series = catalogue(*[("x.time", {"n": n}) for n in ("1", "3")], ("y.time", {"n": "2"}))
    points = readings({0: {"a": 1.0}, 1: {"a": 3.0}, 2: {"a": 2.0}})
    found = exploring.over_parameter(series, points, "n", {"a": "A"})
    sent = timeline(found.lines, found.values, SECONDS, axis=found.axis)
    assert [[(p[0], p[4]) for p in line["points"]] for line in sent["lines"]] == [[(0, 0), (2, 1)], [(1, 0)]]


def test_more_lines_than_can_be_told_apart_are_counted_not_drawn() -> None:
    series = catalogue(*[("x.time", {"n": "1", "m": str(i)}) for i in range(exploring.MOST_LINES + 3)])
    found = exploring.over_parameter(series, readings({i: {"a": 1.0} for i in range(15)}), "n", {"a": "A"})
    assert (len(found.lines), found.n_left_out) == (exploring.MOST_LINES, 3)
    kept, n_left_out = exploring.shown(pd.concat([series, series.assign(unit="bytes")]))
    assert (kept["unit"].value_counts().to_dict(), n_left_out) == ({"seconds": 12, "bytes": 12}, 6)


def test_the_legend_names_what_differs_and_nothing_else() -> None:
    series = catalogue(("x.time", {"n": "1", "how": "fast"}), ("x.time", {"n": "1", "how": "slow"}))
    assert exploring.names_of(series) == {0: "fast", 1: "slow"}
    assert exploring.names_of(series.assign(machine=["m", "k"])) == {0: "fast · m", 1: "slow · k"}
    twice = catalogue(("x.time", {"n": "1"}), ("x.time", {"n": "1"}), version=["aaaaaaaaaa", None])
    assert exploring.names_of(twice) == {0: "x.time(1), version aaaaaaaa", 1: "x.time(1), no version"}
    assert exploring.names_of(catalogue(("x.time", {}), ("y.time", {"n": "1"}))) == {0: "x.time", 1: "y.time · 1"}


def test_series_fit_by_the_parameters_they_have() -> None:
    series = catalogue(("x.time", {"n": "1"}), ("x.time", {"n": "2"}), ("y.time", {}))
    assert exploring.fitting(series, {"n": ["2"]})["series_id"].tolist() == [1, 2]
    assert exploring.fitting(series, {"n": []})["series_id"].tolist() == [0, 1, 2]
    assert exploring.having(series, "n")["series_id"].tolist() == [0, 1]


def test_steps_are_those_the_judge_told_of_the_series_at_its_place() -> None:
    series = catalogue(("x.time", {"n": "1"}), ("x.time", {"n": "1"}), machine=["m", "k"])
    key = SeriesKey("x.time", "v1", (("n", "1"),), "m", "e", "seconds", "time")
    assert exploring.steps_of(series, {("m", "e"): {series_name(key): ["c"]}}) == {0: ("c",), 1: ()}


def series_name(key: SeriesKey) -> str:
    return f"{key.label}\0{key.version}"


def test_levels_are_the_medians_between_steps_with_their_ratios() -> None:
    values = {"a": 1.0, "b": 3.0, "c": 2.0, "d": 8.0, "e": 9.0}
    frame = readings({0: values}).assign(version="")
    [line] = timeline([Line("x", frame, ("d",))], COMMITS, SECONDS)["lines"]
    before, after = median([1.0, 3.0, 2.0]), median([8.0, 9.0])
    assert line["levels"] == [
        {"from": 0, "to": 2, "value": before, "ratio": None},
        {"from": 3, "to": 4, "value": after, "ratio": after / before},
    ]
    # A step before the first value, or at no commit that is drawn, is none.
    for steps in ((), ("a",), ("elsewhere",)):
        assert timeline([Line("x", frame, steps)], COMMITS, SECONDS)["lines"][0]["levels"] == []


def test_samples_are_summed_up_and_drawn_where_asked() -> None:
    frame = readings({0: {"a": 1.0}}).assign(version="")
    for asked, drawn in ((False, []), (True, [1.0, 2.0])):
        [point] = timeline([Line("x", frame)], COMMITS, SECONDS, samples=asked)["lines"][0]["points"]
        assert point[5:] == [drawn, [2, 1.0, 2.0]]


def test_a_click_opens_the_page_of_the_commit_or_tells_its_label() -> None:
    lines = [Line("x", readings({0: {"a": 1.0}}).assign(version=""))]
    asked = {base: timeline(lines, COMMITS, SECONDS, opening=Opening("it", base))["open"] for base in (None, "u/")}
    assert asked == {None: {"says": "it"}, "u/": {"says": "it", "base": "u/", "hashes": list("abcde")}}
    assert timeline(lines, COMMITS, SECONDS, axis=Axis())["open"] is None


def test_a_file_holds_every_point_with_what_its_series_is() -> None:
    series = catalogue(("x.time", {"n": "1"}), ("y.time", {}))
    points = readings({0: {"b": 2.0, "a": 1.0}, 1: {"a": 7.0}})
    made = exploring.raw(series, points, COMMITS)
    assert made[["hash", "series", "value"]].to_numpy().tolist() == [
        ["a", "x.time(1)", 1.0], ["a", "y.time()", 7.0], ["b", "x.time(1)", 2.0],
    ]  # fmt: skip
    assert made["param_n"].tolist() == ["1", None, "1"]
    assert made["committed_at"].tolist() == [COMMITS["committed_at"][0]] * 2 + [COMMITS["committed_at"][1]]
    assert len(pd.read_parquet(io.BytesIO(made.to_parquet(None, index=False)))) == 3
