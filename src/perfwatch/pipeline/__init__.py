"""The line, in order: measure → read → keep → decide; the command line says what comes out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perfwatch.pipeline.acceptance import accept
    from perfwatch.pipeline.checking import check
    from perfwatch.pipeline.ingesting import ingest
    from perfwatch.pipeline.judging import judge, replay

__all__ = ["accept", "check", "ingest", "judge", "replay"]

# No module has the name of what it holds: importing it would put it in the place of that.
_FROM = {"accept": "acceptance", "check": "checking", "ingest": "ingesting", "judge": "judging", "replay": "judging"}


def __getattr__(name: str) -> Any:
    """Return a step of the line, imported at its first use: to load a file, nobody waits a second for scipy."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"perfwatch.pipeline.{_FROM[name]}"), name)
    globals()[name] = found
    return found
