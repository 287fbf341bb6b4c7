"""Labels of series back into asv's expressions; asv itself says what they select."""

from __future__ import annotations

import re
from itertools import product

from perfwatch.runner.labels import of_answers, patterns

# As asv writes what it searches in: the name, and each set of parameters as Python writes them.
SUITE = [
    "echo.time_round_trip",
    *(f"compute.time_sweep({a}, {s}, {n})" for a, s, n in product(["'rust'", "'rust_2'"], ["'1x2'", "'1x22'"], "12")),
    "odd.time_it('a, b')",
    "odd.time_it('c (d)')",
    'odd.time_it("it\'s")',
    "compute.time_sweep_more('rust', '1x2', 1)",
]


def selected(*labels: str) -> list[str]:
    found = [re.compile(pattern) for pattern in patterns(labels)]
    return [name for name in SUITE if any(p.search(name) for p in found)]


def test_a_label_selects_its_own_series_alone() -> None:
    assert selected("echo.time_round_trip") == ["echo.time_round_trip"]
    assert selected("compute.time_sweep(rust, 1x2, 1)") == ["compute.time_sweep('rust', '1x2', 1)"]
    assert selected("odd.time_it(a, b)") == ["odd.time_it('a, b')"]
    assert selected("odd.time_it(c (d))") == ["odd.time_it('c (d)')"]


def test_where_quotes_were_lost_the_whole_benchmark_is_selected() -> None:
    assert selected("odd.time_it(it's)") == [name for name in SUITE if name.startswith("odd.")]


def test_what_is_derived_selects_what_it_is_made_of_without_the_other_sizes() -> None:
    found = patterns(["derived.boundary_share(10x20, same-core, unix)", "controls.time_numpy"])
    for name in ("compute.time_sweep('rust', '10x20', 'one-core')", "echo.time_round_trip('unix', 10, 'same-core')"):
        assert any(re.search(p, name) for p in found), name
    for name in (
        "compute.time_sweep('rust', '100x20', 'one-core')",
        "compute.time_sweep('rust', '10x2', 'one-core')",
        "compute.time_sweep_twice('rust', '10x20')",
        "boundary.time_sweep('rust', '10x20', 'one-core')",
        "controls.time_numpy",
    ):
        assert not any(re.search(p, name) for p in found), name


def test_what_is_derived_of_no_size_selects_all_that_it_is_made_of() -> None:
    (pattern,) = patterns(["derived.boundary_floor(same-core, unix)"])
    assert re.search(pattern, "echo.time_round_trip('unix', 1, 'same-core')")


def test_the_answers_of_a_size_are_the_gates_own_benchmarks() -> None:
    (pattern,) = of_answers(["30000x20", "30000x20"])
    assert re.search(pattern, "equivalence.track_differing('rust', '30000x20')")
    assert not re.search(pattern, "compute.time_sweep('rust', '30000x20')")
    assert not re.search(pattern, "equivalence.track_differing('rust', '150000x80')")
