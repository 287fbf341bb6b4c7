"""How long a message is left alone after an attempt that failed."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

# Whoever is told within minutes acts within the hour; a receiver that is down for a night is asked a few times.
FIRST_S = 30.0
LONGEST_S = 6 * 3600.0


def pause_s(key: str, attempts: int) -> float:
    """Return how long to wait after so many attempts in vain, seconds: twice as long each time, at most `LONGEST_S`.

    Between half of it and all of it, by a number that the key and the count give: many messages do not come back at
    one moment, and every process finds the same.
    """
    if attempts < 1:
        return 0.0
    full = min(FIRST_S * 2.0 ** min(attempts - 1, 32), LONGEST_S)
    drawn = int.from_bytes(hashlib.sha256(f"{key} {attempts}".encode()).digest()[:8], "big") / 2**64
    return full * (1 + drawn) / 2


def due_at(key: str, attempts: int, tried_at: datetime | None) -> datetime | None:
    """Return when a message may be tried again, None for one that was not tried yet."""
    return None if tried_at is None else tried_at + timedelta(seconds=pause_s(key, attempts))
