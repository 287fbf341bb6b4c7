"""Outbox → sinks → outbox: each sink's queue in the order of its subjects, and what came of it kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from perfwatch.errors import UnreadableError
from perfwatch.notify.backoff import due_at
from perfwatch.notify.sink import Outcome, Sink
from perfwatch.report.notice import Notice
from perfwatch.store.location import AnyLocation
from perfwatch.store.outbox import Attempt, Delivery
from perfwatch.store.writer import Writer

# A message that was in vain for so long is given up: those after it on its subject would wait for ever.
GIVEN_UP_AFTER = timedelta(days=14)
# So many subjects in vain, one after the other, and the sink is taken to be down: it is not asked again in this call.
IN_VAIN = 3
# What came of messages is written when so many are not yet, or the oldest of them is so old: each time takes a lock,
# and some tenths of a second. A process that is killed in between sends those again, under the same keys: a forge and
# a webhook know them; of what people read twice there are to be few.
MOST_UNWRITTEN = 100
MOST_UNWRITTEN_OF_PEOPLE = 10
UNWRITTEN_S = 2.0
# A measurement that is being loaded is waited for rather than what arrived forgotten.
_WAIT_S = 60.0

Clock = Callable[[], datetime]
Progress = Callable[[int, int, str], None]


def is_for(one: Delivery, sink: Sink) -> bool:
    """Return whether a message is for a sink; one of an older store is for any of its kind."""
    return one.sink == sink.kind and one.receiver in (None, sink.name)


def deliver(
    location: AnyLocation,
    sinks: Sequence[Sink],
    waiting: Sequence[Delivery],
    *,
    clock: Clock = lambda: datetime.now(UTC),
    progress: Progress = lambda done, total, what: None,
) -> list[tuple[Delivery, Outcome]]:
    """Send what waits to the sinks it is for, and keep what came of it; return each message that was tried.

    Parameters
    ----------
    waiting : in the order it was queued in.
    progress : called with messages tried or held back, those in all, and the sink.

    Notes
    -----
    Each sink has a queue of its own, and a subject's messages arrive in order: one that does not arrive holds back
    those after it on its subject, and no others. A sink that asks to be left alone is, until then; one that fails
    `IN_VAIN` times in a row is left for this call. Whoever failed often is tried last.

    The store is not held while a sink is waited for. Where this process is killed, the next call sends again what was
    not written down: at most `MOST_UNWRITTEN` messages (`MOST_UNWRITTEN_OF_PEOPLE` of Apprise), those sent within
    `UNWRITTEN_S` seconds, and the one that was being sent.
    """
    sent: list[tuple[Delivery, Outcome]] = []
    done = 0
    with _Book(location) as book:
        for sink in sinks:
            mine = [one for one in waiting if is_for(one, sink)]
            book.most_unwritten = MOST_UNWRITTEN_OF_PEOPLE if sink.kind == "apprise" else MOST_UNWRITTEN
            for tried, (one, outcome) in enumerate(_through(sink, mine, clock), 1):
                book.note(_attempt(one, outcome, clock()))
                sent.append((one, outcome))
                progress(done + tried, len(waiting), sink.name)
            done += len(mine)
    return sent


def give_up(location: AnyLocation, forgotten: Sequence[Delivery], now: datetime) -> None:
    """Refuse those of these messages, to sinks that nobody has set up any more, that waited for too long."""
    why = f"its sink is not set up any more; given up after {GIVEN_UP_AFTER.days} days"
    old = [Attempt(one.idempotency_key, "refused", now, why) for one in forgotten if _is_old(one, now)]
    if old:
        with Writer(location) as writer:
            writer.attempted(old)


def held_until(one: Delivery) -> datetime | None:
    """Return until when a waiting message is not tried, None where it may be now."""
    moments = (one.not_before, due_at(one.idempotency_key, one.attempts, one.tried_at))
    return max((moment for moment in moments if moment is not None), default=None)


def _through(sink: Sink, mine: Sequence[Delivery], clock: Clock) -> Iterator[tuple[Delivery, Outcome]]:
    """Yield each message of a sink's queue that is tried, with what came of it."""
    if any(one.not_before is not None and clock() < one.not_before for one in mine):
        return
    in_vain = 0
    for of_subject in _by_subject(mine):
        for one in of_subject:
            until = held_until(one)
            if until is not None and clock() < until:
                break
            outcome = _send(sink, one, clock())
            yield one, outcome
            # A wrong token refuses each message there is; who mends it has not to mend a thousand.
            in_vain = 0 if outcome.status == "delivered" else in_vain + 1
            if outcome.again_after_s is not None or in_vain == IN_VAIN:
                return
            if outcome.status == "waiting":
                break


def _by_subject(mine: Sequence[Delivery]) -> list[list[Delivery]]:
    """Return the messages of each subject, in order; the subject whose first one failed least often comes first."""
    found: dict[str, list[Delivery]] = {}
    for one in mine:
        found.setdefault(one.subject, []).append(one)
    for of_subject in found.values():
        # One that was refused and is retried was queued anew, after what it comes before.
        of_subject.sort(key=lambda one: one.content is None and one.standing == "RESOLVED")
    return sorted(found.values(), key=lambda of_subject: of_subject[0].attempts)


def _send(sink: Sink, one: Delivery, now: datetime) -> Outcome:
    try:
        outcome = sink.send(one.idempotency_key, Notice.from_json(one.notice or ""))
    except UnreadableError as error:
        return Outcome("refused", str(error))
    except BrokenPipeError:
        # The reader of the console is gone: nobody is told anything any more.
        raise
    except Exception as error:
        # The edge: a sink that does not keep its promise holds back no other. What it says may hold its address.
        outcome = Outcome("waiting", f"{sink.kind} {sink.name}: a bug of it ({type(error).__name__})")
    if outcome.status == "waiting" and _is_old(one, now):
        return Outcome("refused", f"{outcome.error}; given up after {GIVEN_UP_AFTER.days} days")
    return outcome


def _is_old(one: Delivery, now: datetime) -> bool:
    return now - one.queued_at > GIVEN_UP_AFTER


def _attempt(one: Delivery, outcome: Outcome, now: datetime) -> Attempt:
    rest = outcome.again_after_s if outcome.status == "waiting" else None
    until = None if rest is None else now + timedelta(seconds=rest)
    return Attempt(one.idempotency_key, outcome.status, now, outcome.error, until)


class _Book:
    """What came of messages, written to the store a few at a time, and published at the end."""

    def __init__(self, location: AnyLocation) -> None:
        self._writer = Writer(location, _WAIT_S)
        self._unwritten: list[Attempt] = []
        self._written_at = time.monotonic()
        self.most_unwritten = MOST_UNWRITTEN

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._write()
        finally:
            self._writer.close()

    def note(self, attempt: Attempt) -> None:
        """Keep in mind what came of one; write all of them where they are many, or the oldest was long ago."""
        self._unwritten.append(attempt)
        if len(self._unwritten) >= self.most_unwritten or time.monotonic() - self._written_at >= UNWRITTEN_S:
            self._write()
            self._writer.rest()

    def _write(self) -> None:
        if self._unwritten:
            self._writer.attempted(self._unwritten)
            self._unwritten = []
        self._written_at = time.monotonic()
