"""Keep → decide → keep: what is said of the newest commit, place by place, from what was said before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perfwatch.analysis import judge as judging
from perfwatch.analysis import score as scoring
from perfwatch.analysis.judge import History, Judgement
from perfwatch.analysis.score import Score
from perfwatch.analysis.settings import Settings
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError
from perfwatch.model import Commit, Event, Triage
from perfwatch.pipeline.acceptance import reference_history
from perfwatch.pipeline.history import history_of
from perfwatch.pipeline.line import commit_named, line_to_newest, line_up_to
from perfwatch.pipeline.selection import asked_for
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.verdicts import settings_id
from perfwatch.store.writer import Writer

Place = tuple[str, str]


@dataclass(frozen=True)
class Judged:
    """What is said of one commit at one place; `state` is what the next judgement goes on from."""

    commit: Commit
    machine: str
    environment: str
    judgement: Judgement


def settings_of(config: Config, others: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings that hold in a project: `others` over its own over asv's over the defaults."""
    return Settings.from_table({**config.verdicts, **(others or {})}, config.asv_regressions)


def judge(config: Config, revision: str | None = None, machine: str | None = None) -> list[Judged]:
    """Return what is said of one commit at each place that measured it, and keep it in the store.

    Verdicts of the newest commit of a line go on from the state that the last judgement left; those of an older commit
    are made from nothing, and leave no state.
    """
    settings, location = settings_of(config), parse(config.store)
    with Reader(location) as reader:
        commit = commit_named(reader, config.root, revision)
        line = [*reversed(line_up_to(reader.commits(), commit)), commit]
        judged = [_judge(reader, place, line, settings) for place in places(reader, commit, machine)]
        newest = {(j.machine, j.environment): _is_newest(reader, j) for j in judged}
    with Writer(location) as writer:
        for one in judged:
            _keep(writer, one, settings, is_newest=newest[one.machine, one.environment])
    return judged


def judge_newest(config: Config) -> int:
    """Judge each place's newest commit that has not been since something was loaded; return how many were.

    A place whose commits have neither an order nor dates is left out: no commit of it is the newest.
    """
    settings, location, judged = settings_of(config), parse(config.store), 0
    with Reader(location) as reader:
        for place in reader.places():
            one = unjudged(reader, place, settings)
            if one is not None:
                # One at a time: the states of many places are large.
                with Writer(location) as writer:
                    _keep(writer, one, settings, is_newest=True)
                judged += 1
    return judged


def unjudged(reader: Reader, place: Place, settings: Settings) -> Judged | None:
    """Return what is to be said of a place's newest commit, None where that was said since something was loaded."""
    line = line_to_newest(reader.commits(), reader.measured_commits(*place))
    if not line or reader.is_judged(line[-1].hash, *place, settings_id(settings.as_json())):
        return None
    return _judge(reader, place, line, settings)


def _keep(writer: Writer, one: Judged, settings: Settings, *, is_newest: bool) -> None:
    writer.keep(
        one.machine,
        one.environment,
        one.commit.hash,
        verdicts=one.judgement.verdicts,
        events=one.judgement.events,
        factors=one.judgement.factors,
        settings=settings.as_json(),
        inputs_digest=one.judgement.state["digest"],
        state=one.judgement.state if is_newest else None,
    )


def places(reader: Reader, commit: Commit, machine: str | None) -> list[Place]:
    """Return each machine and environment in which something was measured at the commit, also in vain."""
    return sorted({(m.key.machine, m.key.environment) for m in reader.measurements(commit.hash, machine)})


def _judge(reader: Reader, place: Place, line: Sequence[Commit], settings: Settings) -> Judged:
    machine, environment = place
    runs = [r for r in reader.runs(line[-1].hash, machine) if r.environment == environment]
    history = history_of(reader, place, line, reference_history(reader), asked_for(runs))
    state: dict[str, Any] | None = reader.judge_state(machine, environment)
    return Judged(line[-1], machine, environment, judging.judge(history, settings, state))


def _is_newest(reader: Reader, judged: Judged) -> bool:
    """Return whether no later commit of the line was measured at the place, by date where git knows no order."""
    known, commit = reader.measured_commits(judged.machine, judged.environment), judged.commit
    others = [c for c in reader.commits() if c.hash in known and c.hash != commit.hash]
    if commit.position is not None:
        return not any(c.position is not None and c.position > commit.position for c in others)
    when = commit.committed_at
    return when is not None and not any(c.committed_at is not None and c.committed_at > when for c in others)


def _histories(config: Config, machine: str | None) -> Iterator[tuple[Place, History]]:
    """Yield everything measured on the line, place by place.

    Errors
    ------
    NothingToCompareError : nothing was measured.
    """
    with Reader(parse(config.store)) as reader:
        commit = commit_named(reader, config.root, None)
        line = [*reversed(line_up_to(reader.commits(), commit)), commit]
        measured = sorted({(k.machine, k.environment) for _, k in reader.series(machine=machine)})
        if not measured:
            raise NothingToCompareError("the store holds no measurement; run `perfwatch ingest` first")
        for place in measured:
            yield place, history_of(reader, place, line, reference_history(reader), lambda _: True)


@dataclass(frozen=True)
class Told:
    """What was told: every event that the store knows of, resolved ones included, and what people said of each."""

    events: tuple[Event, ...]
    words: Mapping[str, Sequence[Triage]]

    def at(self, place: Place) -> list[Event]:
        """Return the events of one place."""
        return [e for e in self.events if (e.machine, e.environment) == place]


def told(config: Config, machine: str | None = None) -> Told:
    """Return what was told, as the store keeps it."""
    words: dict[str, list[Triage]] = {}
    with Reader(parse(config.store)) as reader:
        events = tuple(event for event, _ in reader.events(machine))
        for word in reader.triages():
            words.setdefault(word.event_id, []).append(word)
    return Told(events, words)


def replay(config: Config, settings: Settings, machine: str | None = None) -> dict[Place, list[Judgement]]:
    """Return what would have been said at each commit of the line under other settings, from nothing; keep nothing.

    Errors
    ------
    NothingToCompareError : nothing was measured on the line.
    """
    return {place: judging.replay(history, settings) for place, history in _histories(config, machine)}


def score(config: Config, machine: str | None = None) -> dict[Place, Score]:
    """Return how good what was told is, by people's words and in hindsight, place by place.

    Errors
    ------
    NothingToCompareError : nothing was measured on the line.
    """
    settings, before = settings_of(config), told(config, machine)
    return {
        place: scoring.score(history, before.at(place), before.words, settings)
        for place, history in _histories(config, machine)
        if history.commits
    }
