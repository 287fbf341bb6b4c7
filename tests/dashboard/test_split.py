"""Lines of a place, ratios of two of them, and a change split into its parts: on data, against hand-made numbers."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from frames import history
from frames.lines import Lines, difference, estimates, plain, ratio, together
from frames.split import PARTS, SERVICES, Sweep, change, changes, is_clear, is_wide, lines_of, sweeps

from perfwatch.analysis.interval import Estimate
from perfwatch.model import SeriesKey
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.units import RATIO

FULL = "150000x80"
COMMITS = pd.DataFrame({"hash": list("abc"), "label": list("ABC"), "subject": ["one", "two", None]})


def reading(series_id: int, commit: str, value: float | None, benchmark: str, **columns: Any) -> dict[str, Any]:
    params = columns.pop("params", {"size": FULL, "affinity": "one-core"})
    key = SeriesKey(benchmark, columns.get("version", "1"), tuple(params.items()), "m", "e", "seconds", "time")
    bounds = {"lower": None, "upper": None} if value is None else {"lower": value * 0.98, "upper": value * 1.02}
    row = {
        "series_id": series_id,
        "commit_hash": commit,
        "status": "failed" if value is None else "ok",
        "value": value,
        **bounds,
        "started_at": pd.Timestamp("2026-01-01", tz="UTC"),
        "benchmark": benchmark,
        "version": "1",
        "params": params,
        "label": key.label,
    }
    return {**row, **columns}


def sweep(numba: float, kernel: float, behind: float, host: float | None = None) -> Sweep:
    one, two, three = (Estimate(v, 0.99 * v, 1.01 * v) for v in (numba, kernel, behind))
    return Sweep(one, two, three, host)


def test_a_line_is_found_by_its_parameters_and_by_no_others() -> None:
    lines = Lines(pd.DataFrame([reading(1, "a", 2.0, "compute.time_sweep")]))
    found = lines.find("compute.time_sweep", affinity="one-core", size=FULL)
    assert found is not None
    assert found["value"].tolist() == [2.0]
    assert lines.find("compute.time_sweep", size=FULL) is None
    assert lines.label("compute.time_sweep", size=FULL, affinity="one-core") == f"compute.time_sweep({FULL}, one-core)"
    assert lines.values("size", "compute.time_sweep", "other") == [FULL]


def test_of_two_versions_at_a_commit_the_one_measured_last_holds() -> None:
    later = {"version": "2", "started_at": pd.Timestamp("2026-02-01", tz="UTC")}
    rows = [reading(2, "a", 5.0, "x", **later), reading(1, "a", 2.0, "x"), reading(1, "b", 3.0, "x")]
    found = Lines(pd.DataFrame(rows)).find("x", size=FULL, affinity="one-core")
    assert dict(zip(found["commit_hash"], found["value"], strict=True)) == {"a": 5.0, "b": 3.0}


def test_a_ratio_is_of_one_commit_and_fails_with_either_side() -> None:
    above = Lines(pd.DataFrame([reading(1, c, v, "x") for c, v in (("a", 6.0), ("b", None), ("c", 1.0))]))
    below = Lines(pd.DataFrame([reading(2, c, v, "y") for c, v in (("a", 3.0), ("b", 3.0))]))
    found = ratio(*(part.find(name, size=FULL, affinity="one-core") for part, name in ((above, "x"), (below, "y"))))
    assert found[["commit_hash", "status"]].to_numpy().tolist() == [["a", "ok"], ["b", "failed"]]
    # Two sides of 2 % each: the root of their squares, on the log scale.
    down = math.exp(-math.hypot(math.log(1 / 0.98), math.log(1.02)))
    assert found.loc[0, ["value", "lower"]].tolist() == pytest.approx([2.0, 2.0 * down])
    assert estimates(found).keys() == {"a"}
    assert math.isnan(found.loc[1, "value"])


def test_a_difference_is_scaled_with_its_interval() -> None:
    frames = [
        Lines(pd.DataFrame([reading(1, "a", v, "x")])).find("x", size=FULL, affinity="one-core") for v in (6.0, 2.0)
    ]
    found = difference(*frames, 0.5)
    assert found.loc[0, "value"] == 2.0
    assert found.loc[0, "value"] - found.loc[0, "lower"] == pytest.approx(0.5 * math.hypot(0.12, 0.04))


def test_nothing_measured_is_no_line_and_no_row() -> None:
    assert ratio(None, None).empty
    assert together({"x": None}, RATIO).empty
    assert plain(together({"x": ratio(None, None)}, RATIO), COMMITS).empty


def test_the_parts_multiply_to_the_whole_and_their_seconds_add_up() -> None:
    found = change(sweep(2.0, 2.2, 2.3, 1.0), sweep(2.1, 2.5, 2.55, 1.04))
    # By hand: 2.55/2.3; 1.04; 2.1/2.0/1.04; (2.5/2.1)/(2.2/2.0); (2.55/2.5)/(2.3/2.2).
    by_hand = {"host": 1.04, "numba": 1.05 / 1.04, "codegen": (2.5 / 2.1) / 1.1, "boundary": 1.02 / (2.3 / 2.2)}
    parts = {name: found.part(name).value for name in PARTS}
    assert parts == pytest.approx(by_hand)
    assert math.prod(parts.values()) == pytest.approx(found.whole.value, rel=1e-12)
    assert sum(found.seconds(name) for name in PARTS) == pytest.approx(2.55 - 2.3, rel=1e-12)
    assert found.seconds("whole") == pytest.approx(0.25)


def test_where_nobody_judged_the_host_s_part_stays_in_numba_s() -> None:
    found = change(sweep(2.0, 2.2, 2.3, 1.0), sweep(2.1, 2.5, 2.55))
    assert (found.host, found.seconds("host")) == (None, None)
    assert found.numba.value == pytest.approx(1.05)
    assert found.numba.value * found.codegen.value * found.boundary.value == pytest.approx(found.whole.value, rel=1e-12)
    assert "host" not in lines_of({"b": found})


def test_seconds_of_parts_that_cancel_are_told_though_the_whole_stood_still() -> None:
    found = change(sweep(2.0, 2.0, 4.0), sweep(2.0, 4.0, 4.0))
    assert found.seconds("whole") == pytest.approx(0.0)
    assert (found.seconds("codegen"), found.seconds("boundary")) == pytest.approx((4 * math.log(2), -4 * math.log(2)))
    assert (is_wide({"b": found}), is_clear(found.codegen), is_clear(found.numba)) == (True, True, False)


def test_a_change_s_interval_is_of_all_that_it_is_made_of() -> None:
    found = change(sweep(2.0, 2.2, 2.3), sweep(2.0, 2.2, 2.3))
    # Codegen: four measurements of 1 %; the whole: two.
    assert found.codegen.lower == pytest.approx(math.exp(-math.hypot(*[math.log(1 / 0.99), math.log(1.01)] * 2)))
    assert found.whole.lower == pytest.approx(math.exp(-math.hypot(math.log(1 / 0.99), math.log(1.01))))


def test_each_commit_is_held_against_the_nearest_before_it_or_against_one() -> None:
    found = {"a": sweep(1.0, 1.0, 1.0), "c": sweep(2.0, 2.0, 2.0), "d": sweep(3.0, 3.0, 3.0)}
    each = changes(found, list("abcd"), None)
    assert {c: made.whole.value for c, made in each.items()} == pytest.approx({"c": 2.0, "d": 1.5})
    against = changes(found, list("abcd"), "a")
    assert {c: made.whole.value for c, made in against.items()} == pytest.approx({"a": 1.0, "c": 2.0, "d": 3.0})
    assert changes(found, list("abcd"), "b") == {}
    itself = against["a"]
    assert (itself.codegen.lower, itself.codegen.upper, itself.seconds("whole"), itself.host) == (1.0, 1.0, 0.0, None)


def test_ratios_of_lines_are_the_derived_series_of_the_same_runs(whole: Any) -> None:
    with Reader(parse(str(whole.store))) as reader:
        known = reader.catalogue()
        readings = reader.history(known["series_id"].tolist()).merge(
            known[["series_id", "benchmark", "version", "params", "unit", "kind", "label", "machine", "environment"]],
            on="series_id",
        )
    lines = Lines(readings)
    place = {"size": FULL, "affinity": "one-core"}
    numba = lines.find("compute.time_sweep", architecture="in_process", **place)
    derived = history.derived(readings)
    ours = {
        "compute_gap": ratio(lines.find("compute.time_sweep", architecture="rust_in_process", **place), numba),
        "batched_total": ratio(
            lines.find("boundary.time_sweep", architecture="rust_batch_unix", size=FULL, affinity="same-core"), numba
        ),
    }
    for name, line in ours.items():
        theirs = history.only(derived, name=name, size=FULL)
        theirs = theirs[theirs["affinity"].isna() | (theirs["affinity"] == "same-core")].set_index("commit_hash")
        assert len(theirs) == len(line) == 12
        for column in ("value", "lower", "upper"):
            assert line.set_index("commit_hash")[column].to_dict() == pytest.approx(theirs[column].to_dict())
    split = sweeps(lines, SERVICES["batched"], FULL, "one-core", "same-core", {})
    for commit, found in split.items():
        assert found.numba.value * found.codegen.value * found.boundary.value == pytest.approx(
            found.behind.value, rel=1e-12
        )
        assert found.codegen.value == pytest.approx(estimates(ours["compute_gap"])[commit].value)
