"""Commands that carry a store elsewhere: export, import."""

from __future__ import annotations

from pathlib import Path

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option, store_option


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
