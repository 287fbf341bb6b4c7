"""Whether a series was asked for: what is absent is missing only where it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from perfwatch.model import Run, SeriesKey


def asked_for(runs: Iterable[Run]) -> Callable[[SeriesKey], bool]:
    """Return whether a series was asked for by any of the commit's runs; without a record of one, all were."""
    selections = [r.selection for r in runs]

    def by_a_run(key: SeriesKey) -> bool:
        return not selections or any(_selects(s, key) for s in selections)

    return by_a_run


def _selects(selection: Mapping[str, Any], key: SeriesKey) -> bool:
    sizes, patterns = selection.get("sizes") or [], selection.get("bench") or []
    size = key.param("size")
    if sizes and size is not None and size not in sizes:
        return False
    return not patterns or any(re.search(p, name) for p in patterns for name in (key.label, _as_asv_names(key)))


def _as_asv_names(key: SeriesKey) -> str:
    """Return the name that asv's patterns are searched in: parameters that are text stand in quotes there."""
    values = [v if re.fullmatch(r"[-+.\deE]+", v) else repr(v) for _, v in key.params]
    return f"{key.benchmark}({', '.join(values)})" if values else key.benchmark
