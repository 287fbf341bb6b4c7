"""Commands that carry a store elsewhere, and take old history out of it: export, import, prune."""

from __future__ import annotations

import re
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from perfwatch import errors
from perfwatch.cli.options import Progress, config_of, echo_json, format_option, store_option


@click.command(
    short_help="Write the store into a folder of files.",
    epilog="""\b
Examples:
  perfwatch export backup --as parquet        the whole store, a file a table
  perfwatch export backup.csv.d --as csv
  perfwatch export - --as prometheus          newest values, for a node exporter's textfile collector
  perfwatch export bench.json --as customSmallerIsBetter --machine ci-1

parquet, csv and json hold every row to the last bit and go back in with `perfwatch import`; the two others are the
newest value of each series, for other tools.""",
)
@click.argument("destination", metavar="DESTINATION", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--as",
    "form",
    type=click.Choice(["parquet", "csv", "json", "prometheus", "customSmallerIsBetter"]),
    default="parquet",
    show_default=True,
    help="What to write.",
)
@click.option("--machine", metavar="NAME", help="Newest values of this machine only.")
@store_option
def export(destination: Path, form: str, machine: str | None, store: str | None) -> int:
    """Write the store into a folder, or its newest values into a file ("-": stdout)."""
    from perfwatch.pipeline import export as out

    config = config_of(store=store)
    if form in out.TEXTS:
        text = out.export_text(config, form, machine)
        if str(destination) == "-":
            click.echo(text, nl=False)
            return errors.EXIT_CLEAN
        try:
            destination.write_text(text, encoding="utf-8")
        except OSError as error:
            raise errors.UsageError(f"{destination}: cannot be written ({error.strerror or error})") from error
        return errors.EXIT_CLEAN
    if machine is not None or str(destination) == "-":
        raise errors.UsageError(f"export: {form} is the whole store in a folder; --machine and - are for newest values")
    rows = out.export_tables(config, destination, form)  # type: ignore[arg-type]
    click.echo(f"{destination}: {sum(rows.values()):,} rows of {len(rows)} tables")
    return errors.EXIT_CLEAN


@click.command(
    name="import",
    short_help="Load such a folder into a new store.",
    epilog="""\b
Examples:
  perfwatch import backup                      into the project's own store, which must hold nothing yet
  perfwatch import backup --store new.duckdb""",
)
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@store_option
@format_option
def import_(folder: Path, store: str | None, form: str) -> int:
    """Load what `perfwatch export` wrote as parquet, csv or json into a new store."""
    from perfwatch.pipeline import export as back

    rows = back.import_tables(config_of(store=store), folder)
    if form == "json":
        echo_json({"schema": "perfwatch.import/1", "tables": rows})
    else:
        click.echo(f"{sum(rows.values()):,} rows of {len(rows)} tables")
    return errors.EXIT_CLEAN


_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def _before(text: str) -> datetime:
    """Return the moment that an age (`18m`) or a date (`2024-06-30`) means."""
    try:
        if found := re.fullmatch(r"(\d+)([dwmy])", text):
            return datetime.now(UTC) - timedelta(days=int(found[1]) * _DAYS[found[2]])
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise errors.UsageError(
            f"prune: {text!r} is neither an age nor a date; write for example 90d, 26w, 18m, 2y or 2024-06-30"
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@click.command(
    short_help="Thin old history.",
    epilog="""\b
Examples:
  perfwatch prune --older-than 1y --dry-run        what would go
  perfwatch prune --older-than 1y --keep monthly --yes
  perfwatch prune --older-than 2024-01-01 --keep none --drop-samples --yes

Of each series stay, whatever their age: the first and the newest point, five points on either side of each step, and
everything of a commit at which something happened. Events, verdicts and words on them stay; what was told is told no
second time. Results files are not touched, and what went does not come back with the next `perfwatch ingest`.""",
)
@click.option(
    "--older-than", metavar="AGE|DATE", required=True, help="By the commit's date: 90d, 26w, 18m, 2y, or a date."
)
@click.option(
    "--keep",
    type=click.Choice(["daily", "weekly", "monthly", "none"]),
    default="weekly",
    show_default=True,
    help="The newest point a day, week or month of each series stays.",
)
@click.option("--drop-samples", is_flag=True, help="Take the single timings of old points that stay, too.")
@click.option("--machine", metavar="NAME", help="Of this machine only.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and take nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@store_option
@format_option
def prune(
    older_than: str,
    keep: str,
    drop_samples: bool,
    machine: str | None,
    dry_run: bool,
    yes: bool,
    store: str | None,
    form: str,
) -> int:
    """Take old points out of the store, and keep those that tell its history."""
    from perfwatch.pipeline.pruning import prune as thin
    from perfwatch.report import prune as say

    before, config = _before(older_than), config_of(store=store)
    if not (dry_run or yes):
        if not sys.stdin.isatty():
            raise errors.UsageError("prune: what goes is gone; look with --dry-run, then give --yes")
        click.confirm(f"Thin history before {before:%Y-%m-%d} for good?", abort=True)
    with Progress("pruning", shown=form == "text") as progress:
        done = thin(
            config,
            before,
            keep,  # type: ignore[arg-type]
            drop_samples=drop_samples,
            machine=machine,
            dry_run=dry_run,
            progress=progress,
        )
    if form == "json":
        echo_json({"schema": "perfwatch.prune/1", "dry_run": dry_run, "places": [asdict(p) for p in done]})
    else:
        click.echo(say.text(done, before, dry_run=dry_run))
    return errors.EXIT_CLEAN
