"""Settings: flags over environment over file over defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfwatch.config import load
from perfwatch.errors import UsageError


def test_flags_win_over_environment_over_file_over_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(tmp_path).size == "full"
    (tmp_path / "perfwatch.toml").write_text('size = "from-file"')
    assert load(tmp_path).size == "from-file"
    monkeypatch.setenv("PERFWATCH_SIZE", "from-environment")
    assert load(tmp_path).size == "from-environment"
    assert load(tmp_path, {"size": "from-flag"}).size == "from-flag"
    assert load(tmp_path, {"size": None}).size == "from-environment"


def test_the_root_is_the_nearest_folder_upwards_that_holds_settings(tmp_path: Path) -> None:
    (tmp_path / "asv.conf.json").write_text("{}")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert load(below).root == tmp_path


def test_a_pyproject_without_our_table_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'")
    assert load(tmp_path).store == str(tmp_path / "perfwatch.duckdb")


def test_asv_s_results_folder_and_commit_address_are_read_comments_and_all(tmp_path: Path) -> None:
    (tmp_path / "asv.conf.json").write_text('{"results_dir": "out/results", // here\n "show_commit_url": "http://x/"}')
    config = load(tmp_path)
    assert config.results_dir == tmp_path / "out" / "results"
    assert config.runs_dir == tmp_path / "out" / "runs"
    assert config.show_commit_url == "http://x/"


def test_a_relative_store_is_seen_from_where_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "perfwatch.toml").write_text('store = "kept/here.duckdb"')
    below = tmp_path / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert load().store == str(tmp_path / "kept" / "here.duckdb")
    assert load(flags={"store": "there.duckdb"}).store == str(below / "there.duckdb")


def test_a_server_location_is_not_taken_for_a_path(tmp_path: Path) -> None:
    assert load(tmp_path, {"store": "quack:host:9494"}).store == "quack:host:9494"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("size = ", "TOML"),
        ("colour = 'red'", "unknown setting 'colour'"),
        ("cores = [1]", "cores"),
        ("cores = 'a,b'", "cores"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "perfwatch.toml").write_text(text)
    with pytest.raises(UsageError, match=says) as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


def test_cores_may_be_written_as_a_list_or_as_text(tmp_path: Path) -> None:
    assert load(tmp_path, {"cores": "2,3"}).cores == (2, 3)
    (tmp_path / "perfwatch.toml").write_text("cores = [0, 1]")
    assert load(tmp_path).cores == (0, 1)


def test_the_table_of_verdicts_is_handed_on_as_it_stands_and_no_variable_can_set_it(tmp_path, monkeypatch) -> None:
    (tmp_path / "perfwatch.toml").write_text(
        '[verdicts]\nrelevant_change = 0.1\n[[verdicts.benchmark]]\nmatch = "echo"\n'
    )
    (tmp_path / "asv.conf.json").write_text('{"regressions_thresholds": {".*": 0.2}, "project": "x"}')
    monkeypatch.setenv("PERFWATCH_VERDICTS", "5")
    found = load(tmp_path)
    assert found.verdicts == {"relevant_change": 0.1, "benchmark": [{"match": "echo"}]}
    assert found.asv_regressions == {"regressions_thresholds": {".*": 0.2}}


def test_verdicts_that_are_no_table_are_refused(tmp_path) -> None:
    (tmp_path / "perfwatch.toml").write_text("verdicts = 3\n")
    with pytest.raises(UsageError, match=r"verdicts is 3, not a table; write \[tool.perfwatch.verdicts\]"):
        load(tmp_path)
