"""Rows of a query, for people and programs."""

from __future__ import annotations

import json

import pandas as pd

from perfwatch.report import rows

FRAME = pd.DataFrame(
    {
        "name": ["a", None],
        "value": [1.5, float("nan")],
        "at": [pd.Timestamp("2026-01-02"), pd.NaT],
        "samples": [[1.0, float("inf")], None],
        "held": pd.array([True, None], dtype="boolean"),
    }
)


def test_a_missing_value_is_shown_as_missing() -> None:
    assert rows.text(FRAME).splitlines()[3].split() == ["—"] * 5


def test_the_rows_are_counted() -> None:
    assert rows.text(FRAME).endswith("(2 rows)")
    assert rows.text(FRAME.head(0)).endswith("(0 rows)")


def test_json_keeps_missing_as_null_and_is_valid_where_numbers_are_not_finite() -> None:
    first, second = json.loads(rows.as_json(FRAME), parse_constant=lambda name: 1 / 0)
    assert first["samples"] == [1.0, "inf"]
    assert set(second.values()) == {None}
