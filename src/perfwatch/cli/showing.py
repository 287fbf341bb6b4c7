"""Commands that show: dashboard."""

from __future__ import annotations

import click

from perfwatch.cli.options import config_of, store_option


@click.command(
    epilog="""\b
Examples:
  perfwatch dashboard
  perfwatch dashboard --port 8600 --no-browser
  perfwatch dashboard --store other.duckdb"""
)
@click.option("--port", type=click.IntRange(0, 65535), default=8501, show_default=True, help="0 for any free one.")
@click.option("--address", default="localhost", show_default=True, help="Interface to listen on.")
@click.option("--browser/--no-browser", default=True, help="Open a browser.")
@store_option
def dashboard(port: int, address: str, browser: bool, store: str | None) -> int:
    """Open the dashboard."""
    from perfwatch.launch import serve

    config = config_of(store=store)
    return serve(config.store, port=port, address=address, open_browser=browser, commit_url=config.show_commit_url)
