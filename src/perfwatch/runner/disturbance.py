"""Whether something else was at work while a commit was measured, by the controls beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

# Controls of a quiet machine stray by some per cent; another process on the core costs a half and more.
_FAR = 1.25
# So many of the runs before say what is usual.
_USUAL = 20


def disturbance(
    taken: Mapping[str, Mapping[str, Any]], earlier: Iterable[Mapping[str, Mapping[str, Any]]]
) -> str | None:
    """Return what the controls of one run say of a busy machine, in words; None where they say nothing.

    Parameters
    ----------
    taken : control → `version`, `before`, `after` (timings in seconds), of the run.
    earlier : the same of runs of the machine before it, newest first; the first of another version are passed over.
    """
    known = list(earlier)
    for name, control in sorted(taken.items()):
        usual = [t for run in known[:_USUAL] if (t := _middle(run.get(name, {}), control["version"])) is not None]
        moments = [(when, median(control[when])) for when in ("before", "after") if control[when]]
        if len(usual) >= 3:
            for when, found in moments:
                if found > _FAR * median(usual):
                    return f"the frozen {name} took {found / median(usual):.1f} × its usual time {when} it"
        if len(moments) == 2:
            (_, first), (_, second) = moments
            if max(first, second) > _FAR * min(first, second):
                when = "after it as before" if second > first else "before it as after"
                return f"the frozen {name} took {max(first, second) / min(first, second):.1f} × as long {when}"
    return None


def _middle(control: Mapping[str, Any], version: str) -> float | None:
    timings = [*control.get("before", ()), *control.get("after", ())]
    return median(timings) if timings and control.get("version") == version else None
