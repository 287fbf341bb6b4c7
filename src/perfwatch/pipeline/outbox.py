"""What waits in the outbox, what was refused, and another chance for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.store.location import parse
from perfwatch.store.outbox import Delivery
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

UNDELIVERED = ("waiting", "refused")


def undelivered(config: Config) -> list[Delivery]:
    """Return the messages that did not arrive, in the order they were queued."""
    with Reader(parse(config.store)) as reader:
        return [one for one in reader.deliveries() if one.status in UNDELIVERED]


def retry(config: Config, keys: Sequence[str], now: datetime) -> list[Delivery]:
    """Let messages wait as if they had just been queued, and return them; `perfwatch notify` sends them.

    Parameters
    ----------
    keys : each the whole key of a message or its beginning; `all` for every one.

    Errors
    ------
    UsageError : a beginning of none, or of several.
    """
    known = undelivered(config)
    chosen: dict[str, Delivery] = {}
    for key in keys:
        meant = [one for one in known if key == "all" or one.idempotency_key.startswith(key)]
        if key != "all" and len(meant) != 1:
            how_many = f"the beginning of {len(meant)} keys" if meant else "the key of nothing undelivered"
            raise UsageError(f"outbox: {key!r} is {how_many}; `perfwatch outbox` lists them")
        chosen |= {one.idempotency_key: one for one in meant}
    if chosen:
        with Writer(parse(config.store)) as writer:
            writer.retry([*chosen], now)
    return [*chosen.values()]
