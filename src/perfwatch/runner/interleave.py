"""Commits measured in turns on one host, so that what the host does meets all of them.

Each turn is a run of asv over one commit, in the environment that all share; between turns the other commit's wheel is
installed from asv's cache. Turns are mirrored (A B B A A B …): a host that drifts steadily adds the same to both, and
of two turns one needs no installation. Results go into a folder of their own, never into the project's results tree:
a side's samples come from several turns, which is not what the history holds of a commit.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import json5
import numpy as np

from perfwatch.config import Config
from perfwatch.errors import CommitError, UsageError
from perfwatch.model import Failure, Measurement, Run, SeriesKey
from perfwatch.runner import output, process, record
from perfwatch.runner.run import only_run, run
from perfwatch.sources import asv as tree
from perfwatch.sources.asv_benchmarks import parse_benchmarks
from perfwatch.sources.asv_results import read_results_file

# Called before each turn with its number from 1, how many there are, and the commit.
Told = Callable[[int, int, str], None]
# Asked after each whole round but the last with what was taken so far: whether that is enough.
Enough = Callable[["Interleaved"], bool]
# Asked once, after the first whole round: the patterns of the rounds after it.
Later = Callable[["Interleaved"], Sequence[str]]

# asv keeps the wheels of two commits unless told otherwise, the newest. Of three in turns each would be built every
# time, and a search comes back to its two ends after each commit between them. The next `asv run` tidies up.
_KEPT_WHEELS = 16


@dataclass(frozen=True)
class Turn:
    """One run: which side's turn it was, what came of it, and the record of it for each environment."""

    side: int
    measurements: tuple[Measurement, ...]
    failures: tuple[Failure, ...] = ()
    runs: tuple[Run, ...] = ()

    @property
    def unbuilt(self) -> Failure | None:
        """Why nothing of the commit could be measured: its build, or the import of its suite; None where it could."""
        return next((f for f in self.failures if f.benchmark in (output.BUILD, output.SUITE)), None)


@dataclass
class Interleaved:
    """All turns that came to their end, in the order they were taken.

    Attributes
    ----------
    commits : of the sides; the same one twice is an A/A measurement.
    is_stopped : whether somebody stopped it; sides may then have unequal numbers of turns.
    is_early : whether what was taken was enough before the last round.
    """

    commits: tuple[str, ...]
    turns: list[Turn] = field(default_factory=list)
    is_stopped: bool = False
    is_early: bool = False

    def of_side(self, side: int) -> list[Measurement]:
        """Return one measurement a series: the samples of all its turns, and their median."""
        taken: dict[SeriesKey, list[Measurement]] = {}
        for turn in self.turns:
            if turn.side == side:
                for m in turn.measurements:
                    taken.setdefault(m.key, []).append(m)
        return [_pooled(measurements) for measurements in taken.values()]

    def values(self, side: int | None = None) -> dict[SeriesKey, list[float]]:
        """Return the value of each turn, in the order they were taken, of one side or of all."""
        found: dict[SeriesKey, list[float]] = {}
        for turn in self.turns:
            for m in turn.measurements if side in (None, turn.side) else ():
                if m.status == "ok" and m.value is not None:
                    found.setdefault(m.key, []).append(m.value)
        return found


def order(sides: int, rounds: int) -> list[int]:
    """Return whose turn it is: each round has every side once, every second one the other way round."""
    forward = list(range(sides))
    return [side for r in range(rounds) for side in (forward if r % 2 == 0 else forward[::-1])]


def interleave(
    config: Config,
    commits: Sequence[str],
    *,
    rounds: int,
    bench: Sequence[str] = (),
    quiet: bool = False,
    tell: Told | None = None,
    enough: Enough | None = None,
    later: Later | None = None,
) -> Interleaved:
    """Measure commits in turns and return what each turn gave.

    Parameters
    ----------
    commits : whole hashes, one a side.
    rounds : turns of each side, at most.
    bench : asv's patterns; none for everything of the configured size.
    enough : ends it after a whole round, so that every side has had as many turns.
    later : what of it one round was enough for need not be measured again.

    Errors
    ------
    UsageError : no asv configuration, a pattern that matches nothing, fewer rounds than one.
    HostError : another run is at work here, and the others of `run`.
    CommitError : of a commit nothing can be measured.
    MeasurementError : asv itself could not work.
    """
    if config.asv_conf is None:
        raise UsageError(f"{config.root}: no asv.conf.json here, so nothing to measure; `asv quickstart` writes one")
    if rounds < 1:
        raise UsageError(f"rounds: {rounds} is none; give 1 or more")
    done = Interleaved(tuple(commits))
    turns = order(len(commits), rounds)
    with (
        tempfile.TemporaryDirectory(prefix="perfwatch-turns-") as name,
        only_run(config.runs_dir, config.runs_dir),
        # Between turns, too: what was taken until then is worth comparing.
        process.interruptible() as stop,
    ):
        for number, side in enumerate(turns, start=1):
            if tell is not None:
                tell(number, len(turns), commits[side])
            folder = Path(name) / str(number)
            turn = None
            if not stop.asked:
                turn = _turn(config, config.asv_conf, folder, side, commits[side], bench, quiet=quiet)
            if turn is None:
                done.is_stopped = True
                break
            done.turns.append(turn)
            is_whole = number % len(commits) == 0 and number < len(turns)
            if is_whole and enough is not None and enough(done):
                done.is_early = True
                break
            if number == len(commits) and later is not None:
                bench = later(done)
    return done


def _turn(
    config: Config, conf: Path, folder: Path, side: int, commit: str, bench: Sequence[str], *, quiet: bool
) -> Turn | None:
    """Measure one commit into a folder of its own; None where it was stopped."""
    results = folder / "results"
    folder.mkdir(parents=True)
    here = replace(config, asv_conf=configuration(conf, folder, results), results_dir=results, runs_dir=folder / "runs")
    report = run(here, commit, bench=bench, rerun=True, quiet=quiet)
    if report.stopped_in:
        return None
    failures = tuple(f for m in report.measured for f in m.failures)
    measurements = tuple(_read(results))
    if not measurements and failures:
        first = failures[0]
        said = [line.strip() for line in first.stderr.splitlines() if line.strip()]
        why = said[-1] if said else f"exit code {first.exit_code}"
        raise CommitError(
            f"{commit[:8]}: {first.benchmark} failed, so there is nothing to set beside: {why}",
            commit=commit,
            failed=first.benchmark,
            said=why,
        )
    runs = tuple(taken for taken, _ in record.finished(here.runs_dir / config.machine))
    return Turn(side, measurements, failures, runs)


def configuration(conf: Path, folder: Path, results: Path) -> Path:
    """Write asv's configuration with results elsewhere and every other path what it was; return the file."""
    try:
        settings: dict[str, Any] = json5.loads(conf.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{conf}: cannot be read as asv's configuration ({error}); mend it") from error
    base = conf.parent
    for name, default in (("benchmark_dir", "benchmarks"), ("env_dir", "env")):
        settings[name] = str((base / str(settings.get(name, default))).resolve())
    if (base / str(settings.get("repo", "."))).exists():
        settings["repo"] = str((base / str(settings.get("repo", "."))).resolve())
    settings |= {"results_dir": str(results), "html_dir": str(folder / "html")}
    kept = settings.get("build_cache_size", settings.get("wheel_cache_size", 0))
    settings["build_cache_size"] = max(kept, _KEPT_WHEELS)
    for name in ("build_command", "install_command", "uninstall_command"):
        if name in settings:
            said = settings[name]
            commands = [said] if isinstance(said, str) else said
            settings[name] = [c.replace("{conf_dir}", str(base)) for c in commands]
    path = folder / "asv.conf.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def _read(results: Path) -> Iterator[Measurement]:
    declared = results / "benchmarks.json"
    benchmarks = parse_benchmarks(declared.read_bytes(), declared) if declared.is_file() else {}
    for found in tree.discover(results) if results.is_dir() else ():
        if found.kind == "asv-results":
            yield from read_results_file(found.path, benchmarks).measurements()


def _pooled(measurements: Sequence[Measurement]) -> Measurement:
    """Return one measurement for those of several turns; what failed in one of them failed."""
    failed = next((m for m in measurements if m.status == "failed"), None)
    if failed is not None:
        return failed
    measured = [m for m in measurements if m.status == "ok" and m.value is not None]
    if not measured:
        return measurements[-1]
    samples = tuple(s for m in measured for s in m.samples or ())
    value = float(np.median(samples or [m.value for m in measured if m.value is not None]))
    if measured[0].key.kind == "track":
        return measured[-1]
    return replace(measured[-1], value=value, lower=None, upper=None, q25=None, q75=None, samples=samples or None)
