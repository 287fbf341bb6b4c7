"""The newest value of every series, for other tools: Prometheus' text, and github-action-benchmark's list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from perfwatch.model import Measurement

_NO_LABEL = re.compile(r"[^a-zA-Z0-9_]")


def prometheus(measurements: Iterable[Measurement], measured_at: datetime | None = None) -> str:
    """Return the values in Prometheus' text format, a gauge: SI, parameters as labels `param_NAME`.

    A series without a value is left out: missing stays missing.
    """
    lines = [
        "# HELP perfwatch_value Newest measured value of a series, in the unit of the label `unit`.",
        "# TYPE perfwatch_value gauge",
        *sorted(_gauges(measurements)),
    ]
    if measured_at is not None:
        lines += [
            "# HELP perfwatch_commit_time_seconds When the newest measured commit was made.",
            "# TYPE perfwatch_commit_time_seconds gauge",
            f"perfwatch_commit_time_seconds {measured_at.timestamp():.0f}",
        ]
    return "\n".join(lines) + "\n"


def _gauges(measurements: Iterable[Measurement]) -> Iterator[str]:
    for m in measurements:
        if m.status != "ok" or m.value is None:
            continue
        key = m.key
        labels = {
            "benchmark": key.benchmark,
            "machine": key.machine,
            "environment": key.environment,
            "unit": key.unit,
            "version": key.version or "",
            **{f"param_{_NO_LABEL.sub('_', name)}": value for name, value in key.params},
        }
        told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
        yield f"perfwatch_value{{{told}}} {_number(m.value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


def smaller_is_better(measurements: Iterable[Measurement]) -> str:
    """Return github-action-benchmark's `customSmallerIsBetter`: of series where less is better, and a value is."""
    from perfwatch.units import unit

    entries = [
        {"name": m.key.label, "unit": m.key.unit, "value": m.value}
        for m in measurements
        if m.status == "ok" and m.value is not None and unit(m.key.unit).lower_is_better is True
    ]
    return json.dumps(sorted(entries, key=lambda e: str(e["name"])), indent=2) + "\n"
