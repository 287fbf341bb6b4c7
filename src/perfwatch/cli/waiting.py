"""The command that shows what did not arrive: outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option, store_option

if TYPE_CHECKING:
    from perfwatch.store.outbox import Delivery

SCHEMA = "perfwatch.outbox/1"
# People read the oldest; programs get all of it.
_SHOWN = 50
_MEND = "mend what refused them, then `perfwatch outbox --retry all` and `perfwatch notify`"


@click.command(
    short_help="What did not arrive yet, and why.",
    epilog="""\b
Examples:
  perfwatch outbox                   what waits, and what was refused
  perfwatch outbox --retry all       after a token was mended; then `perfwatch notify`
  perfwatch outbox --retry 3f2a91c0""",
)
@click.option(
    "--retry", "keys", multiple=True, metavar="KEY|all", help="Let a message wait as if it had just been queued."
)
@store_option
@format_option
def outbox(keys: tuple[str, ...], store: str | None, form: str) -> int:
    """List the messages that wait or were refused, with the error and their age."""
    from perfwatch.pipeline import outbox as asking

    config, now = config_of(store=store), datetime.now(UTC)
    if keys:
        retried = asking.retry(config, keys, now)
        click.echo(f"{len(retried)} to be sent by the next `perfwatch notify`", err=form == "json")
    found = asking.undelivered(config)
    if form == "json":
        echo_json({"schema": SCHEMA, "messages": [_as_json(one) for one in found]})
    elif not keys:
        click.echo("\n".join(_lines(found, now)) if found else "nothing waits, and nothing was refused")
    return errors.EXIT_CLEAN


def _as_json(one: Delivery) -> dict[str, Any]:
    from perfwatch.pipeline.delivering import held_until

    until = held_until(one) if one.status == "waiting" else None
    moments = {"queued_at": one.queued_at, "tried_at": one.tried_at, "held_until": until}
    return {
        "key": one.idempotency_key,
        "status": one.status,
        "sink": one.sink,
        "receiver": one.receiver,
        "subject": one.subject,
        "standing": one.standing,
        "title": one.title,
        "attempts": one.attempts,
        "error": one.last_error,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


def _lines(found: Sequence[Delivery], now: datetime) -> list[str]:
    from perfwatch.pipeline.delivering import held_until

    lines = []
    for one in found[:_SHOWN]:
        until = held_until(one) if one.status == "waiting" else None
        again = f", next try in {_span((until - now).total_seconds())}" if until and until > now else ""
        tried = {0: "not tried yet", 1: "tried once"}.get(one.attempts, f"tried {one.attempts} times")
        age = _span((now - one.queued_at).total_seconds())
        lines += [
            f"{one.idempotency_key[:8]}  {one.sink} {one.receiver or ''}".rstrip() + f"  {one.subject} {one.standing}",
            f"          {one.title}",
            f"          {one.status}, {age} old, {tried}{again}" + (f" ({one.last_error})" if one.last_error else ""),
        ]
    if len(found) > _SHOWN:
        lines.append(f"… and {len(found) - _SHOWN} more (--format json lists all)")
    n_refused = sum(one.status == "refused" for one in found)
    lines.append(f"{len(found) - n_refused} waiting" + (f", {n_refused} refused; {_MEND}" if n_refused else ""))
    return lines


def _span(seconds: float) -> str:
    """Return a span of time in its largest unit."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
