"""Commands that tell somebody: notify."""

from __future__ import annotations

import json
import os

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option, store_option

SCHEMA = "perfwatch.notify/1"


@click.command(
    short_help="Send what is news to a webhook.",
    epilog="""\b
Examples:
  export PERFWATCH_WEBHOOK_URL=https://example.org/hook PERFWATCH_WEBHOOK_SECRET=…
  perfwatch notify --dry-run         what would be sent
  perfwatch check; perfwatch notify

Told is what is confirmed and nobody has spoken about, once, and that it is over. Each message is a POST of a JSON
object (schema perfwatch.event/1). The receiver checks it by X-Perfwatch-Signature, `sha256=` and the HMAC-SHA256 of
X-Perfwatch-Timestamp, a full stop and the body under the secret, and knows a repetition by its Idempotency-Key. What
does not arrive waits in the store for the next call, and ends this one with 9.""",
)
@click.option("--dry-run", is_flag=True, help="Say what would be sent; send and keep nothing.")
@store_option
@format_option
def notify(dry_run: bool, store: str | None, form: str) -> int:
    """Send what is news to the webhook of PERFWATCH_WEBHOOK_URL, signed with PERFWATCH_WEBHOOK_SECRET."""
    from perfwatch.pipeline.notify import notify as tell

    told = tell(config_of(store=store), os.environ.get("PERFWATCH_WEBHOOK_SECRET", ""), rehearsal=dry_run)
    arrived = [one for one, outcome in told.sent if outcome.status == "delivered"]
    if form == "json":
        echo_json(
            {
                "schema": SCHEMA,
                "receiver": told.receiver,
                "queued": [json.loads(m.body) for m in told.queued],
                "sent": [{"key": d.idempotency_key, **vars(outcome)} for d, outcome in told.sent],
            }
        )
    elif dry_run:
        click.echo(f"{_messages(len(told.queued))} would be sent to {told.receiver}")
        for message in told.queued:
            click.echo(f"  {message.event.id}  {message.event.title}")
    else:
        click.echo(f"{_messages(len(arrived))} sent to {told.receiver}" if told.sent else "nothing new to tell")
    failed = [outcome for _, outcome in told.sent if outcome.status != "delivered"]
    if failed:
        kept = "refused: mend the address or the secret" if failed[0].status == "refused" else "waits in the outbox"
        raise errors.DeliveryError(f"notify: {failed[0].error}; the message {kept}")
    return errors.EXIT_CLEAN


def _messages(many: int) -> str:
    return "1 message" if many == 1 else f"{many} messages"
