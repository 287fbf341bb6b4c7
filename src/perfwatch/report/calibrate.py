"""The noise of a machine as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from perfwatch.analysis.calibration import Forecast, SeriesNoise
from perfwatch.model import Commit
from perfwatch.report.table import Column, table

SCHEMA = "perfwatch.calibrate/1"
# More are in the JSON; the quiet ones need no attention.
SHOWN = 20


class Noise(Protocol):
    """What one commit against itself told."""

    @property
    def commit(self) -> Commit: ...
    @property
    def machine(self) -> str: ...
    @property
    def turns(self) -> int: ...
    @property
    def commits_per_month(self) -> float: ...
    @property
    def noise(self) -> Sequence[SeriesNoise]: ...
    @property
    def forecast(self) -> Forecast | None: ...
    @property
    def relevant_change(self) -> float: ...


def text(found: Noise) -> str:
    """Return the noise as lines of text: the forecast, what is blind, and the widest series."""
    return "\n".join(_lines(found))


def _lines(found: Noise) -> Iterator[str]:
    commit = f"{found.commit.hash[:8]} {found.commit.subject or ''}".strip()
    yield f"{commit} against itself on {found.machine}: {found.turns} runs, {len(found.noise)} series"
    if found.forecast is None:
        yield "  too few values for a forecast; give more --rounds"
    else:
        told = found.forecast
        yield (
            f"  false alarms to expect at {found.commits_per_month:g} commits a month: {told.per_month:.1f} "
            f"(95 %: {told.lower:.1f} to {told.upper:.1f}), before false discoveries over a run are held"
        )
    known = [s for s in found.noise if s.minimum_detectable is not None]
    blind = [s for s in known if (s.minimum_detectable or 0) > found.relevant_change]
    yield (
        f"  a change of {100 * found.relevant_change:g} % would be found four times in five ten commits after it in "
        f"{len(known) - len(blind)} of {len(found.noise)} series"
    )
    if known:
        yield from ("  " + line for line in table(_COLUMNS, [_cells(s) for s in found.noise[:SHOWN]]))
    if len(found.noise) > SHOWN:
        yield f"  … and {len(found.noise) - SHOWN} quieter ones (--format json lists all)"


_COLUMNS = (
    Column("benchmark", "left"),
    Column("values", "right"),
    Column("noise", "right"),
    Column("memory", "right"),
    Column("smallest change seen", "right"),
)


def _cells(series: SeriesNoise) -> tuple[str, ...]:
    if series.scatter is None or series.minimum_detectable is None or series.memory is None:
        return series.key.label, str(series.n), "—", "—", "—"
    return (
        series.key.label,
        str(series.n),
        f"{100 * series.scatter:.2f} %",
        f"{series.memory:+.2f}",
        f"{100 * series.minimum_detectable:.1f} %",
    )


def as_json(found: Noise) -> dict[str, Any]:
    """Return the noise as an object of the schema `perfwatch.calibrate/1`; fractions, not percent."""
    return {
        "schema": SCHEMA,
        "commit": found.commit.hash,
        "machine": found.machine,
        "turns": found.turns,
        "commits_per_month": found.commits_per_month,
        "relevant_change": found.relevant_change,
        "forecast": None if found.forecast is None else vars(found.forecast),
        "series": [
            {
                "series": s.key.label,
                "n": s.n,
                "noise": s.scatter,
                "memory": s.memory,
                "minimum_detectable": s.minimum_detectable,
            }
            for s in found.noise
        ],
    }
