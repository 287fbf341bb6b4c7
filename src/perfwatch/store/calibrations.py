"""What measuring one commit against itself told of the noise: into its table and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from perfwatch.store.connection import Connection
from perfwatch.store.facts import read_json
from perfwatch.store.rows import aware, insert, naive, table

_CALIBRATION = [
    ("machine", pa.string()),
    ("environment", pa.string()),
    ("commit_hash", pa.string()),
    ("calibrated_at", pa.timestamp("us")),
    ("benchmark", pa.string()),
    ("params", pa.string()),
    ("rounds", pa.int32()),
    ("noise", pa.float64()),
    ("minimum_detectable", pa.float64()),
    ("settings", pa.string()),
]
CALIBRATION_COLUMNS = ", ".join(name for name, _ in _CALIBRATION)


@dataclass(frozen=True)
class Calibration:
    """The noise of one series, from rounds of one commit against itself.

    Attributes
    ----------
    rounds : how many values the figures rest on.
    noise : robust scatter of a value, a fraction of its level; None where it could not be told.
    minimum_detectable : the smallest change (a fraction) that would be found four times in five.
    settings : what the figures were made with, and whatever else belongs to them, a JSON object.
    """

    machine: str
    environment: str
    commit: str
    calibrated_at: datetime
    benchmark: str
    params: tuple[tuple[str, str], ...]
    rounds: int
    noise: float | None
    minimum_detectable: float | None
    settings: Mapping[str, Any] = field(default_factory=dict)


def write_calibrations(connection: Connection, found: Sequence[Calibration]) -> None:
    """Append calibrations; the older ones stay, as a history of the machine's noise."""
    rows = [
        (
            c.machine,
            c.environment,
            c.commit,
            naive(c.calibrated_at),
            c.benchmark,
            orjson.dumps(c.params).decode(),
            c.rounds,
            c.noise,
            c.minimum_detectable,
            orjson.dumps(dict(c.settings)).decode(),
        )
        for c in found
    ]
    insert(connection, "calibrations", table(_CALIBRATION, rows))


def calibration(row: Sequence[Any]) -> Calibration:
    """Return the calibration in a row of `CALIBRATION_COLUMNS`."""
    machine, environment, commit, calibrated_at, benchmark, params, rounds, noise, detectable, settings = row
    at = aware(calibrated_at)
    assert at is not None
    named = tuple((str(name), str(value)) for name, value in orjson.loads(params))
    said = read_json(settings)
    return Calibration(machine, environment, commit, at, benchmark, named, rounds, noise, detectable, said)
