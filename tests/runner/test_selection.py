"""Which benchmarks a selection lets through, by asv's own rule: any pattern found in `name(parameters)`."""

from __future__ import annotations

import re

import pytest

from perfwatch.errors import UsageError
from perfwatch.runner.selection import Selection, select

FULL, QUICK = "150000x80", "30000x20"
SUITE = [
    f"compute.time_sweep('in_process', '{QUICK}', 'one-core')",
    f"compute.time_sweep('in_process', '{FULL}', 'one-core')",
    "echo.time_round_trip('unix', 1, 'same-core')",
    "encodings.track_size('raw')",
    "foreign.track_plain",
]


def selected(selection: Selection) -> list[str]:
    """Return what asv would measure of the suite."""
    patterns = selection.patterns()
    return [name for name in SUITE if not patterns or any(re.search(p, name) for p in patterns)]


def test_a_size_leaves_out_the_other_sizes_only() -> None:
    assert selected(select("quick")) == [name for name in SUITE if FULL not in name]
    assert selected(select("full")) == [name for name in SUITE if QUICK not in name]
    assert selected(select(FULL)) == selected(select("full"))
    assert selected(select("all")) == SUITE


@pytest.mark.parametrize("size", ["quick", "all"])
@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("^echo", [SUITE[2]]),
        ("echo|encodings", SUITE[2:4]),
        ("raw'\\)$", [SUITE[3]]),
        ("(?i)ECHO", [SUITE[2]]),
        ("^track", []),
        ("in_process.*30000x20", [SUITE[0]]),
    ],
)
def test_a_pattern_means_the_same_with_and_without_a_size(pattern: str, names: list[str], size: str) -> None:
    assert selected(select(size, [pattern])) == names


def test_several_patterns_are_alternatives() -> None:
    assert selected(select("quick", ["^echo", "^foreign"])) == [SUITE[2], SUITE[4]]


def test_what_was_measured_before_covers_a_selection_only_whole() -> None:
    quick, full = select("quick").as_json(), select("full").as_json()
    assert select("quick").is_covered_by([quick])
    assert not select("full").is_covered_by([quick])
    assert select("all").is_covered_by([quick, full])
    assert not select("all").is_covered_by([full])
    assert select("quick", ["^echo"]).is_covered_by([quick])
    assert not select("quick").is_covered_by([select("quick", ["^echo"]).as_json()])
    assert not select("quick", ["^echo"]).is_covered_by([select("quick", ["^enc"]).as_json()])
    assert not select("quick").is_covered_by([])


@pytest.mark.parametrize(("size", "bench"), [("huge", []), ("quick", ["("])])
def test_a_size_or_pattern_that_cannot_be_is_an_error(size: str, bench: list[str]) -> None:
    with pytest.raises(UsageError):
        select(size, bench)
