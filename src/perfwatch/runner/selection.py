"""What is measured of the suite: sizes and patterns, and the expressions asv selects them by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from perfwatch.backtest import grid
from perfwatch.errors import UsageError

# asv takes each pattern as a regular expression searched in `name(param, param)`, strings in quotes.
_LEADING_FLAGS = re.compile(r"^\(\?([aiLmsux]+)\)")


@dataclass(frozen=True)
class Selection:
    """Labels of the sizes measured, and asv's patterns; no pattern means everything."""

    sizes: tuple[str, ...]
    bench: tuple[str, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        """Return it as a run record keeps it."""
        return {"bench": list(self.bench), "sizes": list(self.sizes)}

    def patterns(self) -> list[str]:
        """Return asv's `--bench` expressions; none selects everything.

        A size that is not selected is excluded by its label among the parameters, so that benchmarks without a size,
        and suites that know none, stay in.
        """
        excluded = [label for label in grid.SIZES if label not in self.sizes]
        if not excluded:
            return list(self.bench)
        guard = f"^(?!.*'(?:{'|'.join(map(re.escape, excluded))})')"
        return [f"{guard}(?=.*{_scoped(p)})" for p in self.bench] or [guard]

    def is_covered_by(self, earlier: Iterable[dict[str, Any]]) -> bool:
        """Return whether selections measured before, as run records keep them, hold all of this one together."""
        missing = set(self.sizes)
        for one in earlier:
            patterns = one.get("bench") or []
            if not patterns or set(patterns) == set(self.bench):
                missing -= set(one.get("sizes") or grid.SIZES)
        return not missing


def select(size: str, bench: Sequence[str] = ()) -> Selection:
    """Return the selection of one size (`quick`, `full`, a label) or of `all`, and of patterns.

    Errors
    ------
    UsageError : no such size, or a pattern that is no regular expression.
    """
    for pattern in bench:
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(f"--bench {pattern!r} is no regular expression ({error}); mend it") from error
    sizes = tuple(grid.SIZES) if size == "all" else (grid.size(size).label,)
    return Selection(sizes, tuple(bench))


def _scoped(pattern: str) -> str:
    # Python takes global flags only at the very start of an expression; within one they need a group of their own.
    leading = _LEADING_FLAGS.match(pattern)
    return f"(?{leading.group(1)}:{pattern[leading.end() :]})" if leading else f"(?:{pattern})"
