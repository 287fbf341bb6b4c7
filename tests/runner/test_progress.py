"""The time left comes from an earlier commit's pace, else from what is done so far."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfwatch.model import Failure, Run
from perfwatch.runner import record
from perfwatch.runner.progress import Lines, Pace, remaining_s, show, span
from perfwatch.sources import runs

# Half of the benchmarks take a tenth of the time.
UNEVEN = Pace([(0.0, 0.0), (0.5, 10.0), (1.0, 100.0)])


def test_nothing_is_promised_before_anything_is_done() -> None:
    assert remaining_s(Pace(), 0.0, 5.0, 2, None) is None


def test_without_a_model_the_rest_is_as_quick_as_the_beginning() -> None:
    pace = Pace([(0.0, 0.0), (0.2, 20.0), (0.4, 30.0)])
    # 20 s until the first word, of building above all, then a fifth in 10 s: 30 s remain, 60 s for each that follows.
    assert remaining_s(pace, 0.4, 30.0, 2, None) == pytest.approx(30 + 2 * 60)
    assert remaining_s(pace, 0.21, 30.0, 2, None) is None


def test_with_a_model_uneven_benchmarks_are_no_surprise() -> None:
    pace = Pace([(0.0, 0.0), (0.5, 10.0)])
    assert remaining_s(pace, 0.5, 10.0, 1, UNEVEN) == pytest.approx(90 + 100)
    # It counts down within a benchmark too, and never below nothing.
    assert remaining_s(pace, 0.5, 40.0, 1, UNEVEN) == pytest.approx(60 + 100)
    assert remaining_s(pace, 0.5, 500.0, 0, UNEVEN) == 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.7, "1 min 00 s"), (200, "3 min 20 s"), (3900, "1 h 05 min")]
)
def test_a_span_is_shown_as_people_say_it(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_lines_are_printed_only_where_something_changed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(2)
    for fraction in (0.0, 0.0, 0.31, 0.34, 0.42):
        lines.at(0, "abc", fraction, "echo", 61.0)
    lines.done(0, "abc in 3 s")
    assert capsys.readouterr().err.splitlines() == [
        "[1/2] abc: 0% echo, about 1 min 01 s left",
        "[1/2] abc: 31% echo, about 1 min 01 s left",
        "[1/2] abc: 42% echo, about 1 min 01 s left",
        "[1/2] abc in 3 s",
    ]


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with show(1, quiet=True) as shown:
        shown.note("a")
        shown.at(0, "a", 0.5, "b", 1.0)
        shown.done(0, "a")
    assert capsys.readouterr() == ("", "")


RUN = Run(
    commit="a" * 40,
    machine="box",
    environment="virtualenv-py3.11",
    started_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    finished_at=datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
    tool="perfwatch 0, asv 0",
    exit_code=2,
    host={"governor": None},
    selection={"bench": [], "sizes": ["30000x20"]},
    engine_digest="d",
    failures=(Failure("a.b", None, "µ\n"),),
)


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = record.write(tmp_path / "box", RUN, {"pace": UNEVEN.points})
    assert path.name == "20260102T030405.000678Z-aaaaaaaa-virtualenv-py3.11.json"
    assert runs.read(path) == RUN
    assert record.pace(path) == UNEVEN
    assert record.finished(tmp_path / "box") == [(RUN, path)]
    assert [p.name for p in (tmp_path / "box").iterdir()] == [path.name]


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"schema": "other"})])
def test_a_record_that_cannot_be_read_is_no_run(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    assert record.finished(tmp_path) == []
    assert record.pace(tmp_path / "x.json") is None
