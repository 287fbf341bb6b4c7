"""Commands that show: dashboard, publish."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfwatch import errors
from perfwatch.cli.options import Progress, config_of, echo_json, format_option, store_option, warn_of_compilation

if TYPE_CHECKING:
    from perfwatch.config import Config


@click.command(
    epilog="""\b
Examples:
  perfwatch dashboard
  perfwatch dashboard --port 8600 --no-browser
  perfwatch dashboard --store other.duckdb
  perfwatch dashboard --no-browser --read-only --base-path perf    behind a proxy, at https://example.org/perf/
  perfwatch dashboard --no-browser --public-url https://example.org/perf/ --login

With [tool.perfwatch.login] people log in at an OpenID Connect provider, which gave PERFWATCH_CLIENT_SECRET; programs
then send PERFWATCH_API_TOKEN. Secrets are read from these variables alone.

\b
Beside the pages, for programs:
  /api/v1/status, series, points, verdicts, events    JSON; /api/v1/schema.json describes it
  /api/v1/events/ID.svg                                a chart of the series that an event moved farthest
  /badge.svg, /events.atom                             a badge for a README, a feed of events"""
)
@click.option("--port", type=click.IntRange(0, 65535), default=8501, show_default=True, help="0 for any free one.")
@click.option("--address", default="localhost", show_default=True, help="Interface to listen on.")
@click.option("--browser/--no-browser", default=True, help="Open a browser.")
@click.option("--base-path", metavar="PATH", default="", help="What addresses begin with behind a proxy.")
@click.option("--public-url", metavar="URL", help="Address as browsers see it behind a proxy [PERFWATCH_PUBLIC_URL].")
@click.option("--login/--no-login", default=None, help="Let people log in [default: where there are rules for it].")
@click.option("--read-only", is_flag=True, help="Let nobody say anything of an event.")
@store_option
def dashboard(
    port: int,
    address: str,
    browser: bool,
    base_path: str,
    public_url: str | None,
    login: bool | None,
    read_only: bool,
    store: str | None,
) -> int:
    """Open the dashboard."""
    from perfwatch import login as logins
    from perfwatch.launch import serve

    config = config_of(store=store, public_url=public_url)
    # Rules that are there hold unless somebody says otherwise: forgetting a flag must not open what they close.
    wanted = config.login is not None if login is None else login
    return serve(
        config.store,
        port=port,
        address=address,
        open_browser=browser,
        commit_url=config.show_commit_url,
        base_path=base_path,
        read_only=read_only,
        public_url=config.public_url,
        login=logins.read(config.login or {}) if wanted else None,
    )


@click.command(
    short_help="Write the store as a static site.",
    epilog="""\b
Examples:
  perfwatch publish site --ingest                load and judge what is new, and write the site
  perfwatch publish site --title "numpy's benchmarks"
  git worktree add site gh-pages && perfwatch publish site/bench

The site needs no server: open site/index.html from the disk, or put the folder on any web host. What has not changed
since the last publication is not written again. Addresses stay: site/index.html#/series/1f0c2a… is the same series in
every publication.""",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--ingest", "load", is_flag=True, help="Load the project's results first, as `perfwatch ingest` does.")
@click.option("--title", metavar="TEXT", help="Heading of the site [default: the project's name].")
@store_option
@format_option
def publish(folder: Path, load: bool, title: str | None, store: str | None, form: str) -> int:
    """Write series, steps and events as a static site into DIR, after judging what has not been."""
    config = config_of(store=store)
    code = _load(config, form) if load else errors.EXIT_CLEAN
    if code != errors.EXIT_CLEAN:
        return code
    warn_of_compilation()
    from perfwatch.pipeline.publishing import publish as to_site

    with Progress("publish", shown=form == "text") as progress:
        done = to_site(config, folder, title=title, progress=progress)
    if form == "json":
        echo_json({"schema": "perfwatch.publish/1", **dataclasses.asdict(done)})
        return errors.EXIT_CLEAN
    click.echo(
        f"{done.folder / 'index.html'}: {done.series:,} series, {done.commits:,} commits, {done.events:,} events; "
        f"{done.written:,} files written, {done.kept:,} as they were"
    )
    return errors.EXIT_CLEAN


def _load(config: Config, form: str) -> int:
    """Load the project's results, say so to people, and return the exit code."""
    from perfwatch import pipeline
    from perfwatch.report import ingest as say

    with Progress("loading", shown=form == "text") as progress:
        report = pipeline.ingest(config, progress=progress)
    if form == "text" or report.unreadable:
        click.echo(say.text(report), err=form != "text")
    return errors.EXIT_UNREADABLE if report.nothing_readable else errors.EXIT_CLEAN
