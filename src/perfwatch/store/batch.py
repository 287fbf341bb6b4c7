"""Measurements on their way into the store: columns that grow file by file and leave as one Arrow table.

NaN stands for a missing number in the columns (no measured value is NaN) and leaves as NULL.
"""

from __future__ import annotations

import math
from array import array

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perfwatch.sources.asv import Block
from perfwatch.sources.asv_results import STATUSES
from perfwatch.sources.asv_rows import STATISTICS, Statistic

# Outside what asv writes: a time before the year 1, and a count below zero.
_NO_TIME = -(2**62)
_NO_COUNT = -1


class Batch:
    """The measurements of some files; `n_points` and `n_samples` say how much it holds."""

    def __init__(self) -> None:
        self.n_points = 0
        self._series_ids, self._source_ids, self._commit_codes = array("i"), array("i"), array("i")
        self._commits: list[str] = []
        self._status = bytearray()
        self._values, self._durations = array("d"), array("d")
        self._statistics: dict[Statistic, array[float]] = {name: array("d") for name, _, _ in STATISTICS}
        self._texts: list[str | None] = []
        self._samples, self._sample_ends, self._no_samples = array("d"), array("i", [0]), bytearray()
        self._numbers, self._started_at_us = array("q"), array("q")

    @property
    def n_samples(self) -> int:
        """Return the number of single timings held."""
        return len(self._samples)

    def begin_file(self, commit: str) -> None:
        """Say which commit the blocks that follow belong to."""
        self._commits.append(commit)

    def add(self, block: Block, series_ids: array[int], source_id: int) -> None:
        """Append a block; `series_ids` (n,) gives the series of each of its points."""
        n = len(block.status)
        self.n_points += n
        self._series_ids.extend(series_ids)
        self._source_ids.extend(array("i", [source_id]) * n)
        self._commit_codes.extend(array("i", [len(self._commits) - 1]) * n)
        self._status.extend(block.status)
        self._values.extend(block.values)
        missing = array("d", [math.nan]) * n
        for name, column in self._statistics.items():
            column.extend(block.statistics.get(name, missing))
        self._texts.extend(block.texts or [None] * n)
        self._add_samples(block.samples or [None] * n)
        self._numbers.extend(_NO_COUNT if v is None else v for v in block.number or [None] * n)
        started_at_us = _NO_TIME if block.started_at_us is None else block.started_at_us
        self._started_at_us.extend(array("q", [started_at_us]) * n)
        self._durations.extend(missing if block.duration_s is None else array("d", [block.duration_s]) * n)

    def _add_samples(self, samples: list[array[float] | None]) -> None:
        for one in samples:
            if one is not None:
                self._samples.extend(one)
            self._no_samples.append(one is None)
            self._sample_ends.append(len(self._samples))

    def table(self) -> pa.Table:
        """Return everything added as a table with the columns of `measurements`."""
        numbers, started = np.asarray(self._numbers), np.asarray(self._started_at_us)
        return pa.table(
            {
                "series_id": pa.array(np.asarray(self._series_ids)),
                "commit_hash": _named(np.asarray(self._commit_codes), self._commits),
                "source_id": pa.array(np.asarray(self._source_ids)),
                "status": _named(np.frombuffer(self._status, np.int8), STATUSES),
                "value": _floats(self._values),
                "text": pa.array(self._texts, pa.string()),
                "lower": _floats(self._statistics["lower"]),
                "upper": _floats(self._statistics["upper"]),
                "q25": _floats(self._statistics["q25"]),
                "q75": _floats(self._statistics["q75"]),
                "samples": pa.ListArray.from_arrays(
                    pa.array(np.asarray(self._sample_ends)),
                    _floats(self._samples),
                    mask=pa.array(np.frombuffer(self._no_samples, np.bool_)),
                ),
                "number": pa.array(numbers, mask=numbers == _NO_COUNT),
                "started_at": pa.array(started, pa.timestamp("us"), mask=started == _NO_TIME),
                "duration_s": _floats(self._durations),
            }
        )


def _floats(column: array[float]) -> pa.Array:
    # An empty array lies at no aligned address, of which Arrow would complain on stderr.
    return pa.array(np.asarray(column), from_pandas=True) if column else pa.array([], pa.float64())


def _named(codes: npt.NDArray[np.integer], names: list[str] | tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()))
