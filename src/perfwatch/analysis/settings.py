"""What counts as a change, and what counts as one that matters: two questions, two kinds of setting."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from perfwatch.errors import UsageError
from perfwatch.model import SeriesKey

# Of the method: stored with every verdict, raised whenever the same inputs could give another one.
METHOD = "1"


@dataclass(frozen=True)
class Settings:
    """What the judge works with.

    Attributes
    ----------
    relevant_change : smallest change that matters, a fraction; says nothing of noise.
    absolute_floor : smallest difference that matters, by unit (`{"seconds": 1e-6}`); below it no change matters.
    false_discovery_rate : share of false ones among what is told of one run, at most.
    minimum_points : fewer measured commits than this before a change are TOO_FEW to judge it by.
    first_commits : (pattern, commit): changes of matching series before that commit are not told.
    overrides : (pattern, {setting: value}): for series whose `label` the pattern is found in; the last one wins.
    """

    relevant_change: float = 0.03
    absolute_floor: Mapping[str, float] = field(default_factory=dict)
    false_discovery_rate: float = 0.05
    minimum_points: int = 10
    first_commits: tuple[tuple[str, str], ...] = ()
    overrides: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    @property
    def version(self) -> str:
        """The version of the method."""
        return METHOD

    def for_series(self, key: SeriesKey) -> Settings:
        """Return the settings of one series, overrides applied."""
        found = self
        for pattern, values in self.overrides:
            if re.search(pattern, key.label):
                found = replace(found, **values)
        return found

    def first_commit(self, key: SeriesKey) -> str | None:
        """Return the commit from which on changes of the series are told; None for the first there is."""
        return next((c for pattern, c in reversed(self.first_commits) if re.search(pattern, key.label)), None)

    def as_json(self) -> dict[str, Any]:
        """Return the settings as a JSON object, the version of the method included."""
        # Lists for tuples, as JSON gives them back: what was kept is compared with what holds.
        document: dict[str, Any] = json.loads(json.dumps({**asdict(self), "version": METHOD}))
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Settings:
        """Return the settings that `as_json` gave."""
        known = {f.name: document[f.name] for f in fields(cls) if f.name in document}
        for name in ("first_commits", "overrides"):
            known[name] = tuple(tuple(pair) for pair in known.get(name, ()))
        return cls(**known)

    @classmethod
    def from_table(cls, table: Mapping[str, Any], asv: Mapping[str, Any] | None = None) -> Settings:
        """Return the settings of a project.

        Parameters
        ----------
        table : `[tool.perfwatch.verdicts]`, with an array `benchmark` of tables that have a `match` each.
        asv : asv's own `regressions_thresholds` (pattern → fraction) and `regressions_first_commits` (pattern →
            commit, null for none of them). What the table says outranks them.

        Errors
        ------
        UsageError : an unknown setting, a value of the wrong kind, a pattern that is none.
        """
        asv = asv or {}
        thresholds = asv.get("regressions_thresholds") or {}
        first = asv.get("regressions_first_commits") or {}
        overrides = [(_pattern(p), {"relevant_change": _fraction(p, v)}) for p, v in thresholds.items()]
        plain = {k: v for k, v in table.items() if k != "benchmark"}
        for entry in table.get("benchmark", ()):
            values = {k: v for k, v in entry.items() if k != "match"}
            overrides.append((_pattern(entry.get("match")), _checked(values, _PER_SERIES)))
        return cls(
            **_checked(plain, _PER_SERIES | {"false_discovery_rate"}),
            first_commits=tuple((_pattern(p), str(c)) for p, c in first.items() if c),
            overrides=tuple(overrides),
        )


_PER_SERIES = {"relevant_change", "absolute_floor", "minimum_points"}


def _pattern(text: Any) -> str:
    try:
        re.compile(text)
    except (re.error, TypeError) as error:
        raise UsageError(f"verdicts: {text!r} is no pattern ({error}); give a regular expression as `match`") from error
    return str(text)


def _fraction(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10:
        raise UsageError(f"verdicts: {name} is {value!r}, not a fraction; write 0.03 for 3 %")
    return float(value)


def _checked(values: Mapping[str, Any], allowed: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name not in allowed:
            raise UsageError(f"verdicts: unknown setting {name!r}; known are {', '.join(sorted(allowed))}")
        if name == "absolute_floor":
            if not isinstance(value, dict):
                raise UsageError(f"verdicts: absolute_floor is {value!r}, not a table; write {{ seconds = 1e-6 }}")
            found[name] = {unit: float(floor) for unit, floor in value.items()}
        elif name == "minimum_points":
            if isinstance(value, bool) or not isinstance(value, int) or value < 3:
                raise UsageError(f"verdicts: minimum_points is {value!r}; write a whole number of at least 3")
            found[name] = value
        else:
            found[name] = _fraction(name, value)
    return found
