"""Store → a suspected commit and the one before it, measured in turns → what was found → store."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from perfwatch.analysis import rerun, sequential, turns
from perfwatch.analysis.equivalence import REFERENCE, Break, disagreements, fingerprints, moves, parities
from perfwatch.analysis.look import FEWEST
from perfwatch.analysis.rerun import Rerun
from perfwatch.analysis.sequential import Decided
from perfwatch.analysis.settings import Settings
from perfwatch.config import Config
from perfwatch.errors import CommitError, UsageError
from perfwatch.model import EventKind, Failure, Measurement
from perfwatch.pipeline import suspects
from perfwatch.pipeline.judging import settings_of
from perfwatch.pipeline.suspects import EVERY_SIZE, Suspect
from perfwatch.runner.interleave import Interleaved, Told, interleave
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer


@dataclass(frozen=True)
class Confirmed:
    """What one call did.

    Attributes
    ----------
    reruns : the gravest first.
    left : events for which no time was left.
    """

    reruns: Sequence[Rerun]
    left: Sequence[Suspect] = ()

    @property
    def exit_code(self) -> int:
        """The one code for all of them."""
        return rerun.exit_code(self.reruns)


def confirm(
    config: Config,
    name: str | None = None,
    *,
    rounds: int,
    bench: Sequence[str] = (),
    budget_s: float | None = None,
    quiet: bool = False,
    tell: Told | None = None,
    about: Callable[[Suspect], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> Confirmed:
    """Measure suspected commits again, each beside the one measured before it, and keep what was found.

    Parameters
    ----------
    name : an event or a commit; None for every regression of the newest commits that nobody spoke of.
    rounds : turns of each side, at most.
    bench : asv's patterns, instead of the series of the event.
    budget_s : no event is begun, and no round, once so much time has passed; None for no end.
    about : told of each event before its first turn.

    Errors
    ------
    NothingToCompareError : no such event, or nothing before its commit.
    UsageError : fewer rounds than decide anything.
    """
    if rounds < FEWEST:
        raise UsageError(f"--rounds {rounds}: nothing is decided by fewer than {FEWEST}; give {FEWEST} or more")
    began, settings = clock(), settings_of(config)
    with Reader(parse(config.store)) as reader:
        if name is None:
            chosen = suspects.waiting(reader, config, datetime.now(UTC), bench)
        else:
            chosen = suspects.named(reader, config, name, bench)

    def is_over() -> bool:
        return budget_s is not None and clock() - began >= budget_s

    done: list[Rerun] = []
    for number, suspect in enumerate(chosen):
        if is_over():
            return Confirmed(done, chosen[number:])
        found = _asked(config, suspect, settings, rounds, is_over, about, quiet=quiet, tell=tell)
        done.append(_kept(config, found))
        if found.is_stopped:
            return Confirmed(done, chosen[number + 1 :])
    return Confirmed(done)


def _asked(
    config: Config,
    suspect: Suspect,
    settings: Settings,
    rounds: int,
    is_over: Callable[[], bool],
    about: Callable[[Suspect], None],
    *,
    quiet: bool,
    tell: Told | None,
) -> Rerun:
    """Measure an event's commit and the one before it; where the change is not there, the commits around, too."""
    about(suspect)
    found, _ = measured(config, suspect, settings, rounds, is_over, quiet=quiet, tell=tell)
    if found.outcome != "not confirmed" or is_over():
        return found
    with Reader(parse(config.store)) as reader:
        wider = suspects.around(reader, config, suspect)
    if wider is None:
        return found
    about(wider)
    again, _ = measured(config, wider, settings, rounds, is_over, quiet=quiet, tell=tell)
    # What else is wrong with commits that were not asked about is another event's affair.
    return found if again.outcome in ("failed", "answers differ") else replace(again, alone=found)


def measured(
    config: Config,
    suspect: Suspect,
    settings: Settings,
    rounds: int,
    is_over: Callable[[], bool],
    *,
    quiet: bool,
    tell: Told | None,
) -> tuple[Rerun, Interleaved]:
    """Measure one suspect and its baseline in turns until it is decided, or the time is over; keep nothing."""
    here = replace(config, size=EVERY_SIZE) if suspect.is_of_its_own_sizes else config
    ended_by_time = False

    def enough(taken: Interleaved) -> bool:
        nonlocal ended_by_time
        found = result(config, suspect, taken, settings, rounds)
        if found.breaks or found.failures or found.kind in ("failure", "equivalence break"):
            # One look tells what is right or wrong.
            return True
        ended_by_time = is_over()
        return ended_by_time or rerun.is_enough(found.kind, found.rows)

    ends = [suspect.before.hash, suspect.after.hash]
    try:
        taken = interleave(here, ends, rounds=rounds, bench=suspect.patterns, quiet=quiet, tell=tell, enough=enough)
    except CommitError as error:
        # One commit of which nothing comes is what was found, and no reason to leave the other events alone.
        nothing = Interleaved(tuple(ends))
        failure = Failure(error.failed or "(everything)", None, error.said or str(error))
        found = result(config, suspect, nothing, settings, rounds)
        return replace(found, failures=[(error.commit or suspect.after.hash, failure)]), nothing
    return replace(result(config, suspect, taken, settings, rounds), is_out_of_time=ended_by_time), taken


def result(config: Config, suspect: Suspect, taken: Interleaved, settings: Settings, rounds: int) -> Rerun:
    """Return what the turns taken so far say of a suspect."""
    sides = [[turn.measurements for turn in taken.turns if turn.side == side] for side in (0, 1)]
    return Rerun(
        suspect.event,
        suspect.spoken,
        suspect.before,
        suspect.after,
        suspect.gap,
        config.machine,
        min(map(len, sides)),
        rounds,
        rows_of(taken, settings, rounds, suspect.labels, suspect.event.kind if suspect.event else "regression"),
        suspect.left_out,
        breaks_of(*([m for turn in side for m in turn] for side in sides)),
        failures_of(taken),
        taken.is_stopped,
    )


def rows_of(
    taken: Interleaved,
    settings: Settings,
    rounds: int,
    labels: frozenset[str] = frozenset(),
    kind: EventKind = "regression",
) -> list[Decided]:
    """Return what is decided of the series of two sides that a re-run is about, what it is about first."""
    values = [turns.by_turn(turn.measurements for turn in taken.turns if turn.side == side) for side in (0, 1)]
    old, new = ({k: v for k, v in one.items() if not labels or k.label in labels} for one in values)
    order = ("better", "unsure", "worse", "same") if kind == "improvement" else ("worse", "unsure", "better", "same")
    rows = sequential.decide(old, new, settings, most=rounds)
    return sorted(rows, key=lambda row: (order.index(row.word), -abs(row.after - row.before) / abs(row.before or 1)))


def breaks_of(before: Sequence[Measurement], after: Sequence[Measurement]) -> list[Break]:
    """Return where answers of the second commit are not its reference's, or not those of the first."""
    reference = {place: one for place, one in fingerprints(before).items() if place[1] == REFERENCE}
    found = [*disagreements(after), *parities(after), *moves(fingerprints(after), reference)]
    return list(dict.fromkeys(found))


def failures_of(taken: Interleaved) -> list[tuple[str, Failure]]:
    """Return what failed at which commit, each once."""
    found = {(taken.commits[t.side], f.benchmark): f for t in taken.turns for f in t.failures}
    return [(commit, failure) for (commit, _), failure in found.items()]


def _kept(config: Config, found: Rerun) -> Rerun:
    """Keep the word on what was found; a person may have spoken while it was measured, and has the last word."""
    if found.event is None:
        return found
    location = parse(config.store)
    with Reader(location) as reader:
        words = reader.triages(found.event.id)
    found = replace(found, spoken=words[-1] if words else None)
    word = rerun.word_of(found, datetime.now(UTC))
    if word is None:
        return found
    with Writer(location) as writer:
        writer.triage(word)
    return replace(found, word=word)
