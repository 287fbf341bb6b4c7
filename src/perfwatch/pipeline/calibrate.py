"""Git → one commit against itself, in turns → its noise → store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from perfwatch.analysis import calibration, host
from perfwatch.analysis.calibration import Forecast, SeriesNoise
from perfwatch.analysis.equivalence import is_fingerprint
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError
from perfwatch.model import Commit
from perfwatch.pipeline.bench import commit_in_git
from perfwatch.pipeline.judging import settings_of
from perfwatch.runner.interleave import Told, interleave
from perfwatch.store.calibrations import Calibration
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer
from perfwatch.units import unit


@dataclass(frozen=True)
class Calibrated:
    """What one commit against itself told.

    Attributes
    ----------
    turns : how many runs it rests on.
    noise : of each series that is judged, the widest first.
    forecast : of false alarms; None where no series has values enough.
    relevant_change : the project's own, a fraction, to hold the noise against.
    """

    commit: Commit
    machine: str
    turns: int
    is_stopped: bool
    commits_per_month: float
    noise: Sequence[SeriesNoise]
    forecast: Forecast | None
    relevant_change: float


def calibrate(
    config: Config,
    revision: str = "HEAD",
    *,
    rounds: int,
    commits_per_month: float,
    patterns: Sequence[str] = (),
    quiet: bool = False,
    seed: int = 0,
    tell: Told | None = None,
) -> Calibrated:
    """Measure a commit against itself, keep its noise, and return it with the forecast of false alarms.

    Errors
    ------
    NothingToCompareError : no series gave a value.
    """
    commit, settings = commit_in_git(config, revision), settings_of(config)
    taken = interleave(config, [commit.hash] * 2, rounds=rounds, bench=patterns, quiet=quiet, tell=tell)
    values = {k: v for k, v in taken.values().items() if k.kind != host.CONTROL and not is_fingerprint(k)}
    values = {k: v for k, v in values.items() if k.kind != "track" and unit(k.unit).lower_is_better is not None}
    if not values:
        raise NothingToCompareError("calibrate: no series gave a value; see the messages of asv above")
    told = calibration.noise(values)
    now = datetime.now(UTC)
    kept = [
        Calibration(
            s.key.machine,
            s.key.environment,
            commit.hash,
            now,
            s.key.benchmark,
            s.key.params,
            s.n,
            s.scatter,
            s.minimum_detectable,
            {"memory": s.memory, **settings.as_json()},
        )
        for s in told
    ]
    with Writer(parse(config.store)) as writer:
        writer.calibrate(kept)
    forecast = calibration.forecast(values, commits_per_month=commits_per_month, seed=seed)
    return Calibrated(
        commit,
        config.machine,
        len(taken.turns),
        taken.is_stopped,
        commits_per_month,
        told,
        forecast,
        settings.relevant_change,
    )
