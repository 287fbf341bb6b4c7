"""What a message says beyond its event comes from the store: the commit before, what stood, the series as measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from perfwatch.config import Config, load
from perfwatch.model import Commit, Event, SeriesKey, Triage, Verdict
from perfwatch.pipeline.around import Surroundings
from perfwatch.report.message import of_event
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HASHES = [f"{n:08x}" * 5 for n in range(1, 9)]
GUILTY = HASHES[5]
MOVED = {"label": "a.time_b", "ratio": 1.1, "lower": 1.09, "upper": 1.11, "family": "module a"}
EVENT = Event(
    "0123456789ab",
    "regression",
    GUILTY,
    "m",
    "py",
    "CONFIRMED",
    "a.time_b 10.0 % slower and 1 more",
    "module a",
    ({**MOVED, "label": "derived.gap"}, MOVED),
)


SWEEPS = [["'in_process'", "'rust_in_process'"], ["'30000x20'"], ["'one-core'"]]
NAMES = ["architecture", "size", "affinity"]
GAP = "derived.compute_gap(30000x20)"


def result(number: int) -> dict[str, Any]:
    return {
        "commit_hash": HASHES[number],
        "env_name": "py",
        "date": 1_772_323_200_000 + number,
        "params": {"machine": "m"},
        "python": "3.11",
        "requirements": {},
        "env_vars": {},
        "result_columns": ["result", "params", "version", "started_at", "stats_ci_99_a", "stats_ci_99_b"],
        "results": {
            "a.time_b": [[0.1 if number < 5 else 0.11], []],
            "c.time_d": [[1.0], []],
            "compute.time_sweep": [[0.1, 0.105 if number < 5 else 0.12], SWEEPS, None, None, [0.09, 0.1], [0.11, 0.13]],
        },
        "durations": {},
        "version": 2,
    }


def verdict(benchmark: str, kind: Any) -> Verdict:
    return Verdict(SeriesKey(benchmark, None, (), "m", "py", "seconds", "time"), GUILTY, kind)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Reader, Config]]:
    """Eight commits of which the fifth was not measured, with a regression at the sixth."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "m"
    folder.mkdir(parents=True)
    sweep = {"name": "compute.time_sweep", "param_names": NAMES, "params": SWEEPS, "unit": "seconds", "type": "time"}
    (folder.parent / "benchmarks.json").write_text(json.dumps({"version": 2, "compute.time_sweep": sweep}))
    for number in (0, 1, 2, 3, 5, 6, 7):
        (folder / f"{HASHES[number][:8]}-py.json").write_text(json.dumps(result(number)))
    (tmp_path / "perfwatch.toml").write_text('public_url = "https://perf.example.org"\n')
    config = load()
    line = [Commit(h, NOW, "Ada", f"change {i}", position=i) for i, h in enumerate(HASHES)]
    with Writer(parse(config.store)) as writer:
        writer.load(folder.parent, None, line)
        writer.keep(
            "m",
            "py",
            GUILTY,
            verdicts=[verdict("a.time_b", "REGRESSED"), verdict("c.time_d", "UNCHANGED")],
            events=[EVENT, replace(EVENT, id="ffffffffffff", kind="host change", moved=())],
            factors={},
            settings={},
            inputs_digest="",
            state={"digest": ""},
        )
        writer.triage(Triage(EVENT.id, "accepted", "ada", NOW, "I am on it"))
    with Reader(parse(config.store)) as reader:
        yield reader, config


def test_what_the_store_knows_around_an_event_is_told(kept: tuple[Reader, Config]) -> None:
    reader, config = kept
    around = Surroundings(reader, config, NOW)
    found = around.of(EVENT)
    assert found.before is not None
    assert (found.before.hash, found.gap) == (HASHES[3], 1)
    assert found.stood == ["module c"]
    assert [e.id for e in found.others] == ["ffffffffffff"]
    assert [w.reason for w in found.words] == ["I am on it"]
    # What is computed is in no store: the series is the first that was measured.
    assert found.history is not None
    assert found.history.label == "a.time_b"
    assert found.history.values == (0.1, 0.1, 0.1, 0.1, 0.11, 0.11, 0.11)
    assert found.history.commits[found.history.at] == GUILTY
    notice = of_event(EVENT, found.words[-1], around.commits[GUILTY], context=found)
    assert notice.chart is not None
    for words in ("by Ada", "while module c stood still", "▁▁▁▁|███", "bisect 000000040000 000000060000", "I am on it"):
        assert words in notice.text


def test_an_event_without_a_series_has_no_chart(kept: tuple[Reader, Config]) -> None:
    reader, config = kept
    around = Surroundings(reader, config, NOW)
    assert around.of(replace(EVENT, kind="host change", moved=())).history is None
    assert around.of(replace(EVENT, moved=({**MOVED, "label": "derived.gap"},))).history is None


def test_what_is_computed_is_drawn_where_nothing_measured_moved(kept: tuple[Reader, Config]) -> None:
    reader, config = kept
    event = replace(EVENT, moved=({**MOVED, "label": GAP},))
    found = Surroundings(reader, config, NOW).of(event).history
    assert found is not None
    assert (found.label, found.commits[found.at]) == (GAP, GUILTY)
    assert found.values == pytest.approx((1.05,) * 4 + (1.2,) * 3)
    assert found.lower[0] is not None
    assert found.lower[0] < 1.05
    notice = of_event(event, None, None, context=Surroundings(reader, config, NOW).of(event))
    assert notice.chart is not None
    assert "▁▁▁▁|███" in notice.text


def test_a_chart_that_not_everybody_may_see_stands_in_no_message(kept: tuple[Reader, Config]) -> None:
    reader, config = kept
    closed = replace(config, login={"client_id": "x"})
    messages = [of_event(EVENT, None, None, context=Surroundings(reader, c, NOW).of(EVENT)) for c in (config, closed)]
    assert [".svg" in m.markdown for m in messages] == [True, False]
