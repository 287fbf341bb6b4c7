"""Run records: read whole or not at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from perfwatch.errors import SourceError
from perfwatch.model import Failure, Run
from perfwatch.sources import runs

RECORD = {
    "schema": "perfwatch.run/1", "commit": "c" * 40, "machine": "box", "environment": "e",
    "started_at": "2026-01-02T03:04:05+02:00", "finished_at": None, "tool": "asv 0.6.6", "exit_code": 2,
    "host": {"cpu": "x", "governor": None}, "selection": {"bench": ["echo"], "sizes": ["30000x20"]},
    "engine_digest": "d", "failures": [{"benchmark": "b", "exit_code": None, "stderr": "words"}], "log": "of later use",
}  # fmt: skip


def test_a_record_is_read_whole(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(RECORD))
    assert runs.read(path) == Run(
        "c" * 40, "box", "e", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC), None, "asv 0.6.6", 2,
        {"cpu": "x", "governor": None}, {"bench": ["echo"], "sizes": ["30000x20"]}, "d", (Failure("b", None, "words"),),
    )  # fmt: skip


def test_only_what_must_be_known_must_be_there(tmp_path):
    least = {name: RECORD[name] for name in ("schema", "commit", "machine", "started_at", "tool")}
    run = runs.parse(json.dumps(least).encode(), tmp_path)
    assert (run.environment, run.exit_code, run.host, run.failures) == (None, None, {}, ())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "perfwatch.run/2"}, "its schema is 'perfwatch.run/2'"), ({"schema": None}, "its schema is None"),
        ({"commit": None}, "commit is None"), ({"commit": ""}, "commit is ''"), ({"started_at": "soon"}, "soon"),
        ({"started_at": 3}, "a time is 3"), ({"exit_code": "0"}, "exit_code is '0'"), ({"exit_code": True}, "True"),
        ({"host": []}, "host is []"), ({"failures": ["b"]}, "a failure is 'b'"),
        ({"failures": [{}]}, "benchmark is missing"),
    ],
)  # fmt: skip
def test_a_record_that_is_none_is_told_on_one_line(tmp_path, change, says):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(RECORD | change))
    with pytest.raises(SourceError) as caught:
        runs.read(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_field_is_named(tmp_path):
    without = {name: value for name, value in RECORD.items() if name != "tool"}
    with pytest.raises(SourceError, match="tool is missing"):
        runs.parse(json.dumps(without).encode(), tmp_path)
