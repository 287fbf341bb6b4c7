"""How much of a document is told to programs: as much as any project has, and never more than an outbox can keep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from perfwatch.report.plain import short

# Of a list, the first; of a text, both ends. Who needs more asks the store.
MOST_LISTED = 2_000
LONGEST_TEXT = 1_000


def bounded(value: Any) -> Any:
    """Return a value as JSON takes it: at most `MOST_LISTED` of each list, `LONGEST_TEXT` characters of each text.

    Half of a pair of characters, which no encoding has, becomes a question mark; what is no finite number, null.
    """
    if isinstance(value, str):
        return short(value, LONGEST_TEXT).encode(errors="replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {bounded(str(name)): bounded(part) for name, part in list(value.items())[:MOST_LISTED]}
    if isinstance(value, Sequence):
        return [bounded(part) for part in value[:MOST_LISTED]]
    return value
