"""What is drawn of an event: the series that moved farthest, a computed one where nothing measured moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from perfwatch.analysis.derived import is_derived
from perfwatch.analysis.derived_history import BoundedPoints
from perfwatch.report.chart import History, Stretch


class Store(Protocol):
    """What a store answers of the commits around one (`store.around`)."""

    def stretch(
        self, machine: str, environment: str, labels: Sequence[str], commit: str, *, line: Sequence[str] | None = None
    ) -> Stretch | None: ...

    def window(
        self, machine: str, environment: str, commit: str, *, line: Sequence[str] | None = None
    ) -> Sequence[str]: ...

    def bounded_matrix(self, machine: str, environment: str, commits: Sequence[str]) -> BoundedPoints: ...


def of_event(
    store: Store, place: tuple[str, str], labels: Sequence[str], commit: str, line: Sequence[str] | None = None
) -> History | None:
    """Return the first of some series around a commit, measured ones before computed ones; None without any.

    Parameters
    ----------
    place : machine and environment.
    labels : what moved, the farthest first.
    line : the commits measured there, oldest first, for whoever has them.
    """
    found = store.stretch(*place, labels, commit, line=line)
    if found is not None:
        return History.of(found)
    if not any(map(is_derived, labels)):
        return None
    return History.of_derived(store.bounded_matrix(*place, store.window(*place, commit, line=line)), labels, commit)
