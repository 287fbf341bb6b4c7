"""A store with a few measured commits, at which as many events are known as a test asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from perfwatch.cli import run_command
from perfwatch.config import Config
from perfwatch.errors import EXIT_CLEAN
from perfwatch.model import Event
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer

N_COMMITS = 20
COMMITS = [f"{i:02x}c0ffee" * 5 for i in range(N_COMMITS)]
_RESULT = {
    "env_name": "py",
    "params": {"machine": "m"},
    "python": "3.11",
    "requirements": {},
    "env_vars": {},
    "result_columns": ["result", "params"],
    "results": {"a.time_b": [[1.0], []]},
    "durations": {},
    "version": 2,
}


def measured(folder: Path) -> None:
    """Make `folder`, the current one, a project whose commits are measured."""
    results = folder / ".asv" / "results" / "m"
    results.mkdir(parents=True)
    (results.parent / "benchmarks.json").write_text(json.dumps({"version": 2}))
    for i, commit in enumerate(COMMITS):
        result = {**_RESULT, "commit_hash": commit, "date": 1772323200000 + 60_000 * i}
        (results / f"{commit[:8]}-py.json").write_text(json.dumps(result))
    assert run_command(["ingest"]) == EXIT_CLEAN


def event(number: int = 1, standing: str = "CONFIRMED") -> Event:
    """Return a failure at one of the commits; of all kinds it has the shortest message."""
    label, commit = f"a.time_b({number})", COMMITS[number % N_COMMITS]
    moved = {"label": label, "ratio": None, "lower": None, "upper": None, "family": None}
    return Event(f"{number:012x}", "failure", commit, "m", "py", standing, f"{label} fails", moved=(moved,))


def keep(config: Config, events: Sequence[Event]) -> None:
    """Put the events at the place of those that were there."""
    with Writer(parse(config.store)) as writer:
        writer.keep(
            *("m", "py", COMMITS[-1]),
            verdicts=[],
            events=events,
            factors={},
            settings={},
            inputs_digest="",
            state={"digest": ""},
        )
