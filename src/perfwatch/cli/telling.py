"""Commands that tell somebody: notify."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from perfwatch import errors
from perfwatch.cli.options import Progress, config_of, echo_json, format_option, store_option

if TYPE_CHECKING:
    from perfwatch.pipeline.notify import Told
    from perfwatch.store.outbox import Delivery

SCHEMA = "perfwatch.notify/2"


@click.command(
    short_help="Tell people what is news: webhook, Slack, mail, GitHub, …",
    epilog="""\b
Examples:
  export PERFWATCH_WEBHOOK_URL=https://example.org/hook PERFWATCH_WEBHOOK_SECRET=…
  export PERFWATCH_APPRISE_URLS='slack://… mailtos://…'
  perfwatch notify --dry-run         what would be sent, and to whom
  perfwatch check; perfwatch notify
  perfwatch notify HEAD --sink github-check --sink github-comment --pull 12

Of events is told what is confirmed and nobody has spoken about, once, and that it is over; an issue follows every
change. What does not arrive waits in the store for the next call, sink by sink, and ends this one with 9: `perfwatch
outbox` says why.

\b
Sinks of events:                    webhook, apprise, console, github-issue, gitlab-issue
of the verdict on COMMIT:           github-check, github-status, gitlab-status
of that verdict in a pull request:  github-comment, gitlab-note

Secrets come from the environment only; docs/notify.md has the variables and the format of the webhook.""",
)
@click.argument("commit", required=False)
@click.option("--sink", "kinds", multiple=True, metavar="NAME", help="Tell this one instead of those of the settings.")
@click.option("--pull", type=click.IntRange(min=1), metavar="N", help="Number of the pull or merge request to tell.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent; send and queue nothing.")
@store_option
@format_option
def notify(
    commit: str | None, kinds: tuple[str, ...], pull: int | None, dry_run: bool, store: str | None, form: str
) -> int:
    """Tell what is news; on COMMIT [default: HEAD] tell the verdict, where a sink tells those.

    Who is told: `sinks` in [tool.perfwatch.notify]; without it the webhook of PERFWATCH_WEBHOOK_URL and the addresses
    in PERFWATCH_APPRISE_URLS.
    """
    from perfwatch.notify.sinks import sinks_of
    from perfwatch.pipeline.notify import notify as tell

    config = config_of(store=store)
    # What the console is told must not stand between the lines of a document.
    out = sys.stderr if form == "json" else sys.stdout
    sinks = sinks_of(config, os.environ, out, only=kinds, pull=pull)
    with Progress("telling", shown=form == "text") as progress:
        told = tell(config, sinks, commit, rehearsal=dry_run, are_all=not kinds, progress=progress)
    if form == "json":
        echo_json(_as_json(told))
    else:
        click.echo(_rehearsed(told) if dry_run else _done(told))
    if not dry_run:
        _complain(told)
    return errors.EXIT_CLEAN


def _as_json(told: Told) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "sinks": [{"sink": sink.kind, "receiver": sink.name} for sink in told.sinks],
        "queued": [_one(d) for d in told.queued],
        "sent": [{**_one(d), "status": outcome.status, "error": outcome.error} for d, outcome in told.sent],
        "waiting": [{**_one(d), "error": d.last_error} for d in told.held],
    }


def _one(one: Delivery) -> dict[str, Any]:
    return {
        "key": one.idempotency_key,
        "sink": one.sink,
        "receiver": one.receiver,
        "subject": one.subject,
        "standing": one.standing,
        "title": one.title,
    }


def _rehearsed(told: Told) -> str:
    lines = [f"{_messages(len(told.queued))} would be sent to {_names(f'{s.kind} {s.name}' for s in told.sinks)}"]
    for one in told.queued:
        lines.append(f"  {one.sink} {one.receiver}: {one.subject} {one.standing}: {one.title}")
    if told.held:
        lines.append(f"{_messages(len(told.held))} of earlier calls wait (`perfwatch outbox` lists them)")
    return "\n".join(lines)


def _done(told: Told) -> str:
    arrived = Counter(f"{d.sink} {d.receiver or ''}".strip() for d, o in told.sent if o.status == "delivered")
    if not arrived:
        return "nothing new to tell" if not told.sent and not told.held else "nothing arrived"
    return "\n".join(f"{_messages(many)} sent to {name}" for name, many in arrived.items())


def _complain(told: Told) -> None:
    """Raise DeliveryError where something was refused in this call, or waits."""
    refused = [outcome.error for _, outcome in told.sent if outcome.status == "refused"]
    if not refused and not told.held:
        return
    said = [f"{len(refused)} refused ({_names(refused)})"] if refused else []
    if told.held:
        said.append(f"{len(told.held)} waiting ({_names(d.last_error or 'held back by others' for d in told.held)})")
    what = _messages(len(refused) + len(told.held))
    raise errors.DeliveryError(f"notify: {what} did not arrive: {', '.join(said)}; `perfwatch outbox` lists them")


def _names(found: Iterable[object]) -> str:
    """Return texts, each once, the first few of them."""
    once = [str(each) for each in dict.fromkeys(found)]
    return ", ".join(once[:3]) + (f" and {len(once) - 3} more" if len(once) > 3 else "")


def _messages(many: int) -> str:
    return "1 message" if many == 1 else f"{many} messages"
