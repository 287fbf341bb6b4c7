"""One run's measurements, looked up by benchmark and parameters, and what a derived value of them is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from perfwatch.analysis.interval import Estimate, ratio
from perfwatch.model import Measurement, SeriesKey
from perfwatch.units import Unit

# What a suite with sizes calls one, in a label: bars, then combinations.
SIZE = re.compile(r"\b\d+x\d+\b")


@dataclass(frozen=True)
class Derived:
    """One derived value of one run.

    Attributes
    ----------
    name : which of the derived series (`compute_gap`, `boundary_floor`, …).
    label : name and what tells it from its siblings, for people.
    value, lower, upper : the value and its 99 % interval; a bound that is not known is None.
    unit : how it is shown.
    size, affinity, transport, kernel : what it holds for, None where it does not depend on it.
    says : one line on what it tells.
    """

    name: str
    label: str
    value: float
    lower: float | None
    upper: float | None
    unit: Unit
    size: str | None
    affinity: str | None
    transport: str | None
    says: str
    kernel: str | None = None

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """What it holds for, as the parameters of a series."""
        told = {"kernel": self.kernel, "size": self.size, "affinity": self.affinity, "transport": self.transport}
        return tuple((name, value) for name, value in told.items() if value is not None)

    def key(self, machine: str, environment: str) -> SeriesKey:
        """Return the series it is a value of."""
        return SeriesKey(f"derived.{self.name}", None, self.params, machine, environment, self.unit.name, "derived")


SAYS = {
    "compute_gap": "Rust kernel in process over numba in process: codegen alone, no boundary",
    "compute_gap_unchecked": "the same with the bounds checks compiled out",
    "kernel_ratio": "a kernel in process over numba's scalar one: what tuning is worth",
    "batched_total": "Rust behind a socket over numba in process: what a user of the service sees",
    "json_total": "the JSON service over numba in process: what a user sees where it is deployed as usual",
    "feature_ratio": "312 features of a tick by the engine over numpy: what keeping state is worth",
    "cycle_ratio": "features and a model by the engine over numpy and the model's own library",
    "feed_ratio": "messages from a WebSocket to records by the engine over json in Python: the decode term",
    "socket_ratio": "echo of the whole series over the tuned socket over the study's own: what tuning it is worth",
    "session_call": "six parameters across and an answer back, the series loaded before: the price of a call",
    "boundary_share": "echo of the whole series over numba in process: the IPC tax itself",
    "boundary_floor": "echo of one float: the hurdle that each call must clear",
    "boundary_slope": "seconds per byte moved beyond the floor, fitted to the echo curve",
    "serialization_tax_encode": "encoding the series as JSON over raw bytes",
    "serialization_tax_decode": "decoding the series from JSON over raw bytes",
    "chatty_penalty": "added by each extra crossing that ships the series again",
    "spawn_cost": "fixed price of a process: a one-bar request by spawn less the same by socket",
    "granularity_ratio_combination": "compute of one combination over the floor: large means a call is worth making",
    "granularity_ratio_bar": "compute of one bar over the floor: below 1 a call a bar is dead on arrival",
    "per_bar_projection": "one call a bar at the floor, in units of the whole job",
}


# What each derived series is made of: when the version of one changes, so does the meaning of the series.
SOURCES = {
    "compute_gap": ("compute.time_sweep",),
    "compute_gap_unchecked": ("compute.time_sweep",),
    "kernel_ratio": ("kernels.time_sweep", "kernels.time_sweep_on_both_cores", "compute.time_sweep"),
    "batched_total": ("boundary.time_sweep", "compute.time_sweep"),
    "json_total": ("deployed.time_sweep", "compute.time_sweep"),
    "socket_ratio": ("echo.time_round_trip", "sessions.time_study_round_trip"),
    "session_call": ("sessions.time_call", "sessions.time_call_in_memory"),
    "feed_ratio": ("feed.time_live",),
    "feature_ratio": ("features.time_ticks",),
    "cycle_ratio": ("features.time_cycle",),
    "boundary_share": ("echo.time_round_trip", "compute.time_sweep"),
    "boundary_floor": ("echo.time_round_trip",),
    "boundary_slope": ("echo.time_round_trip",),
    "serialization_tax_encode": ("encodings.time_encode",),
    "serialization_tax_decode": ("encodings.time_decode",),
    "chatty_penalty": ("boundary.time_sweep",),
    "spawn_cost": ("boundary.time_one_bar",),
    "granularity_ratio_combination": ("compute.time_sweep", "echo.time_round_trip"),
    "granularity_ratio_bar": ("compute.time_sweep", "echo.time_round_trip"),
    "per_bar_projection": ("compute.time_sweep", "echo.time_round_trip"),
}
# A run without any of these has no derived series.
MADE_OF = frozenset(name for names in SOURCES.values() for name in names)


class Run:
    """Look-up of one run's estimates by benchmark and parameters."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._by_key: dict[tuple[str, frozenset[tuple[str, str]]], Estimate] = {}
        self._values: dict[str, dict[str, None]] = {}
        for m in measurements:
            estimate = Estimate.of(m)
            if estimate is None:
                continue
            self._by_key[m.key.benchmark, frozenset(m.key.params)] = estimate
            for name, value in m.key.params:
                self._values.setdefault(name, {})[value] = None

    def values(self, param: str) -> list[str]:
        return list(self._values.get(param, ()))

    def sizes(self) -> list[str]:
        """Return the sizes whose label says bars and combinations; another project's `size` may be anything."""
        return [s for s in self.values("size") if SIZE.fullmatch(s)]

    def find(self, benchmark: str, **params: str) -> Estimate | None:
        assert benchmark in MADE_OF, f"{benchmark} is to stand in SOURCES"
        return self._by_key.get((benchmark, frozenset(params.items())))

    def numba(self, size: str) -> Estimate | None:
        return self.in_process("in_process", size)

    def in_process(self, architecture: str, size: str) -> Estimate | None:
        for affinity in self.values("affinity"):
            found = self.find("compute.time_sweep", architecture=architecture, size=size, affinity=affinity)
            if found is not None:
                return found
        return None

    def echo(self, transport: str, floats: int, affinity: str) -> Estimate | None:
        return self.find("echo.time_round_trip", transport=transport, floats=str(floats), affinity=affinity)


def bars_and_combinations(size: str) -> tuple[int, int]:
    """Read a size's label, `150000x80`: bars, then combinations."""
    bars, combinations = size.split("x")
    return int(bars), int(combinations)


def made(
    name: str,
    estimate: Estimate | None,
    unit: Unit,
    size: str | None = None,
    affinity: str | None = None,
    transport: str | None = None,
    kernel: str | None = None,
) -> Iterator[Derived]:
    if estimate is None:
        return
    parts = [name.replace("_", " "), *(p for p in (kernel, transport, affinity, size) if p)]
    yield Derived(
        name=name,
        label=" · ".join(parts),
        value=estimate.value,
        lower=estimate.lower,
        upper=estimate.upper,
        unit=unit,
        size=size,
        affinity=affinity,
        transport=transport,
        says=SAYS[name],
        kernel=kernel,
    )


def over(above: Estimate | None, below: Estimate | None) -> Estimate | None:
    return None if above is None or below is None else ratio(above, below)


def is_derived(label: str) -> bool:
    """Return whether a label is of a series that is computed from others."""
    return label.startswith("derived.")


def sources_of(label: str) -> tuple[str, ...]:
    """Return the benchmarks that a derived series is made of, by its label; of one that is not known, all there are."""
    name = label.partition("(")[0].removeprefix("derived.")
    return SOURCES.get(name, tuple(sorted(MADE_OF)))
