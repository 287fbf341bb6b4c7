"""Derived series: DESIGN's table, checked with numbers one can do in one's head."""

from __future__ import annotations

import pytest

from perfwatch.analysis.derived import MADE_OF, SOURCES, Derived, derive, sources_of
from perfwatch.model import Measurement, SeriesKey

SIZE = "1000x10"


def measured(benchmark: str, value: float | None, status: str = "ok", **params: str) -> Measurement:
    key = SeriesKey(benchmark, "v", tuple(params.items()), "m", "e", "seconds", "time")
    return Measurement(key, "c0ffee", status, value, lower=value and value * 0.99, upper=value and value * 1.01)


def sweep(architecture: str, value: float, **more: str) -> Measurement:
    module = "boundary" if more else "compute"
    affinity = more.get("affinity", "one-core")
    return measured(f"{module}.time_sweep", value, architecture=architecture, size=SIZE, affinity=affinity)


def echo(floats: int, value: float) -> Measurement:
    return measured("echo.time_round_trip", value, transport="unix", floats=str(floats), affinity="same-core")


RUN = [
    sweep("in_process", 2.0),
    sweep("rust_in_process", 2.5),
    sweep("rust_in_process_unchecked", 3.0),
    sweep("rust_batch_unix", 2.6, affinity="same-core"),
    sweep("rust_chatty_unix", 2.69, affinity="same-core"),
    echo(1, 10e-6),
    echo(1000, 20e-6),
    echo(10000, 110e-6),
    echo(150000, 1.51e-3),
    measured("sessions.time_study_round_trip", 15.1e-3, floats="150000", affinity="same-core"),
    measured("sessions.time_study_round_trip", 15e-6, floats="1", affinity="same-core"),
    measured("sessions.time_call_in_memory", 0.5e-6, client="extension", wait="spin", affinity="two-cores"),
    measured("deployed.time_sweep", 2.4, architecture="rust_batch_json", size=SIZE, affinity="same-core"),
    measured("kernels.time_sweep", 0.1, kernel="rust_prefix", size=SIZE, affinity="one-core"),
    measured("feed.time_live", 0.09, way="json", affinity="two-cores"),
    measured("feed.time_live", 0.009, way="engine", affinity="two-cores"),
    measured("features.time_ticks", 0.016, way="numpy"),
    measured("features.time_ticks", 16e-6, way="engine"),
    measured("features.time_cycle", 0.02, way="numpy"),
    measured("features.time_cycle", 50e-6, way="engine"),
    measured("encodings.time_encode", 50e-6, encoding="raw"),
    measured("encodings.time_encode", 50e-3, encoding="json"),
    measured("boundary.time_one_bar", 1.2e-3, transport="spawn", affinity="same-core"),
    measured("boundary.time_one_bar", 0.2e-3, transport="unix", affinity="same-core"),
]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("compute_gap", 1.25),
        ("compute_gap_unchecked", 1.5),
        ("batched_total", 1.3),
        ("kernel_ratio", 0.05),
        ("json_total", 1.2),
        ("socket_ratio", 0.1),
        ("session_call", 0.5e-6),
        ("feed_ratio", 0.1),
        ("feature_ratio", 0.001),
        ("cycle_ratio", 0.0025),
        ("boundary_share", 1e-5),
        ("boundary_floor", 10e-6),
        ("boundary_slope", 10e-6 / 16000),
        ("serialization_tax_encode", 1000),
        ("chatty_penalty", 0.01),
        ("spawn_cost", 1e-3),
        ("granularity_ratio_combination", 20000),
        ("granularity_ratio_bar", 20),
        ("per_bar_projection", 0.005),
    ],
)
def test_a_derived_value_is_what_its_name_says(name: str, value: float) -> None:
    [found] = [d for d in derive(RUN) if d.name == name]
    assert found.value == pytest.approx(value)


def test_a_ratio_carries_the_interval_of_both_sides() -> None:
    [gap] = [d for d in derive(RUN) if d.name == "compute_gap"]
    assert gap.lower < 1.25 * 0.99
    assert gap.upper > 1.25 * 1.01


@pytest.mark.parametrize("left_out", range(len(RUN)))
def test_a_value_whose_part_was_not_measured_does_not_exist(left_out: int) -> None:
    """Whatever is taken away, what remains keeps its value: nothing is filled."""
    whole = {d.label: d.value for d in derive(RUN) if d.name != "boundary_slope"}
    rest = {d.label: d.value for d in derive([*RUN[:left_out], *RUN[left_out + 1 :]]) if d.name != "boundary_slope"}
    assert len(rest) <= len(whole)
    assert rest.items() <= whole.items()


def test_a_failed_measurement_takes_part_in_nothing() -> None:
    failed = measured("compute.time_sweep", None, "failed", architecture="in_process", size=SIZE, affinity="one-core")
    assert not [d for d in derive([failed, *RUN[1:]]) if d.name == "compute_gap"]


def test_sizes_are_never_mixed() -> None:
    other = measured("compute.time_sweep", 1.0, architecture="rust_in_process", size="9x9", affinity="one-core")
    assert [d.size for d in derive([RUN[0], other]) if d.name == "compute_gap"] == []


def test_another_project_s_parameters_called_size_or_floats_do_no_harm() -> None:
    foreign = measured("bench.time_sort", 1.0, size="large", floats="many", affinity="none")
    assert derive([foreign]) == []


def test_every_derived_value_says_what_it_tells() -> None:
    assert all(isinstance(d, Derived) and d.says and d.label for d in derive(RUN))


def test_each_derived_series_is_made_of_its_sources_and_of_nothing_else() -> None:
    run = [
        *RUN,
        measured("sessions.time_call", 9e-6, affinity="same-core"),
        measured("kernels.time_sweep_on_both_cores", 0.06, kernel="rust_both", size=SIZE, affinity="two-cores"),
        measured("encodings.time_decode", 60e-6, encoding="raw"),
        measured("encodings.time_decode", 60e-3, encoding="json"),
    ]
    whole = {(d.name, d.params): d.value for d in derive(run)}
    assert {name for name, _ in whole} == set(SOURCES)
    for name, params in whole:
        of_sources = [m for m in run if m.key.benchmark in SOURCES[name]]
        assert {(d.name, d.params): d.value for d in derive(of_sources)}[name, params] == whole[name, params]
    for name, sources in SOURCES.items():
        for source in sources:
            left = [d for d in derive([m for m in run if m.key.benchmark != source]) if d.name == name]
            assert len(left) < sum(name == n for n, _ in whole), f"{name} does not need {source}"


def test_a_label_names_what_its_series_is_made_of() -> None:
    assert sources_of("derived.compute_gap(30000x20)") == ("compute.time_sweep",)
    assert set(sources_of("derived.of_another_version")) == MADE_OF
