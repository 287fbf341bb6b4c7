"""What people and programs read from `perfwatch lab`."""

from __future__ import annotations

import json

import pytest

from perfwatch.report import lab as say
from perfwatch.report.lab import Finding


def finding(value: float, gate: float | None = 10.0, stretch: float | None = 20.0, *, higher: bool = True) -> Finding:
    return Finding("kernels", "a kernel", "× numba", value, value * 0.9, value * 1.1, gate, stretch, higher, 0.1)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (finding(25), "stretch"),
        (finding(15), "gate"),
        (finding(8), "20 % short"),
        (finding(8, None), ""),
        (finding(25, 10, None), "gate"),
        (finding(8, 10, 5, higher=False), "gate"),
        (finding(4, 10, 5, higher=False), "stretch"),
        (finding(12, 10, 5, higher=False), "20 % short"),
    ],
)
def test_what_is_reached_is_said_in_a_word_and_what_is_not_in_a_share(found: Finding, said: str) -> None:
    assert found.reached == said


def test_the_table_names_the_machine_and_each_section_once() -> None:
    shown = say.text({"processor": "x", "cores": 2}, [finding(25), finding(8)])
    assert shown.splitlines()[0] == "processor x · cores 2"
    assert shown.count("\nkernels\n") == 1
    assert "22.5 … 27.5" in shown
    assert "20 % short" in shown


def test_the_json_is_json_and_missing_stays_missing() -> None:
    document = json.loads(json.dumps(say.as_json({"cores": 2}, [finding(8, None, None)]), allow_nan=False))
    assert document["schema"] == "perfwatch.lab/1"
    (found,) = document["findings"]
    assert (found["gate"], found["reached"]) == (None, None)
