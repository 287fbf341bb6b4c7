"""What the laboratory found, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perfwatch.report.table import Column, table
from perfwatch.units import SECONDS

SCHEMA = "perfwatch.lab/1"


@dataclass(frozen=True)
class Finding:
    """One measured figure, and what it is held to.

    Attributes
    ----------
    section, what : where it stands in the table, and what was measured.
    unit : of the figure; one that begins with "×" is a ratio of things timed in turns.
    value, least, most : the median over the rounds, the smallest and the largest.
    gate, stretch : what it must reach, and what it would be good to reach; None where it is only told.
    higher_is_better : whether more of it is better.
    seconds : median time of what was measured, None where the figure is no ratio of times.
    """

    section: str
    what: str
    unit: str
    value: float
    least: float
    most: float
    gate: float | None = None
    stretch: float | None = None
    higher_is_better: bool = True
    seconds: float | None = None

    @property
    def reached(self) -> str:
        """`gate`, `stretch`, how much is short of the gate, or nothing where there is no gate."""
        if self.gate is None:
            return ""
        if self.stretch is not None and self._reaches(self.stretch):
            return "stretch"
        if self._reaches(self.gate):
            return "gate"
        short = 1 - self.value / self.gate if self.higher_is_better else self.value / self.gate - 1
        return f"{100 * short:.0f} % short"

    def _reaches(self, target: float) -> bool:
        return self.value >= target if self.higher_is_better else self.value <= target


_COLUMNS = (
    Column("what", "left"),
    Column("measured", "right"),
    Column("least … most", "right"),
    Column("gate", "right"),
    Column("stretch", "right"),
    Column("reached", "left"),
    Column("took", "right"),
)


def text(machine: Mapping[str, Any], findings: Sequence[Finding]) -> str:
    """Return the findings section by section, under the machine they were found on."""
    lines = [" · ".join(f"{name} {value}" for name, value in machine.items())]
    for section in dict.fromkeys(f.section for f in findings):
        lines += ["", section]
        lines += table(_COLUMNS, [_row(f) for f in findings if f.section == section])
    return "\n".join(lines)


def _row(f: Finding) -> tuple[str, ...]:
    def shown(value: float | None) -> str:
        return "" if value is None else f"{value:.3g} {f.unit}" if value < 1000 else f"{value:,.0f} {f.unit}"

    return (
        f.what,
        shown(f.value),
        f"{f.least:.3g} … {f.most:.3g}",
        shown(f.gate),
        shown(f.stretch),
        f.reached,
        "" if f.seconds is None else SECONDS.show(f.seconds),
    )


def as_json(machine: Mapping[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the findings as an object of the schema `perfwatch.lab/1`."""
    return {
        "schema": SCHEMA,
        "machine": dict(machine),
        "findings": [{**vars(f), "reached": f.reached or None} for f in findings],
    }
