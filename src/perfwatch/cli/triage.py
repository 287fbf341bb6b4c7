"""Commands of people's words on events: events, ack, assign."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option, store_option
from perfwatch.model import TriageState

_STATES = ("acknowledged", "accepted", "expected", "infra", "noise", "fixed", "recovered", "new")


@click.command(
    epilog="""\b
Examples:
  perfwatch events                   what stands, newest first
  perfwatch events --all --format json"""
)
@click.option("--all", "everything", is_flag=True, help="Also what is resolved.")
@click.option("--machine", metavar="NAME", help="Of this machine only.")
@store_option
@format_option
def events(everything: bool, machine: str | None, store: str | None, form: str) -> int:
    """List what happened: regressions, improvements, changes of the host, breaks."""
    from perfwatch.pipeline import triage
    from perfwatch.report import events as say

    found = triage.events(config_of(store=store), machine, everything=everything)
    if form == "json":
        echo_json(say.as_json(found))
    else:
        click.echo(say.text(found))
    return errors.EXIT_CLEAN


@click.command(
    short_help="Say what an event is.",
    epilog="""\b
Examples:
  perfwatch ack 3fa9 --reason "paid back by #41" --until 2027-01-31
  perfwatch ack 3fa9 --state noise --reason "the backup ran"

EVENT is the start of an identity that `perfwatch events` shows. Every word stays, the newest holds. `accepted` says
that a regression is real, and keeps it on the gate; the other states take it off, until the date given.""",
)
@click.argument("event")
@click.option("--reason", required=True, help="Why; kept in the store.")
@click.option("--state", type=click.Choice(_STATES), default="acknowledged", show_default=True, help="What it is.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The word runs out at the start of this day, UTC.")
@click.option("--author", help="Who says so [default: git's user.name].")
@store_option
def ack(
    event: str, reason: str, state: TriageState, until: datetime | None, author: str | None, store: str | None
) -> int:
    """Say what EVENT is: acknowledged, expected, noise, …"""
    from perfwatch.pipeline import triage

    if not reason.strip():
        raise click.UsageError("--reason is empty; say why")
    moment = None if until is None else until.replace(tzinfo=UTC)
    found, word = triage.triage(
        config_of(store=store), event, state, reason=reason.strip(), until=moment, author=author
    )
    click.echo(f"{found.id} is {word.state} by {word.author}: {word.reason}")
    return errors.EXIT_CLEAN


@click.command(
    short_help="Say who sees to an event.",
    epilog="""\b
Example:
  perfwatch assign 3fa9 grace""",
)
@click.argument("event")
@click.argument("owner")
@click.option("--author", help="Who says so [default: git's user.name].")
@store_option
def assign(event: str, owner: str, author: str | None, store: str | None) -> int:
    """Say that OWNER sees to EVENT."""
    from perfwatch.pipeline import triage

    found, word = triage.triage(config_of(store=store), event, owner=owner, author=author)
    click.echo(f"{found.id} is {word.state}, owner {word.owner}")
    return errors.EXIT_CLEAN
