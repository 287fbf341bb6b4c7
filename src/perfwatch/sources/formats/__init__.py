"""Reports of other tools, told apart by what is in them.

A further format is a class with the members of `Format`, named by an entry point of the group `perfwatch.formats`:

    [project.entry-points."perfwatch.formats"]
    mine = "my_package.my_module:MyFormat"
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from perfwatch.errors import SourceError, UsageError
from perfwatch.sources.blocks import ResultFile
from perfwatch.sources.formats.benchfmt import Benchfmt
from perfwatch.sources.formats.criterion import Criterion
from perfwatch.sources.formats.google_benchmark import GoogleBenchmark
from perfwatch.sources.formats.hyperfine import Hyperfine
from perfwatch.sources.formats.jmh import Jmh
from perfwatch.sources.formats.own import Own
from perfwatch.sources.formats.pytest_benchmark import PytestBenchmark
from perfwatch.sources.formats.reading import Figure, Format, Origin, Report, result_file
from perfwatch.sources.formats.smaller_is_better import SmallerIsBetter

__all__ = ["GROUP", "Figure", "Format", "Origin", "Report", "formats", "read", "recognised"]

GROUP = "perfwatch.formats"
# The surest first: the last would take a list of nearly anything.
_BUILT_IN: tuple[type[Format], ...] = (
    Own,
    PytestBenchmark,
    GoogleBenchmark,
    Hyperfine,
    Jmh,
    Criterion,
    Benchfmt,
    SmallerIsBetter,
)


@cache
def formats() -> dict[str, Format]:
    """Return every format that can be read, by name: the built-in ones, and those that packages bring.

    Errors
    ------
    UsageError : a package's format cannot be loaded.
    """
    found: dict[str, Format] = {made.name: made for made in (kind() for kind in _BUILT_IN)}
    for point in entry_points(group=GROUP):
        try:
            made = point.load()()
            found.setdefault(made.name, made)
        except Exception as error:
            raise UsageError(f"the format {point.name!r} of {point.value} cannot be loaded: {error}") from error
    return found


def recognised(content: bytes, path: Path) -> Format:
    """Return the format that a file with this content is of.

    Errors
    ------
    SourceError : of none that is known.
    """
    for found in formats().values():
        if found.matches(content, path):
            return found
    raise SourceError(f"{path}: of no format that is known ({', '.join(formats())}); say it with --as")


def read(content: bytes, path: Path, origin: Origin, name: str | None = None) -> Sequence[ResultFile]:
    """Return what a report of another tool holds, as asv's files are kept.

    Parameters
    ----------
    origin : what holds where the report does not say it.
    name : the format; None to tell it by its content.

    Errors
    ------
    SourceError : of no known format, cut short, or not of that format.
    UsageError : no such format, or nobody says which commit was measured, or where.
    """
    if name is not None and name not in formats():
        raise UsageError(f"no format {name!r}; there are {', '.join(formats())}")
    chosen = formats()[name] if name is not None else recognised(content, path)
    return [result_file(report, origin, path, chosen.name) for report in chosen.read(content, path)]
