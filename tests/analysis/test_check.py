"""The exit code that sums a check up: 6 over 9 over 1 over 5 over 7."""

from __future__ import annotations

from dataclasses import replace

from perfwatch.analysis.changes import Missing
from perfwatch.analysis.check import Check, Place
from perfwatch.analysis.equivalence import Break
from perfwatch.model import Commit, Failure, SeriesKey

COMMIT = Commit("c0ffee")
GREEN = Place("m", "e", Commit("beef"), 3, [], [], [], {}, None)
BREAK = Break("DISAGREES", "rust_batch_unix", "9x9", 1, "combination 0")
MISSING = Missing(SeriesKey("a", None, (), "m", "e", "s", "time"), "failed", None)


def code(*places: Place) -> int:
    return Check(COMMIT, places).exit_code


def test_a_measured_commit_with_a_baseline_and_nothing_wrong_is_clean() -> None:
    assert code(GREEN) == 0


def test_nothing_measured_is_never_green() -> None:
    assert code() == 9
    assert code(replace(GREEN, measured=0)) == 9


def test_a_commit_that_did_not_build_is_not_measured() -> None:
    assert code(replace(GREEN, unbuilt=[Failure("(build)", 1, "error")])) == 9


def test_no_baseline_is_nothing_to_compare() -> None:
    assert code(replace(GREEN, baseline=None)) == 5


def test_a_failure_outranks_a_missing_baseline() -> None:
    assert code(replace(GREEN, baseline=None, missing=[MISSING])) == 9


def test_a_broken_equivalence_outranks_everything() -> None:
    assert code(replace(GREEN, baseline=None, missing=[MISSING], breaks=[BREAK])) == 6


def test_one_broken_machine_among_good_ones_is_broken() -> None:
    assert code(GREEN, replace(GREEN, machine="n", breaks=[BREAK])) == 6
