"""The chart of an event: the series that moved farthest over the commits around it, as the messages show it."""

from __future__ import annotations

from perfwatch.errors import NothingToCompareError
from perfwatch.report import event_history
from perfwatch.report.chart import chart
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
    found = event_history.of_event(reader, (event.machine, event.environment), labels, event.commit)
    drawn = None if found is None else chart(found)
    if drawn is None:
        raise NothingToCompareError(f"event {event_id!r} has no series to be drawn; /api/v1/events tells what it is")
    return drawn
