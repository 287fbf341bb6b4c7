"""Criterion.rs: `target/criterion/**/new/estimates.json`, with `benchmark.json` and `sample.json` beside it.

The value is the median of a sample's time over its iterations. Criterion's intervals are of 95 %: not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perfwatch.errors import SourceError
from perfwatch.sources.document import read_bytes
from perfwatch.sources.formats.reading import Figure, Report, number, numbers, of_samples, parsed

_NS = 1e-9


class Criterion:
    """The format, for the table of formats."""

    name = "criterion"
    says = "cargo bench: target/criterion"

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether it is such a file."""
        return path.name == "estimates.json" and b'"point_estimate"' in content

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return its one report, of one benchmark.

        Errors
        ------
        SourceError : it, or one of the two beside it, is not there, cut short, or not Criterion's.
        """
        beside = {name: path.with_name(f"{name}.json") for name in ("benchmark", "sample")}
        told = parsed(read_bytes(beside["benchmark"]), beside["benchmark"])
        try:
            value = number(parsed(content, path)["median"]["point_estimate"])
            name = str(told["group_id"])
            if told.get("function_id"):
                name += f"/{told['function_id']}"
            params = {"value": str(told["value_str"])} if told.get("value_str") else {}
        except (KeyError, TypeError) as error:
            raise SourceError(f"{path}: {error} is missing; is it of Criterion?") from error
        figure = Figure(name, "seconds", None if value is None else value * _NS, params)
        return [Report((of_samples(figure, _samples(beside["sample"])),))]


def _samples(path: Path) -> list[float]:
    if not path.exists():
        return []
    sample = parsed(read_bytes(path), path)
    times, iterations = (numbers(sample.get(name)) for name in ("times", "iters"))
    if len(times) != len(iterations) or not all(iterations):
        raise SourceError(f"{path}: times and iters do not fit; measure again or remove the folder")
    return [_NS * t / n for t, n in zip(times, iterations, strict=True)]
