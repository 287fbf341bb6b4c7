"""The line, in order: measure → read → keep → decide; the command line says what comes out."""

from perfwatch.pipeline.acceptance import accept
from perfwatch.pipeline.check import check
from perfwatch.pipeline.ingest import ingest
from perfwatch.pipeline.judging import judge, replay

__all__ = ["accept", "check", "ingest", "judge", "replay"]
