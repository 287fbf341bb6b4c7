"""The store out of perfwatch, and back."""

from __future__ import annotations

import math
from pathlib import Path

from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.model import Measurement, SeriesKey
from perfwatch.report import newest
from perfwatch.store import archive
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

# Texts of the newest values, which other tools read.
TEXTS = ("prometheus", "customSmallerIsBetter")
FORMATS = (*archive.FORMATS, *TEXTS)


def export_tables(config: Config, folder: Path, form: archive.Format) -> dict[str, int]:
    """Write the whole store into `folder`, a file a table; return how many rows each has.

    Errors
    ------
    UsageError : the folder holds something, or cannot be written.
    """
    with Reader(parse(config.store)) as reader:
        return reader.export(folder.absolute(), form)


def export_text(config: Config, form: str, machine: str | None = None) -> str:
    """Return the newest value of every series in one of TEXTS; of one machine where it is named.

    Errors
    ------
    UsageError : nothing was measured on such a machine.
    """
    with Reader(parse(config.store)) as reader:
        catalogue, commits = reader.catalogue(), {c.hash: c.committed_at for c in reader.commits()}
    found = []
    for row in catalogue.itertuples():
        if machine is not None and row.machine != machine:
            continue
        key = SeriesKey(
            row.benchmark, row.version, tuple(row.params.items()), row.machine, row.environment, row.unit, row.kind
        )
        missing = math.isnan(row.last_value)
        found.append(
            Measurement(key, row.last_commit, "failed" if missing else "ok", None if missing else float(row.last_value))
        )
    if machine is not None and not found:
        known = sorted(set(catalogue["machine"]))
        raise UsageError(f"export: nothing was measured on {machine!r}; there are {', '.join(known) or 'none'}")
    if form == "prometheus":
        times = [at for m in found if (at := commits.get(m.commit)) is not None]
        return newest.prometheus(found, max(times, default=None))
    return newest.smaller_is_better(found)


def import_tables(config: Config, folder: Path) -> dict[str, int]:
    """Load an export into a store that holds nothing yet; return how many rows each table got.

    Errors
    ------
    SourceError : no whole export.
    UsageError : the store holds something.
    """
    with Writer(parse(config.store)) as writer:
        return writer.restore(folder.absolute())
