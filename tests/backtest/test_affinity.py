from __future__ import annotations

import os
import subprocess
import sys

import pytest

from perfwatch.backtest import affinity
from perfwatch.errors import HostError, UsageError

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this platform cannot pin")

two_cores = pytest.mark.skipif(len(affinity.cores()) < 2, reason="this machine lends one core")


def _unusable() -> int:
    # One past what any process here may use.
    return max(os.sched_getaffinity(0)) + 1_000


@pytest.mark.parametrize("label", ["one-core", "same-core"])
def test_one_core_is_the_clients_and_the_engines(own_mask: set[int], label: str) -> None:
    assert affinity.pin(label) == min(own_mask)
    assert os.sched_getaffinity(0) == {min(own_mask)}


@two_cores
def test_two_cores_leave_the_client_on_its_own(own_mask: set[int]) -> None:
    client, engine = sorted(own_mask)[:2]
    assert affinity.pin("two-cores") == engine
    assert os.sched_getaffinity(0) == {client}


@two_cores
def test_both_cores_are_the_clients_to_work_on(own_mask: set[int]) -> None:
    client, other = sorted(own_mask)[:2]
    assert affinity.pin("both-cores") == client
    assert os.sched_getaffinity(0) == {client, other}


@two_cores
def test_pinning_again_is_not_bound_by_the_pinning_before(own_mask: set[int]) -> None:
    affinity.pin("one-core")
    assert affinity.pin("two-cores") == sorted(own_mask)[1]


@two_cores
def test_the_variable_names_client_and_engine(own_mask: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    low, high = sorted(own_mask)[:2]
    monkeypatch.setenv("PERFWATCH_CORES", f"{high},{low}")
    assert affinity.pin("two-cores") == low
    assert os.sched_getaffinity(0) == {high}


def test_unpinned_does_nothing(own_mask: set[int]) -> None:
    assert affinity.pin("unpinned") is None
    assert os.sched_getaffinity(0) == own_mask


@pytest.mark.parametrize("given", ["0", "0,0"])
def test_one_core_cannot_be_two(own_mask: set[int], monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("PERFWATCH_CORES", given)
    assert affinity.labels() == ("one-core", "same-core")
    with pytest.raises(HostError, match="'two-cores' cannot be had"):
        affinity.pin("two-cores")
    assert os.sched_getaffinity(0) == own_mask


def test_a_core_that_the_process_may_not_use_is_an_error_that_names_it(
    own_mask: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERFWATCH_CORES", str(_unusable()))
    with pytest.raises(HostError, match=f"cannot pin to processor {_unusable()} .*PERFWATCH_CORES"):
        affinity.pin("one-core")


@pytest.mark.parametrize("given", ["a", "0;1", "-1,0", ","])
def test_a_variable_that_is_no_list_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("PERFWATCH_CORES", given)
    with pytest.raises(UsageError, match="not a list of processor numbers"):
        affinity.cores()


def test_an_unknown_label_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="'both' is not known; give one of one-core, same-core"):
        affinity.pin("both")


@two_cores
def test_by_default_the_cores_are_the_lowest_the_process_was_given() -> None:
    code = (
        "import os; mask = sorted(os.sched_getaffinity(0)); os.sched_setaffinity(0, {mask[-1]}); "
        "from perfwatch.backtest import affinity; print(affinity.cores() == (mask[-1],), affinity.labels())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True ('one-core', 'same-core')"
