"""The chart of an event: the series that moved farthest over the commits around it, as the messages show it."""

from __future__ import annotations

from perfwatch.analysis.derived import is_derived
from perfwatch.errors import NothingToCompareError
from perfwatch.report.chart import History, chart
from perfwatch.store.reader import Reader


def of_event(reader: Reader, event_id: str) -> str:
    """Return the chart as SVG.

    Errors
    ------
    NothingToCompareError : no such event, or one of which no series is measured: that of a host, or of an answer.
    """
    event = next((event for event, _ in reader.events() if event.id == event_id), None)
    if event is None:
        raise NothingToCompareError(f"no event {event_id!r} in the store; /api/v1/events lists them")
    labels = [member["label"] for member in event.moved]
    place = (event.machine, event.environment)
    found = reader.stretch(*place, labels, event.commit)
    history = _computed(reader, place, labels, event.commit) if found is None else History.of(found)
    drawn = None if history is None else chart(history)
    if drawn is None:
        raise NothingToCompareError(f"event {event_id!r} has no series to be drawn; /api/v1/events tells what it is")
    return drawn


def _computed(reader: Reader, place: tuple[str, str], labels: list[str], commit: str) -> History | None:
    if not any(map(is_derived, labels)):
        return None
    return History.of_derived(reader.bounded_matrix(*place, reader.window(*place, commit)), labels, commit)
