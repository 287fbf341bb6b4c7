"""The run record: what was asked, on what host, what failed; one file per commit and environment, `perfwatch.run/1`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from perfwatch.errors import SourceError
from perfwatch.model import Run
from perfwatch.runner.progress import Pace
from perfwatch.sources import runs
from perfwatch.sources.document import parse_object, read_bytes


def stamp(moment: datetime) -> str:
    """Return a moment as file names carry it, sortable: `20261120T222103.045127Z`.

    To the microsecond: two runs of one commit within a second would otherwise share a name, and the first be lost.
    """
    return moment.strftime("%Y%m%dT%H%M%S.%fZ")


def write(folder: Path, run: Run, more: Mapping[str, Any]) -> Path:
    """Write the record of `run` whole or not at all and return its path.

    Parameters
    ----------
    folder : the machine's, in the folder of run records.
    more : what is not read back but worth keeping: the log's name, warnings, the pace.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = "-".join([stamp(run.started_at), run.commit[:8], *([run.environment] if run.environment else [])])
    path = folder / f"{name}.json"
    document = {
        "schema": runs.SCHEMA,
        "commit": run.commit,
        "machine": run.machine,
        "environment": run.environment,
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "tool": run.tool,
        "exit_code": run.exit_code,
        "host": run.host,
        "selection": run.selection,
        "engine_digest": run.engine_digest,
        "controls": run.controls,
        "artefacts": run.artefacts,
        "failures": [{"benchmark": f.benchmark, "exit_code": f.exit_code, "stderr": f.stderr} for f in run.failures],
        **more,
    }
    descriptor, draft = tempfile.mkstemp(dir=folder, prefix=".", suffix=".draft")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).chmod(0o644)
    Path(draft).replace(path)
    return path


def finished(folder: Path) -> list[tuple[Run, Path]]:
    """Return the runs of a machine that came to their end, newest first; a record that cannot be read is no run."""
    found = []
    for path in sorted(folder.glob("*.json"), reverse=True):
        try:
            run = runs.read(path)
        except SourceError:
            continue
        if run.finished_at is not None:
            found.append((run, path))
    return found


def pace(path: Path) -> Pace | None:
    """Return the pace that the record at `path` keeps; None where it keeps none."""
    try:
        return Pace.from_points(parse_object(read_bytes(path), path).get("pace"))
    except SourceError:
        return None
