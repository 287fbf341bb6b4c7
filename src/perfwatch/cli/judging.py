"""Commands around what is judged: accept, replay, score."""

from __future__ import annotations

import tomllib
from typing import Any

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option, store_option, warn_of_compilation


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


@click.command(
    short_help="Judge the whole history again.",
    epilog="""\b
Examples:
  perfwatch replay                                   under the settings that hold
  perfwatch replay --settings relevant_change=0.1    what would have been told then
  perfwatch replay --settings false_discovery_rate=0.01 --format json

A + marks what would be told and was not, a - what was told and would not be.""",
)
@click.option(
    "--settings", multiple=True, metavar="NAME=VALUE", help="Another setting of [tool.perfwatch.verdicts]; repeatable."
)
@click.option("--machine", metavar="NAME", help="This machine only.")
@store_option
@format_option
def replay(settings: tuple[str, ...], machine: str | None, store: str | None, form: str) -> int:
    """Judge every commit again under other settings, and print what would have been told beside what was.

    Nothing is kept.
    """
    from perfwatch.pipeline import judging
    from perfwatch.report import replay as say

    config = config_of(store=store)
    warn_of_compilation()
    judged = judging.replay(config, judging.settings_of(config, _values(settings)), machine)
    told = judging.told(config, machine)
    if form == "json":
        echo_json(say.as_json(judged, told.events))
    else:
        click.echo(say.text(judged, told.events, told.words))
    return errors.EXIT_CLEAN


@click.command(
    short_help="How good the alerts were.",
    epilog="""\b
Examples:
  perfwatch score
  perfwatch score --format json

Precision rests on what people said with `perfwatch ack`; recall on the steps that are seen when the whole history is
known.""",
)
@click.option("--machine", metavar="NAME", help="This machine only.")
@store_option
@format_option
def score(machine: str | None, store: str | None, form: str) -> int:
    """Print precision and recall of what was told, by people's words and in hindsight."""
    from perfwatch.pipeline import judging
    from perfwatch.report import score as say

    warn_of_compilation()
    scores = judging.score(config_of(store=store), machine)
    if form == "json":
        echo_json(say.as_json(scores))
    else:
        click.echo(say.text(scores))
    return errors.EXIT_CLEAN


def _values(settings: tuple[str, ...]) -> dict[str, Any]:
    """Return NAME=VALUE pairs as TOML reads them."""
    found: dict[str, Any] = {}
    for pair in settings:
        try:
            found |= tomllib.loads(pair)
        except tomllib.TOMLDecodeError as error:
            raise click.UsageError(f"--settings {pair!r}: {error}; write for example relevant_change=0.05") from error
    return found
