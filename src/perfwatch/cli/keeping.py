"""Commands of the store: ingest, watch, sql."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import cast

import click

from perfwatch import errors
from perfwatch.cli.options import Progress, config_of, echo_json, format_option, store_option


@click.command(
    short_help="Load asv trees and other tools' reports.",
    epilog="""\b
Examples:
  perfwatch ingest                              the project's own .asv/results
  perfwatch ingest ../other/results --repo ../other
  perfwatch ingest a/results b/results --strict
  perfwatch ingest bench.json --commit HEAD --machine ci-1
  perfwatch ingest target/criterion --commit HEAD --machine ci-1
  perfwatch ingest --verify                     digest every file, trust no dates

\b
Reports of other tools are told by what is in them: perfwatch's own JSON, pytest-benchmark, google-benchmark,
hyperfine, jmh, criterion, benchfmt (go test -bench), customSmallerIsBetter; further ones by entry points.

A file that cannot be read is named and left out; the others load (exit 8 with --strict, or when nothing loaded).
Nothing is ever written into a results folder.""",
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--as", "format_name", metavar="NAME", help="Format of the reports; by default told by content.")
@click.option("--commit", metavar="REV", help="Commit that reports are of which do not say.")
@click.option("--machine", metavar="NAME", help="Machine that reports are of which do not say.")
@click.option("--environment", metavar="NAME", help="Environment of such reports [default: the format's name].")
@click.option("--repo", type=click.Path(path_type=Path), help="Repository that orders the commits.")
@click.option("--verify", is_flag=True, help="Digest every file instead of trusting size and time.")
@click.option("--strict", is_flag=True, help="Exit 8 if any file could not be read.")
@store_option
@format_option
def ingest(
    paths: tuple[Path, ...],
    format_name: str | None,
    commit: str | None,
    machine: str | None,
    environment: str | None,
    repo: Path | None,
    verify: bool,
    strict: bool,
    store: str | None,
    form: str,
) -> int:
    """Load asv results trees, and reports of other tools, into the store."""
    from perfwatch import pipeline
    from perfwatch.report import ingest as say

    with Progress("loading", shown=form == "text") as progress:
        report = pipeline.ingest(
            config_of(store=store),
            paths,
            format_name=format_name,
            commit=commit,
            machine=machine,
            environment=environment,
            repo=repo,
            verify=verify,
            progress=progress,
        )
    if form == "json":
        echo_json(say.as_json(report))
    else:
        click.echo(say.text(report))
    return errors.EXIT_UNREADABLE if report.nothing_readable or (strict and report.unreadable) else errors.EXIT_CLEAN


@click.command(
    epilog="""\b
Examples:
  perfwatch watch                              the project's own .asv/results
  perfwatch watch ../other/results --repo ../other --store team.duckdb
  perfwatch watch --publish site               judge what was loaded, and keep a site up to date

Each load is told on a line. Ctrl-C, or SIGTERM, ends it, with exit code 0: what was loaded is in the store."""
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--repo", type=click.Path(path_type=Path), help="Repository that orders the commits.")
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look where the file system does not tell of changes.",
)
@click.option(
    "--publish", "site", metavar="DIR", type=click.Path(path_type=Path), help="Judge after each load, and write a site."
)
@click.option("--title", metavar="TEXT", help="Heading of the site [default: the project's name].")
@store_option
def watch(
    paths: tuple[Path, ...], repo: Path | None, every_s: float, site: Path | None, title: str | None, store: str | None
) -> int:
    """Load results as they appear, until it is ended."""
    from perfwatch.pipeline.watching import watch as until_stopped
    from perfwatch.report import ingest as say

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    config = config_of(store=store)

    def told(found: object) -> None:
        if isinstance(found, errors.StoreError):
            click.echo(f"{_now()}  not done yet: {found}", err=True)
        else:
            click.echo(f"{_now()}  {say.text(cast(say.Ingested, found))}")
        sys.stdout.flush()

    def publish() -> None:
        from perfwatch.pipeline.publishing import publish as to_site

        try:
            done = to_site(config, cast(Path, site), title=title)
        except errors.NothingToCompareError as error:
            click.echo(f"{_now()}  not published: {error}", err=True)
            return
        click.echo(f"{_now()}  published {done.written:,} files, {done.kept:,} as they were")
        sys.stdout.flush()

    then = publish if site else lambda: None
    until_stopped(config, paths, told, stop, repo=repo, every_s=every_s, then=then)
    return errors.EXIT_CLEAN


def _now() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")


@click.command(
    epilog="""\b
Examples:
  perfwatch sql "SELECT benchmark, count(*) FROM series GROUP BY 1"
  perfwatch sql "FROM runs" --format json
  perfwatch sql "SHOW TABLES" """
)
@click.argument("query")
@store_option
@format_option
def sql(query: str, store: str | None, form: str) -> int:
    """Ask the store in SQL; it is opened read-only."""
    from perfwatch.report import rows
    from perfwatch.store.location import parse
    from perfwatch.store.reader import Reader

    with Reader(parse(config_of(store=store).store)) as reader:
        frame = reader.sql(query)
    if form == "json":
        click.echo(rows.as_json(frame))
    else:
        click.echo(rows.text(frame))
    return errors.EXIT_CLEAN
