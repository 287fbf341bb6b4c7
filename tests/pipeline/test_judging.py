"""From result files and run records to verdicts and events, through git, the store and the judge."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perfwatch import pipeline
from perfwatch.config import Config, load
from perfwatch.model import Event, Run
from perfwatch.runner import record

MACHINE, ENVIRONMENT, SIZE = "bench-1", "virtualenv-py3.11", "30000x20"
FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
# Of single timings, relative; the controls have half of it. About what a pinned machine shows from run to run.
SCATTER = 0.004

_AXES = {
    "compute.time_sweep": (
        ["architecture", "size", "affinity"],
        [["in_process", "rust_in_process", "rust_in_process_unchecked"], [SIZE], ["one-core"]],
    ),
    "boundary.time_sweep": (
        ["architecture", "size", "affinity"],
        [["rust_batch_unix", "rust_chatty_unix"], [SIZE], ["same-core"]],
    ),
    "echo.time_round_trip": (
        ["transport", "floats", "affinity"],
        [["unix", "tcp"], ["1", "1000", "30000"], ["same-core"]],
    ),
    "encodings.time_encode": (["encoding"], [["raw", "pickle", "json"]]),
    "encodings.time_decode": (["encoding"], [["raw", "pickle", "json"]]),
}
_SECONDS = {
    "in_process": 0.1,
    "rust_in_process": 0.103,
    "rust_in_process_unchecked": 0.107,
    "rust_batch_unix": 0.105,
    "rust_chatty_unix": 0.109,
    "unix": 15e-6,
    "tcp": 18e-6,
    "raw": 26e-6,
    "pickle": 35e-6,
    "json": 69e-3,
}
RUST = ("rust_in_process", "rust_in_process_unchecked", "rust_batch_unix", "rust_chatty_unix")


@dataclass
class Study:
    """A scratch project with the study's benchmarks; `measure` writes what a run at the next commit would have left."""

    folder: Path
    git: Callable[..., str]
    rng: np.random.Generator
    commits: list[str] = field(default_factory=list)

    @property
    def config(self) -> Config:
        return load(self.folder)

    def measure(
        self, subject: str, slower: Mapping[str, float] | None = None, host: float = 1.0, wrong: bool = False
    ) -> None:
        """Commit, and write its results.

        Parameters
        ----------
        slower : parameter value (an architecture, a transport, an encoding) → factor on its time.
        host : factor on everything, the controls included.
        wrong : whether every Rust architecture disagrees with the reference.
        """
        self.git(self.folder, "commit", "--allow-empty", "-qm", subject)
        self.commits.append(self.git(self.folder, "rev-parse", "HEAD"))
        results = {name: self._row(name, slower or {}, host) for name in _AXES}
        results |= _fingerprints(wrong)
        results_dir = self.folder / ".asv" / "results"
        (results_dir / MACHINE).mkdir(parents=True, exist_ok=True)
        (results_dir / "benchmarks.json").write_text(json.dumps({**_DECLARED, "version": 2}))
        (results_dir / MACHINE / "machine.json").write_text(json.dumps({"machine": MACHINE, "version": 1}))
        path = results_dir / MACHINE / f"{self.commits[-1][:8]}-{ENVIRONMENT}.json"
        path.write_text(json.dumps(_result_file(self.commits[-1], results)))
        self._record(host)

    def _row(self, name: str, slower: Mapping[str, float], host: float) -> list[Any]:
        axes = _AXES[name][1]
        values, lower, upper = [], [], []
        for chosen in itertools.product(*axes):
            seconds = _SECONDS[chosen[0]] * host * slower.get(chosen[0], 1.0)
            if name == "echo.time_round_trip":
                seconds += 2e-9 * int(chosen[1])
            seconds *= 1 + SCATTER * self.rng.standard_normal()
            values.append(seconds)
            lower.append(seconds * (1 - SCATTER))
            upper.append(seconds * (1 + SCATTER))
        return [values, [[repr(v) for v in axis] for axis in axes], "1", 1700000000000, 1.0, lower, upper]

    def _record(self, host: float) -> None:
        def timings(seconds: float) -> list[float]:
            return (seconds * host * (1 + 0.5 * SCATTER * self.rng.standard_normal(5))).tolist()

        started = FIRST_DAY + timedelta(hours=len(self.commits))
        controls = {
            name: {"version": "1", "before": timings(seconds), "after": timings(seconds)}
            for name, seconds in {"compute": 0.02, "echo": 9e-6}.items()
        }
        run = Run(
            self.commits[-1],
            MACHINE,
            ENVIRONMENT,
            started,
            started + timedelta(minutes=1),
            "perfwatch 0, asv 0",
            0,
            host={"governor": "performance" if host == 1.0 else "powersave"},
            controls=controls,
        )
        record.write(self.folder / ".asv" / "runs" / MACHINE, run, {})

    def judge(self) -> Any:
        pipeline.ingest(self.config)
        (judged,) = pipeline.judge(self.config)
        return judged.judgement

    def judge_each(self, n: int, **change: Any) -> list[Event]:
        """Measure and judge n more commits one by one; return every event that stands after them."""
        found: list[Event] = []
        for i in range(n):
            self.measure(f"change {i}" if i == 0 else f"later {i}", **change)
            found = self.judge().events
        return found


_TRACKED = (["architecture", "size"], [["reference", *RUST], [SIZE]])


def _fingerprints(wrong: bool) -> dict[str, list[Any]]:
    right = {"lengths": [6, 14], "pnl": [-1062.25, -800.5], "trades": [11443, 7000]}
    off = {**right, "pnl": [-1063.25, -800.5]}
    axes = [[repr(v) for v in axis] for axis in _TRACKED[1]]
    columns = {
        "equivalence.track_combinations": [right, *[off if wrong else right for _ in RUST]],
        "equivalence.track_differing": [0, *[int(wrong) for _ in RUST]],
        "equivalence.track_first_difference": ["none", *["combination 0 (L=6)" if wrong else "none" for _ in RUST]],
    }
    return {name: [values, axes, "1", 1700000000000, 1.0] for name, values in columns.items()}


def _declared(name: str, axes: tuple[list[str], list[list[str]]], kind: str) -> dict[str, Any]:
    unit = {"time": "seconds", "track": "combinations"}[kind]
    params = [[repr(v) for v in axis] for axis in axes[1]]
    return {
        "name": name,
        "unit": unit,
        "params": params,
        "param_names": axes[0],
        "type": kind,
        "version": "1",
        "code": "",
    }


_DECLARED = {name: _declared(name, axes, "time") for name, axes in _AXES.items()} | {
    name: _declared(name, _TRACKED, "track") for name in _fingerprints(wrong=False)
}


def _result_file(commit: str, results: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "commit_hash": commit,
        "env_name": ENVIRONMENT,
        "date": 1700000000000,
        "params": {"machine": MACHINE, "python": "3.11"},
        "python": "3.11",
        "requirements": {},
        "env_vars": {},
        "result_columns": ["result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b"],
        "results": dict(results),
        "durations": {},
        "version": 2,
    }


@pytest.fixture
def study(tmp_path: Path, git: Callable[..., str]) -> Study:
    """The project after thirty quiet commits, judged."""
    (tmp_path / "asv.conf.json").write_text('{"version": 1, "project": "scratch", "repo": "."}')
    git(tmp_path, "init", "-q", "-b", "main")
    project = Study(tmp_path, git, np.random.default_rng(20260301))
    for i in range(30):
        project.measure(f"quiet {i}")
    assert project.judge().events == []
    return project


def standing(events: list[Event], kind: str) -> list[Event]:
    return [e for e in events if e.kind == kind and e.standing == "CONFIRMED"]


def test_a_slower_kernel_is_one_event_at_its_commit_that_says_kernel_compute(study: Study) -> None:
    events = study.judge_each(5, slower=dict.fromkeys(RUST, 1.10))
    (found,) = standing(events, "regression")
    assert found.commit == study.commits[30]
    assert found.cause == "kernel compute"
    assert not any("echo" in m["label"] or "encodings" in m["label"] for m in found.moved)
    assert any("rust_in_process" in m["label"] for m in found.moved)
    assert standing(events, "host change") == []


def test_a_slower_echo_alone_is_the_boundary_floor_and_no_change_of_the_host(study: Study) -> None:
    events = study.judge_each(5, slower={"unix": 1.12, "tcp": 1.12})
    (found,) = standing(events, "regression")
    assert found.commit == study.commits[30]
    assert found.cause == "boundary floor"
    assert standing(events, "host change") == []


def test_a_host_that_slows_everything_is_one_host_change_and_no_regression(study: Study) -> None:
    events = study.judge_each(5, host=1.08)
    (found,) = standing(events, "host change")
    assert found.commit == study.commits[30]
    assert "powersave" in json.dumps(found.facts)
    assert standing(events, "regression") == []


def test_what_slows_more_than_its_host_is_still_found(study: Study) -> None:
    events = study.judge_each(6, host=1.08, slower={"json": 1.08})
    assert len(standing(events, "host change")) == 1
    (found,) = standing(events, "regression")
    assert found.commit == study.commits[30]
    assert all("json" in m["label"] or "serialization" in m["label"] for m in found.moved)


def test_a_faster_kernel_whose_answers_moved_is_broken_and_nothing_better(study: Study) -> None:
    study.measure("faster, with another fee", slower=dict.fromkeys(RUST, 0.8), wrong=True)
    judgement = study.judge()
    broken = [v for v in judgement.verdicts if v.kind == "BROKEN"]
    assert {v.key.param("architecture") for v in broken} >= set(RUST)
    assert any(e.kind == "equivalence break" for e in judgement.events)
    assert pipeline.check(study.config).exit_code == 6


def test_judging_again_says_the_same_and_keeps_one_of_each(study: Study) -> None:
    study.judge_each(4, slower=dict.fromkeys(RUST, 1.10))
    first, second = study.judge(), study.judge()
    assert [e.id for e in first.events] == [e.id for e in second.events]
    assert first.verdicts == second.verdicts


def test_replay_under_the_same_settings_gives_back_every_stored_verdict(study: Study) -> None:
    from perfwatch.pipeline import judging
    from perfwatch.store.location import parse
    from perfwatch.store.reader import Reader

    study.judge_each(4, slower=dict.fromkeys(RUST, 1.10))
    (again,) = judging.replay(study.config, judging.settings_of(study.config)).values()
    with Reader(parse(study.config.store)) as reader:
        for commit, judgement in zip(study.commits[30:], again[30:], strict=True):
            stored = {v.key: v for v in reader.verdicts(commit)}
            assert stored == {v.key: v for v in judgement.verdicts}


def test_the_next_judgement_goes_on_from_what_was_kept(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from perfwatch.analysis import judge as judging

    went_on: list[bool] = []
    usable = judging._usable

    def watched(*arguments: Any) -> Any:
        found = usable(*arguments)
        went_on.append(found is not None)
        return found

    monkeypatch.setattr(judging, "_usable", watched)
    study.judge_each(2)
    assert went_on == [True, True]
    with (study.folder / "perfwatch.toml").open("a") as settings:
        settings.write("[verdicts]\nrelevant_change = 0.5\n")
    study.judge()
    assert went_on == [True, True, False]


def test_what_was_told_is_scored_by_peoples_words_and_by_hindsight(study: Study) -> None:
    from perfwatch.pipeline import judging, triage

    found = standing(study.judge_each(25, slower=dict.fromkeys(RUST, 1.10)), "regression")
    triage.triage(study.config, found[0].id, "acknowledged", author="ada")
    (scored,) = judging.score(study.config).values()
    assert (scored.told, scored.undecided, scored.precision.value) == (1, 0, 1.0)
    assert (scored.recall.count, scored.recall.of) == (1, 1)
    assert scored.missed == ()


def test_a_replay_stands_beside_what_was_told(study: Study) -> None:
    from perfwatch.pipeline import judging
    from perfwatch.report import replay

    study.judge_each(5, slower=dict.fromkeys(RUST, 1.10))
    told = judging.told(study.config)
    same = judging.replay(study.config, judging.settings_of(study.config))
    (place,) = replay.as_json(same, told.events)["places"]
    assert (len(place["told_before"]), place["told_now_only"], place["told_then_only"]) == (1, [], [])
    lax = judging.replay(study.config, judging.settings_of(study.config, {"relevant_change": 0.5}))
    (place,) = replay.as_json(lax, told.events)["places"]
    assert (place["told_before"], len(place["told_then_only"])) == ([], 1)
