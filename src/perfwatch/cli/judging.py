"""Commands that judge: check, accept."""

from __future__ import annotations

import click

from perfwatch import errors
from perfwatch.cli.options import EXIT_CODES, config_of, echo_json, format_option, store_option


@click.command(
    short_help="Judge a commit; the exit code says it.",
    epilog="""\b
Examples:
  perfwatch check                    HEAD against the nearest measured commit before it
  perfwatch check v1.2 --format json
  perfwatch check && echo ship it

"""
    + EXIT_CODES,
)
@click.argument("commit", required=False)
@click.option(
    "--machine", metavar="NAME", help="Judge this machine only [default: every one that measured the commit]."
)
@store_option
@format_option
def check(commit: str | None, machine: str | None, store: str | None, form: str) -> int:
    """Judge a commit: equivalence, failures, and what changed against its parent."""
    from perfwatch import pipeline
    from perfwatch.report import check as say

    found = pipeline.check(config_of(store=store), commit, machine)
    if form == "json":
        echo_json(say.as_json(found))
    else:
        click.echo(say.text(found))
    return found.exit_code


@click.command(
    short_help="Accept a fingerprint that moved.",
    epilog="""\b
Example:
  perfwatch accept HEAD --reason "fee corrected from 0.09 to 0.10, see #12" """,
)
@click.argument("commit")
@click.option("--reason", required=True, help="Why the new fingerprint is right; kept in the store.")
@click.option("--author", help="Who says so [default: git's user.name].")
@store_option
def accept(commit: str, reason: str, author: str | None, store: str | None) -> int:
    """Accept the fingerprint of COMMIT as the right one from now on."""
    from perfwatch import pipeline

    word = pipeline.accept(config_of(store=store), commit, reason, author)
    click.echo(f"accepted {word.commit[:8]} by {word.author}: {word.reason}")
    return errors.EXIT_CLEAN
