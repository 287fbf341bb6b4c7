"""The table `[tool.perfwatch.notify]`: who is told. What is secret comes from the environment only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from perfwatch.errors import UsageError

# Who is told of events, of a commit's verdict, and of that verdict in a pull request.
OF_EVENTS: Final = ("webhook", "apprise", "console", "github-issue", "gitlab-issue")
OF_COMMITS: Final = ("github-status", "github-check", "gitlab-status")
OF_PULLS: Final = ("github-comment", "gitlab-note")
KINDS: Final = OF_EVENTS + OF_COMMITS + OF_PULLS
# They change what they told before; the others only append.
UPDATING: Final = frozenset({"github-issue", "gitlab-issue", *OF_COMMITS, *OF_PULLS})


@dataclass(frozen=True)
class NotifySettings:
    """Who is told.

    Attributes
    ----------
    sinks : kinds of `KINDS`; None for those whose own variable is set, `webhook` and `apprise`.
    label : what issues carry; None for the sink's own.
    wait_for_rerun : tell of changes of speed only when `perfwatch confirm` found them again, or a person called them
        real.
    """

    sinks: tuple[str, ...] | None = None
    label: str | None = None
    wait_for_rerun: bool = False


def read(table: Mapping[str, Any]) -> NotifySettings:
    """Return what the table `[tool.perfwatch.notify]` says.

    Errors
    ------
    UsageError : a key that does not exist, a value of the wrong kind, a sink that does not exist.
    """
    known = [f.name for f in fields(NotifySettings)]
    for key in table:
        if key not in known:
            raise UsageError(f"notify.{key}: no such setting; known are {', '.join(known)}")
    sinks = _texts(table, "sinks")
    if sinks is not None:
        check_kinds(sinks, "notify.sinks")
    label = table.get("label")
    if label is not None and (not isinstance(label, str) or not label.strip()):
        raise UsageError(f'notify.label: {label!r} is no label; write for example label = "performance"')
    wait = table.get("wait_for_rerun", False)
    if not isinstance(wait, bool):
        raise UsageError(f"notify.wait_for_rerun: {wait!r} is neither true nor false")
    return NotifySettings(sinks, label, wait)


def check_kinds(kinds: Sequence[str], where: str) -> None:
    """Raise UsageError for a kind of sink that does not exist."""
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(f"{where}: no sink {kind!r}; known are {', '.join(KINDS)}")


def _texts(table: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    value = table.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and v for v in value):
        raise UsageError(f'notify.{name}: {value!r} is no list of texts; write for example {name} = ["webhook"]')
    return tuple(dict.fromkeys(value))
