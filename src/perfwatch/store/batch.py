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
        self._series_ids = array("i")
        # Once a block, and how many points it has: the same for all of them.
        self._lengths, self._source_ids, self._commit_codes = array("q"), array("i"), array("i")
        self._commits: list[str] = []
        self._status = bytearray()
        self._values, self._durations = array("d"), array("d")  # durations once a block
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
        self._lengths.append(n)
        self._source_ids.append(source_id)
        self._commit_codes.append(len(self._commits) - 1)
        self._status.extend(block.status)
        self._values.extend(block.values)
        statistics = block.statistics
        for name, column in self._statistics.items():
            column.extend(statistics[name] if name in statistics else array("d", [math.nan]) * n)
        self._texts.extend(block.texts or [None] * n)
        if block.samples is None:
            self._no_samples.extend(b"\x01" * n)
            self._sample_ends.extend(array("i", [len(self._samples)]) * n)
        else:
            self._add_samples(block.samples)
        if block.number is None:
            self._numbers.extend(array("q", [_NO_COUNT]) * n)
        else:
            self._numbers.extend(_NO_COUNT if v is None else v for v in block.number)
        self._started_at_us.append(_NO_TIME if block.started_at_us is None else block.started_at_us)
        self._durations.append(math.nan if block.duration_s is None else block.duration_s)

    def _add_samples(self, samples: list[array[float] | None]) -> None:
        for one in samples:
            if one is not None:
                self._samples.extend(one)
            self._no_samples.append(one is None)
            self._sample_ends.append(len(self._samples))

    def table(self) -> pa.Table:
        """Return everything added as a table with the columns of `measurements`."""
        lengths = np.asarray(self._lengths)
        numbers, started = np.asarray(self._numbers), np.repeat(np.asarray(self._started_at_us), lengths)
        return pa.table(
            {
                "series_id": pa.array(np.asarray(self._series_ids)),
                "commit_hash": _named(np.repeat(np.asarray(self._commit_codes), lengths), self._commits),
                "source_id": pa.array(np.repeat(np.asarray(self._source_ids), lengths)),
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
                "duration_s": pa.array(np.repeat(np.asarray(self._durations), lengths), from_pandas=True),
            }
        )


def _floats(column: array[float]) -> pa.Array:
    # An empty array lies at no aligned address, of which Arrow would complain on stderr.
    return pa.array(np.asarray(column), from_pandas=True) if column else pa.array([], pa.float64())


def _named(codes: npt.NDArray[np.integer], names: list[str] | tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()))
