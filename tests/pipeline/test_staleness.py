"""A runner that falls silent, through git, the store and the gate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from perfwatch import pipeline
from perfwatch.cli import run_command
from perfwatch.model import Triage
from perfwatch.pipeline.staleness import look
from perfwatch.report import check as say
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

# The project's fixture writes that everything was measured at this moment.
MEASURED_AT = datetime.fromtimestamp(1_700_000_000, UTC)
DAY = timedelta(days=1)


@pytest.fixture
def silent(project: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A project of three commits, of which two were measured, the third committed a moment later."""
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, (MEASURED_AT + timedelta(minutes=1)).isoformat())
    project.measure(project.commit("one"))
    project.measure(project.commit("two"))
    pipeline.ingest(project.config)
    project.commit("three")
    return project


def events(project: Any) -> list[tuple[str, str]]:
    with Reader(parse(project.config.store)) as reader:
        return [(e.kind, e.standing) for e, _ in reader.events()]


def test_it_is_kept_while_it_lasts_and_is_over_when_the_machine_measures_again(silent: Any) -> None:
    assert look(silent.config, MEASURED_AT + 6 * DAY) == []
    (event,) = look(silent.config, MEASURED_AT + 8 * DAY)
    assert event.commit == silent.commits[1]
    assert event.facts["waiting"] == silent.commits[2]
    assert look(silent.config, MEASURED_AT + 12 * DAY) == [event]
    assert events(silent) == [("stale runner", "CONFIRMED")]
    silent.measure(silent.commits[2])
    pipeline.ingest(silent.config)
    assert look(silent.config, MEASURED_AT + 12 * DAY) == []
    assert events(silent) == [("stale runner", "RESOLVED")]


def test_judging_leaves_it_as_it_is(silent: Any) -> None:
    look(silent.config, MEASURED_AT + 8 * DAY)
    pipeline.check(silent.config, "HEAD~1")
    assert ("stale runner", "CONFIRMED") in events(silent)


def test_a_project_says_how_long_it_waits(silent: Any) -> None:
    (silent.folder / "perfwatch.toml").write_text("stale_after_days = 0.5\n")
    assert len(look(silent.config, MEASURED_AT + 1 * DAY)) == 1


def test_the_gate_is_not_green_while_a_runner_is_silent_until_somebody_knows(
    silent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (silent.folder / "perfwatch.toml").write_text("stale_after_days = 100000\n")
    # Another machine goes on, and all is well with it.
    here = silent.folder / ".asv" / "results"
    (here / "bench-1").rename(here / "bench-0")
    silent.measure(silent.commits[1])
    silent.measure(silent.commits[2])
    for path in [*(here / "bench-0").glob("*.json")]:
        path.write_text(path.read_text().replace("bench-1", "bench-0"))
    pipeline.ingest(silent.config)
    assert pipeline.check(silent.config).exit_code == 0
    (silent.folder / "perfwatch.toml").write_text("stale_after_days = 0.5\n")
    (event,) = look(silent.config, MEASURED_AT + 1 * DAY)
    assert event.machine == "bench-0"
    found = pipeline.check(silent.config)
    assert found.exit_code == 9
    assert "bench-0 has measured nothing since" in say.text(found)
    assert pipeline.check(silent.config, machine="bench-1").exit_code == 0
    assert pipeline.check(silent.config, "HEAD").exit_code == 0
    with Writer(parse(silent.config.store)) as writer:
        writer.triage(Triage(event.id, "acknowledged", "ada", datetime.now(UTC), "it moves house"))
    found = pipeline.check(silent.config)
    assert found.exit_code == 0
    assert "it moves house" in say.text(found)


def test_a_tree_loaded_long_after_it_was_measured_names_nobody(silent: Any) -> None:
    assert look(silent.config) == []


@pytest.mark.parametrize("value", ["0", "-1", '"soon"', "true", "inf"])
def test_a_patience_that_is_none_is_refused(
    value: str, silent: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (silent.folder / "perfwatch.toml").write_text(f"stale_after_days = {value}\n")
    monkeypatch.chdir(silent.folder)
    assert run_command(["events"]) == 4
    assert "stale_after_days" in capsys.readouterr().err
