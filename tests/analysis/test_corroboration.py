"""What two series say together is sure sooner; what one says, or a whole module, is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perfwatch.analysis import host, online
from perfwatch.analysis.corroboration import FEWEST_AFTER, corroborated
from perfwatch.model import SeriesKey

N_COMMITS, AT = 40, 30


def key(benchmark: str, case: int, kind: str = "time") -> SeriesKey:
    return SeriesKey(benchmark, "1", (("case", str(case)),), "m", "e", "seconds", kind)


KEYS = [
    *[key("kernel.time_sweep", i) for i in range(5)],
    *[key("echo.time_trip", i) for i in range(5)],
    *[key(f"controls.time_{name}", 0, host.CONTROL) for name in ("compute", "echo")],
]
KERNEL, ECHO, CONTROLS = range(5), range(5, 10), range(10, 12)


def noise(seed: int, scale: float = 0.004) -> NDArray[np.float64]:
    """Logarithms of twelve series: the kernel's strayed together for five commits, one of them alone for three."""
    rng = np.random.default_rng(seed)
    x = scale * rng.standard_normal((len(KEYS), N_COMMITS))
    x[KERNEL, 17:22] += 0.025
    x[2, 8:11] -= 0.03
    return x


def sure(x: NDArray[np.float64], told: dict[int, list[int]] | None = None) -> dict[int, online.Change]:
    return corroborated(x, host.modules(KEYS), {}, told or {}, np.ones(x.shape[1], bool))


def test_two_series_that_jump_while_a_third_stands_still_are_sure_after_three_commits() -> None:
    for seed in range(20):
        x = noise(seed)
        x[:2, AT:] += 0.09
        assert sure(x[:, : AT + FEWEST_AFTER - 1]) == {}
        found = sure(x[:, : AT + FEWEST_AFTER])
        assert set(found) == {0, 1}
        for change in found.values():
            assert (change.start, change.direction, change.standing) == (AT, 1, "CONFIRMED")
            assert change.lower < np.exp(0.09) * 1.004
            assert change.ratio == pytest.approx(np.exp(0.09), rel=0.02)


def test_a_jump_to_lower_values_is_found_too() -> None:
    x = noise(3)
    x[3:5, AT:] -= 0.09
    found = sure(x[:, : AT + 5])
    assert {row: (c.start, c.direction) for row, c in found.items()} == {3: (AT, -1), 4: (AT, -1)}


def test_one_series_alone_a_whole_module_or_a_moved_control_is_not_enough() -> None:
    alone, module, disturbed = noise(1), noise(1), noise(1)
    alone[0, AT:] += 0.09
    module[KERNEL, AT:] += 0.09
    disturbed[:2, AT:] += 0.09
    disturbed[CONTROLS[0], AT:] += 0.09
    apart = noise(1)
    apart[[0, 6], AT:] += 0.09
    for x in (alone, module, disturbed, apart):
        assert sure(x[:, : AT + 6]) == {}


def test_a_step_with_the_host_is_not_corroborated_and_one_commit_of_the_host_later_does_not_matter() -> None:
    x = noise(1)
    x[:2, AT:] += 0.09
    for at, sure_of in ((AT, set()), (AT + 1, {0, 1})):
        quiet = np.ones(AT + 5, bool)
        quiet[at] = False
        assert set(corroborated(x[:, : AT + 5], host.modules(KEYS), {}, {}, quiet)) == sure_of


def test_a_control_that_strays_as_it_always_did_has_not_moved() -> None:
    x = noise(1)
    x[:2, AT:] += 0.09
    x[CONTROLS[1], 2:AT:3] += 0.06
    x[CONTROLS[1], AT : AT + 2] += 0.05
    assert set(sure(x[:, : AT + 3])) == {0, 1}


def test_a_jump_that_a_series_has_shown_before_is_none() -> None:
    x = noise(1)
    x[:2, 5:8] += 0.09
    x[:2, AT:] += 0.09
    assert sure(x[:, : AT + 6]) == {}


def test_what_each_series_is_sure_of_by_itself_is_not_said_again() -> None:
    x = noise(1)
    x[:2, AT:] += 0.09
    window = x[:, : AT + 6]
    known = {row: [change] for row, change in sure(window).items()}
    assert corroborated(window, host.modules(KEYS), known, {}, np.ones(AT + 6, bool)) == {}


def test_what_was_told_stays_through_an_outlier_and_goes_when_the_level_is_left() -> None:
    x = noise(1)
    x[:2, AT:] += 0.09
    x[:2, AT + 4] -= 0.08
    told = {0: [AT], 1: [AT]}
    assert sure(x[:, : AT + 6]) == {}
    assert {row: c.start for row, c in sure(x[:, : AT + 6], told).items()} == {0: AT, 1: AT}
    x[:2, AT + 3 :] -= 0.09
    assert sure(x, told) == {}


def test_missing_values_are_passed_over() -> None:
    x = noise(1)
    x[:2, AT:] += 0.09
    x[0, AT + 1] = x[1, AT] = np.nan
    # Of the second the first slow commit was not measured: they do not name one place.
    assert sure(x[:, : AT + 5]) == {}
    x[1, AT] = x[0, AT]
    x[:, 4] = np.nan
    assert {c.start for c in sure(x[:, : AT + 5]).values()} == {AT}


@pytest.mark.parametrize("kind", ["normal", "heavy", "two-state", "memory"])
def test_noise_is_silent(kind: str) -> None:
    """400 histories of ten series, each judged at seven of its commits: none of 2,800 runs says something."""
    rng, said = np.random.default_rng(7), 0
    for _ in range(400):
        shape = (len(KEYS), N_COMMITS)
        if kind == "normal":
            x = rng.standard_normal(shape)
        elif kind == "heavy":
            x = rng.standard_t(2.5, shape)
        elif kind == "two-state":
            x = 0.3 * rng.standard_normal(shape) + 4 * (rng.random(shape) < 0.2)
        else:
            x = rng.standard_normal(shape)
            for t in range(1, N_COMMITS):
                x[:, t] += 0.6 * x[:, t - 1]
        said += sum(bool(sure(0.01 * x[:, :t])) for t in range(N_COMMITS - 25, N_COMMITS + 1, 4))
    assert said == 0
