"""One commit against the nearest measured one before it, machine by machine."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from perfwatch.analysis.changes import changes, missing
from perfwatch.analysis.check import Check, Place
from perfwatch.analysis.equivalence import Fingerprint, disagreements, fingerprints, is_fingerprint, moves, parities
from perfwatch.analysis.judge import Judgement
from perfwatch.analysis.kinds import RECENT
from perfwatch.config import Config
from perfwatch.model import Commit, Failure, Measurement, Run, Triage
from perfwatch.pipeline import staleness
from perfwatch.pipeline.acceptance import accepted, reference_history
from perfwatch.pipeline.judging import judge
from perfwatch.pipeline.line import commit_named, line_up_to
from perfwatch.pipeline.overriding import Overrides, overridden
from perfwatch.pipeline.selection import asked_for
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

# Stands for the environment of a run that got none.
NO_ENVIRONMENT = "(no environment)"
# What measured so many commits one after the other is expected to measure the next.
REGULAR = 3


def check(
    config: Config,
    revision: str | None = None,
    machine: str | None = None,
    *,
    strict: bool = False,
    overrides: Overrides | None = None,
) -> Check:
    """Judge one commit, keep what is said of it, and return it with the comparison to the commit before.

    Parameters
    ----------
    revision : a commit; by default HEAD of the project's repository, without one the newest commit of the store, and
        then also whether a runner fell silent.
    machine : judge this machine only; by default each that measured the commit.
    strict : whether what could not be seen is a reason to fail.
    overrides : what somebody lets pass; None for what the messages of commits say.

    Errors
    ------
    NothingToCompareError : an empty store, or a commit it does not know.
    """
    now = datetime.now(UTC)
    # What an older commit was is no matter of who is silent today.
    silent = staleness.look(config, now) if revision is None else []
    judged = {(j.machine, j.environment): j.judgement for j in judge(config, revision, machine)}
    with Reader(parse(config.store)) as reader:
        commit = commit_named(reader, config.root, revision)
        line = line_up_to(reader.commits(), commit)
        measured = reader.measurements(commit.hash, machine)
        places = sorted({(m.key.machine, m.key.environment) for m in measured})
        runs = reader.runs(commit.hash, machine)
        # A commit that did not build has no results; its run's record is all that says so.
        known = {(r.machine, r.environment or NO_ENVIRONMENT) for r in runs}
        history = reference_history(reader)
        words = {event.id: word for event, word in reader.events()}
        compared = [
            _compare(reader, commit, line, place, measured, runs, history) for place in sorted({*places, *known})
        ]
        is_told = {e.machine for e in silent} | {m for m, environment in known if environment == NO_ENVIRONMENT}
        if compared:
            compared += _missing_runs(reader, line, {*places, *known}, is_told, machine)
        notes = _unknown(reader, machine)
    found = Check(
        commit,
        [_with(p, judged.get((p.machine, p.environment)), words, line) for p in compared],
        now,
        strict,
        [(e, words.get(e.id)) for e in silent if machine in (None, e.machine)],
        notes,
    )
    return overridden(config, found, overrides or Overrides())


def _unknown(reader: Reader, machine: str | None) -> list[str]:
    machines = sorted({m for m, _ in reader.places()})
    if machine is None or machine in machines:
        return []
    return [f"no machine {machine!r} is in the store; known are {', '.join(machines) or 'none'}"]


def _missing_runs(
    reader: Reader, line: Sequence[Commit], there: Container[tuple[str, str]], told: Container[str], machine: str | None
) -> list[Place]:
    """Return the places that measured each of the newest commits before, and nothing of this one.

    Parameters
    ----------
    there : places that this commit is known at.
    told : machines of which it is known why they are silent.
    """
    anywhere = reader.measured_commits()
    before = [c for c in line if c.hash in anywhere][:REGULAR]
    missing = []
    for place in reader.places():
        if place in there or place[0] in told or machine not in (None, place[0]) or len(before) < REGULAR:
            continue
        if {c.hash for c in before} <= reader.measured_commits(*place):
            said = f"measured each of the {REGULAR} commits before and nothing of this one; or judge with --machine"
            why = Failure("(missing run)", None, said)
            missing.append(Place(*place, before[0], 0, [], [], [], {}, None, unbuilt=[why]))
    return missing


def _with(
    place: Place, judgement: Judgement | None, words: Mapping[str, Triage | None], line: Sequence[Commit]
) -> Place:
    """Return the place with what the judge said of it; of events those that stand and are no old news."""
    if judgement is None:
        return place
    news = {judgement.commit, *(c.hash for c in line[:RECENT])}
    events = [(e, words.get(e.id)) for e in judgement.events if e.standing != "RESOLVED" and e.commit in news]
    return replace(place, verdicts=judgement.verdicts, events=events)


def _compare(
    reader: Reader,
    commit: Commit,
    line: Sequence[Commit],
    place: tuple[str, str],
    measured: Sequence[Measurement],
    runs: Sequence[Run],
    history: Mapping[str, Mapping[str, Fingerprint]],
) -> Place:
    machine, environment = place
    after = [m for m in measured if (m.key.machine, m.key.environment) == place]
    here = [r for r in runs if r.machine == machine and (r.environment or NO_ENVIRONMENT) == environment]
    baseline, before = _baseline(reader, line, machine, environment)
    in_force, origin = accepted(reader.acceptances(), [commit, *line], history)
    now = fingerprints(after)
    moved = [c for c in changes(before, after) if not is_fingerprint(c.key)]
    return Place(
        machine=machine,
        environment=environment,
        baseline=baseline,
        measured=sum(m.status == "ok" for m in after),
        breaks=[*disagreements(after), *parities(after), *moves(now, in_force)],
        missing=missing(before, after, asked_for(here)),
        changes=moved,
        accepted_from={size: where for size, where in origin.items() if any(size == s for s, _ in now)},
        run=here[0] if here else None,
        unbuilt=[f for f in here[0].failures if f.benchmark.startswith("(")] if here else [],
        # Where the answers alone were measured, they are compared with what is accepted.
        is_comparable=bool(moved) or not any(m.value is not None and not is_fingerprint(m.key) for m in after),
    )


def _baseline(
    reader: Reader, line: Sequence[Commit], machine: str, environment: str
) -> tuple[Commit | None, list[Measurement]]:
    known = reader.measured_commits(machine, environment)
    for earlier in line:
        if earlier.hash in known:
            return earlier, reader.measurements(earlier.hash, machine, environment)
    return None, []
