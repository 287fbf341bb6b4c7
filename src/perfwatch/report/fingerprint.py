"""Fingerprints of every architecture, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from perfwatch.report.table import Column, table

SCHEMA = "perfwatch.fingerprint/1"
# What the study printed for the first combination of its sweep.
PUBLISHED = {"length": 6, "pnl": -5165.58, "trades": 57029}


@dataclass(frozen=True)
class Answer:
    """What one architecture answered for a whole grid.

    Attributes
    ----------
    first_pnl, first_trades : of the grid's first combination (L = 6, the one with a published number).
    pnl, trades : summed over the combinations; PnL in percentage points.
    digest : 52 bits of SHA-256 over all combinations.
    difference : the first combination that differs from the reference, None where none does.
    elapsed_s : wall time of the call, for orientation only: one call, not a benchmark.
    error : why there is no answer; the numbers are then None.
    """

    architecture: str
    first_pnl: float | None = None
    first_trades: int | None = None
    pnl: float | None = None
    trades: int | None = None
    digest: int | None = None
    difference: str | None = None
    elapsed_s: float | None = None
    error: str | None = None


_COLUMNS = (
    Column("architecture", "left"),
    Column("PnL (L=6)", "right"),
    Column("trades (L=6)", "right"),
    Column("PnL, summed", "right"),
    Column("trades, summed", "right"),
    Column("digest", "right"),
    Column("one call", "right"),
)


def text(size: str, answers: Sequence[Answer]) -> str:
    """Return a table of the answers and, beneath it, whether they are the same."""
    lines = [f"{size}: bars x combinations; PnL in percentage points", ""]
    lines += table(_COLUMNS, [_row(a) for a in answers])
    lines.append("")
    lines += [f"{a.architecture}: {a.error}" for a in answers if a.error]
    differing = [a for a in answers if a.difference]
    lines += [f"DISAGREES {a.architecture}: {a.difference}" for a in differing]
    if not differing and not any(a.error for a in answers):
        lines.append(f"all {len(answers)} agree with the reference on every combination")
    return "\n".join(lines)


def _row(a: Answer) -> tuple[str, ...]:
    if a.error is not None:
        return (a.architecture, *["—"] * 6)
    return (
        a.architecture,
        f"{a.first_pnl:.2f}",
        f"{a.first_trades:,}",
        f"{a.pnl:.6f}",
        f"{a.trades:,}",
        f"{a.digest:013x}",
        f"{a.elapsed_s:.2f} s",
    )


def as_json(size: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the answers as an object of the schema `perfwatch.fingerprint/1`."""
    return {
        "schema": SCHEMA,
        "size": size,
        "published": PUBLISHED,
        "identical": not any(a.difference or a.error for a in answers),
        "architectures": {a.architecture: {k: v for k, v in vars(a).items() if k != "architecture"} for a in answers},
    }
