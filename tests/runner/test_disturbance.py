"""A machine that was busy with something else while a commit was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perfwatch.runner.disturbance import disturbance
from perfwatch.runner.outcome import Measured


def taken(before: float = 1.0, after: float = 1.0, seed: int = 0, version: str = "1") -> dict[str, dict[str, Any]]:
    """Return controls with 2 % of scatter."""
    rng = np.random.default_rng(seed)

    def timings(seconds: float) -> list[float]:
        return (seconds * (1 + 0.02 * rng.standard_normal(9))).tolist()

    return {
        name: {"version": version, "before": timings(scale * before), "after": timings(scale * after)}
        for name, scale in {"compute": 0.02, "echo": 9e-6}.items()
    }


QUIET = [taken(seed=i) for i in range(10)]


def test_quiet_runs_say_nothing() -> None:
    assert [disturbance(taken(seed=100 + i), QUIET) for i in range(200)] == [None] * 200


@pytest.mark.parametrize("changed", [{"before": 2.3}, {"after": 2.3}, {"before": 2.3, "after": 2.3}])
def test_what_took_far_longer_than_usual_is_told(changed: dict[str, float]) -> None:
    said = disturbance(taken(**changed), QUIET)
    assert said is not None
    assert said.startswith("the frozen compute took 2.3 × its usual time")


def test_without_earlier_runs_the_two_ends_are_compared() -> None:
    assert disturbance(taken(), []) is None
    assert "as long after it as before" in (disturbance(taken(after=1.5), []) or "")
    assert "as long before it as after" in (disturbance(taken(before=1.5), []) or "")


def test_other_versions_of_a_control_and_missing_ones_say_nothing_of_what_is_usual() -> None:
    assert disturbance(taken(2.0, 2.0), [taken(seed=i, version="0") for i in range(10)]) is None
    assert disturbance(taken(2.0, 2.0), [{} for _ in range(10)]) is None
    assert disturbance({}, QUIET) is None


def test_a_run_of_a_busy_machine_says_so_and_what_to_do() -> None:
    text = Measured("c0ffee00" * 5, (), 61.0, Path("log"), "the frozen echo took 1.4 × its usual time after it").text()
    assert text == (
        "c0ffee00 in 1 min 01 s; busy machine, the frozen echo took 1.4 × its usual time after it: measure it again "
        "(--rerun)"
    )
