"""Measurements on their way into the store: columns that grow file by file and leave as one Arrow table.

NaN stands for a missing number in the columns (no measured value is NaN) and leaves as NULL.
"""

from __future__ import annotations

import math
from array import array
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from perfwatch.sources.asv_rows import STATISTICS
from perfwatch.sources.blocks import NO_COUNT, STATUSES, Block

# Outside what asv writes: a time before the year 1.
_NO_TIME = -(2**62)


class Batch:
    """The measurements of some files; `n_points` and `n_samples` say how much it holds.

    Blocks are kept as they come and become columns all at once: `bytes.join` takes arrays and copies fast.
    """

    def __init__(self) -> None:
        self.n_points = self.n_samples = 0
        self._blocks: list[Block] = []
        self._series_ids: list[array[int]] = []
        # Once a block: the same for all of its points.
        self._source_ids, self._commit_codes = array("i"), array("i")
        self._commits: list[str] = []

    def begin_file(self, commit: str) -> None:
        """Say which commit the blocks that follow belong to."""
        self._commits.append(commit)

    def add(self, block: Block, series_ids: array[int], source_id: int) -> None:
        """Append a block; `series_ids` (n,) gives the series of each of its points."""
        self.n_points += len(block.status)
        if block.samples is not None:
            self.n_samples += sum(len(one) for one in block.samples if one is not None)
        self._blocks.append(block)
        self._series_ids.append(series_ids)
        self._source_ids.append(source_id)
        self._commit_codes.append(len(self._commits) - 1)

    def table(self) -> pa.Table:
        """Return everything added as a table with the columns of `measurements`."""
        blocks = self._blocks
        lengths = np.array([len(b.status) for b in blocks], np.int64)
        started = np.array([_NO_TIME if b.started_at_us is None else b.started_at_us for b in blocks], np.int64)
        durations = np.array([math.nan if b.duration_s is None else b.duration_s for b in blocks])
        started_at = np.repeat(started, lengths)
        columns: dict[str, pa.Array] = {
            "series_id": pa.array(np.frombuffer(b"".join(self._series_ids), np.int32)),
            "commit_hash": _named(np.repeat(np.asarray(self._commit_codes), lengths), self._commits),
            "source_id": pa.array(np.repeat(np.asarray(self._source_ids), lengths)),
            "status": _named(np.frombuffer(b"".join([b.status for b in blocks]), np.int8), STATUSES),
            "value": _floats([b.values for b in blocks]),
            "text": self._texts(),
        }
        for name, _, _ in STATISTICS:
            if any(name in b.statistics for b in blocks):
                columns[name] = _floats([b.statistics.get(name) or _no_numbers(len(b.status)) for b in blocks])
        if any(b.samples is not None for b in blocks):
            columns["samples"] = self._samples()
        if any(b.number is not None for b in blocks):
            columns["number"] = self._numbers()
        columns["started_at"] = pa.array(started_at, pa.timestamp("us"), mask=started_at == _NO_TIME)
        columns["duration_s"] = pa.array(np.repeat(durations, lengths), from_pandas=True)
        # What no block has is left out: the database makes NULL of it.
        return pa.table({name: column for name, column in columns.items() if column is not None})

    def _texts(self) -> pa.Array | None:
        if not any(b.texts for b in self._blocks):
            return None
        return pa.array([t for b in self._blocks for t in b.texts or [None] * len(b.status)], pa.string())

    def _numbers(self) -> pa.Array:
        known = [_no_counts(len(b.status)) if b.number is None else b.number for b in self._blocks]
        found = np.frombuffer(b"".join(known), np.int64)
        return pa.array(found, mask=found == NO_COUNT)

    def _samples(self) -> pa.Array:
        taken, ends, missing = [], array("i", [0]), bytearray()
        end = 0
        for b in self._blocks:
            if b.samples is None:
                missing.extend(b"\x01" * len(b.status))
                ends.extend(array("i", [end]) * len(b.status))
                continue
            for one in b.samples:
                if one is not None:
                    taken.append(one)
                    end += len(one)
                missing.append(one is None)
                ends.append(end)
        mask = pa.array(np.frombuffer(missing, np.bool_))
        return pa.ListArray.from_arrays(pa.array(np.asarray(ends)), _floats(taken), mask=mask)


@lru_cache(maxsize=1000)
def _no_numbers(n: int) -> array[float]:
    return array("d", [math.nan]) * n


@lru_cache(maxsize=1000)
def _no_counts(n: int) -> array[int]:
    return array("q", [NO_COUNT]) * n


def _floats(arrays: list[array[float]]) -> pa.Array:
    joined = np.frombuffer(b"".join(arrays))
    # An empty array lies at no aligned address, of which Arrow would complain on stderr.
    return pa.array(joined, from_pandas=True) if joined.size else pa.array([], pa.float64())


def _named(codes: npt.NDArray[np.integer], names: list[str] | tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()))
