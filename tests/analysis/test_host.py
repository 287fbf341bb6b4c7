"""Host and code apart: what every witness says is the host's, what one says is its own."""

from __future__ import annotations

import numpy as np
import pytest
from slow_host import slow_free

from perfwatch.analysis import host
from perfwatch.model import SeriesKey

SUITE = {
    "compute.time_sweep": 3,
    "boundary.time_sweep": 4,
    "echo.time_round_trip": 6,
    "encodings.time_encode": 3,
    "encodings.time_decode": 3,
}
CONTROLS = {"controls.time_compute": 1, "controls.time_echo": 1}
AT, COMMITS = 30, 40


def keys(suite: dict[str, int], kind: str = "time") -> list[SeriesKey]:
    return [
        SeriesKey(name, "1", (("case", str(i)),), "m", "e", "seconds", kind)
        for name, n in suite.items()
        for i in range(n)
    ]


def noise(n: int, seed: int, scatter: float = 0.004) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, scatter, (n, COMMITS))


@pytest.fixture
def controlled() -> list[SeriesKey]:
    return [*keys(CONTROLS, "control"), *keys(SUITE)]


def rows_of(named: list[SeriesKey], module: str) -> list[int]:
    return [i for i, k in enumerate(named) if k.benchmark.startswith(module)]


def test_what_controls_and_product_do_together_is_taken_out_of_each(controlled) -> None:
    x = noise(len(controlled), 1)
    x[:, AT:] += np.log(1.08)
    parts, _, freed = host.free(x, host.modules(controlled))
    assert (parts[-2, :AT] == 0).all()
    np.testing.assert_allclose(parts[-2, AT:], np.log(1.08), atol=0.006)
    assert np.abs(freed[:, AT:].mean(axis=1)).max() < 0.01


def test_what_moves_more_than_the_host_keeps_the_difference(controlled) -> None:
    x = noise(len(controlled), 2)
    x[:, AT:] += np.log(1.08)
    x[17, AT:] += np.log(1.08)
    _, _, freed = host.free(x, host.modules(controlled))
    assert freed[17, AT:].mean() == pytest.approx(np.log(1.08), abs=0.01)


@pytest.mark.parametrize("module", ["compute", "echo", "encodings", "controls"])
def test_what_one_module_does_alone_is_its_own(module: str, controlled) -> None:
    x = noise(len(controlled), 3)
    x[rows_of(controlled, module), AT:] += 0.1
    parts, _, _ = host.free(x, host.modules(controlled))
    assert not parts.any()


def test_where_the_controls_stand_still_the_whole_product_may_move_and_the_host_did_not(controlled) -> None:
    x = noise(len(controlled), 4)
    x[2:, AT:] += 0.1
    parts, _, _ = host.free(x, host.modules(controlled))
    assert not parts.any()


def test_controls_that_disagree_are_no_host(controlled) -> None:
    x = noise(len(controlled), 5)
    x[:, AT:] += 0.08
    x[1, AT:] -= 0.08
    parts, _, _ = host.free(x, host.modules(controlled))
    assert not parts.any()


def test_without_controls_most_modules_have_to_say_the_same() -> None:
    foreign = keys({"algebra.time_dot": 5, "sparse.time_mul": 5, "fft.time_fft": 5, "io.time_read": 5})
    together, alone = noise(20, 6), noise(20, 6)
    together[:, AT:] += 0.08
    alone[:10, AT:] += 0.08
    witnesses = host.modules(foreign)
    np.testing.assert_allclose(host.free(together, witnesses)[0][-2, AT:], 0.08, atol=0.008)
    assert not host.free(alone, witnesses)[0].any()


def test_one_module_is_no_witness_against_itself() -> None:
    x = noise(30, 7)
    x[:, AT:] += 0.08
    assert not host.free(x, host.modules(keys({"suite.time_all": 30})))[0].any()


@pytest.mark.parametrize("scatter", [0.001, 0.01, 0.05])
def test_pure_noise_has_no_host_in_it(scatter: float, controlled) -> None:
    said = 0
    for seed in range(25):
        parts, _, _ = host.free(noise(len(controlled), 100 + seed, scatter), host.modules(controlled))
        said += int(parts.any(axis=0).sum())
    # 25 histories of 40 commits: not one commit in five hundred.
    assert said <= 2


def test_what_is_missing_stays_missing_and_stops_nobody(controlled) -> None:
    x = noise(len(controlled), 8)
    x[:, AT:] += 0.08
    x[3], x[5, ::2], x[:, 20] = np.nan, np.nan, np.nan
    parts, _, freed = host.free(x, host.modules(controlled))
    assert (np.isnan(freed) == np.isnan(x)).all()
    np.testing.assert_allclose(parts[-2, AT:], 0.08, atol=0.008)
    assert parts[-2, 20] == 0


def test_going_on_from_what_is_known_is_the_same_as_from_nothing(controlled) -> None:
    x = noise(len(controlled), 9)
    x[:, AT:] += 0.08
    witnesses = host.modules(controlled)
    whole = host.free(x, witnesses)
    known = host.free(x[:, :33], witnesses)[:2]
    for one, other in zip(whole, host.free(x, witnesses, known), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_size_does_not_feel_the_host_and_derived_seconds_do(controlled) -> None:
    more = [
        SeriesKey("encodings.track_size", None, (), "m", "e", "bytes", "track"),
        SeriesKey("derived.compute_gap", None, (), "m", "e", "ratio", "derived"),
        SeriesKey("derived.boundary_floor", None, (), "m", "e", "seconds", "derived"),
    ]
    named = [*controlled, *more]
    x = noise(len(named), 10)
    x[:, AT:] += 0.08
    _, _, freed = host.free(x, host.modules(named))
    np.testing.assert_allclose(freed[-3:, AT:].mean(axis=1), [0.08, 0.08, 0.0], atol=0.01)


def test_the_difference_of_two_hosts_leaves_out_what_differs_at_every_run() -> None:
    before = {"governor": "performance", "load_1min": 0.1, "kernel": "6.1", "cpu_model": None}
    after = {"governor": "powersave", "load_1min": 0.9, "kernel": "6.1", "microcode": "0x1"}
    assert host.difference(before, after) == {"governor": ["performance", "powersave"], "microcode": [None, "0x1"]}


@pytest.mark.parametrize("seed", range(4))
def test_the_fast_way_is_the_slow_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    keys = [SeriesKey(f"m{i % 7}.time_a", "1", (("case", str(i)),), "m", "e", "seconds", "time") for i in range(40)]
    if seed % 2:
        keys += [SeriesKey(f"controls.time_{n}", "1", (), "m", "e", "seconds", host.CONTROL) for n in ("a", "b")]
    keys += [SeriesKey("derived.x", "1", (), "m", "e", "ratio", "derived")]
    keys += [SeriesKey("derived.y", "1", (), "m", "e", "seconds", "derived")]
    x = 0.005 * rng.standard_normal((len(keys), 120))
    x[:, 50:] += 0.08
    x[:15, 80:] += 0.1
    x[:, 100:104] += 0.05
    x[rng.random(x.shape) < 0.1] = np.nan
    witnesses = host.modules(keys)
    expected = slow_free(x, witnesses)
    assert (expected[0] != 0).any()
    before = host.free(x[:, :70], witnesses)
    for found in (host.free(x, witnesses), host.free(x, witnesses, before[:2])):
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
