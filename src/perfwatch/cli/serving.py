"""Command of the server: serve."""

from __future__ import annotations

import signal
import threading

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, store_option


@click.command(
    short_help="Let other machines read and write a store.",
    epilog="""\b
Examples:
  export PERFWATCH_TOKEN=$(openssl rand -hex 16)
  perfwatch serve                                  this machine alone, at quack:localhost:9494
  perfwatch serve --store team.duckdb --listen 0.0.0.0:9494
  perfwatch ingest --store quack:localhost:9494    and every other command

Whoever has the token may read and write the store, and reaches nothing else of this machine. What goes over the wire is
not encrypted: for other machines, put a reverse proxy with TLS in front. Ctrl-C, or SIGTERM, ends it, exit code 0.""",
)
@click.option("--listen", metavar="HOST:PORT", default="localhost:9494", show_default=True, help="Where to listen.")
@click.option(
    "--lease",
    "lease_s",
    type=click.FloatRange(min=1),
    default=15.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a writer may say nothing before it counts as gone.",
)
@store_option
def serve(listen: str, lease_s: float, store: str | None) -> int:
    """Serve a store in a file to other machines and processes, until it is ended.

    Meanwhile the file is locked for direct writers. Direct readers keep reading the snapshot published last: one is
    published whenever a writer has finished.
    """
    from perfwatch.pipeline.serving import serve as until_stopped

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    config = config_of(store=store)

    def ready(address: str) -> None:
        click.echo(f"serving {config.store} at {address}; Ctrl-C ends it")

    def failed(error: errors.StoreError) -> None:
        click.echo(f"perfwatch: not published yet: {error}", err=True)

    until_stopped(config, listen, lease_s, ready, failed, stop)
    return errors.EXIT_CLEAN
