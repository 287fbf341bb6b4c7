"""Whose part it is: the family that moved while the others stood still."""

from __future__ import annotations

from dataclasses import replace

from histories import key

from perfwatch.analysis import cause

KERNEL, SWEEP = key("compute.time_sweep"), key("boundary.time_sweep")
ECHO, ENCODE = key("echo.time_round_trip"), key("encodings.time_encode")


def test_the_studys_benchmarks_have_their_parts_and_any_others_their_module() -> None:
    assert cause.family(KERNEL) == "kernel compute"
    assert cause.family(ECHO) == "boundary floor"
    assert cause.family(ENCODE) == "encoding"
    assert cause.family(key("io.csv.Read.time_it")) == "module io.csv.Read"
    assert cause.family(SWEEP) is None
    assert cause.family(replace(KERNEL, kind="derived")) is None


def test_one_family_is_the_cause_two_are_several_parts() -> None:
    assert cause.likely([KERNEL, SWEEP], [ECHO]) == "kernel compute"
    assert cause.likely([ECHO, ENCODE], [KERNEL]) == "several parts"
    assert cause.likely([], [KERNEL]) is None


def test_a_sweep_across_a_boundary_accuses_the_boundary_only_where_its_kernel_was_seen_to_stand_still() -> None:
    assert cause.likely([SWEEP], [KERNEL]) == "boundary, not its kernel"
    assert cause.likely([SWEEP], [ECHO]) is None
