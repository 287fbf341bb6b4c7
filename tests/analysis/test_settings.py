"""Settings: what a project writes, what asv's own say, and what is refused."""

from __future__ import annotations

import json

import pytest
from histories import key

from perfwatch.analysis.settings import Settings
from perfwatch.errors import UsageError


def test_nothing_said_is_the_defaults() -> None:
    assert Settings.from_table({}) == Settings()
    assert Settings().relevant_change == 0.03


def test_settings_survive_the_store() -> None:
    table = {"relevant_change": 0.1, "benchmark": [{"match": "echo", "absolute_floor": {"seconds": 1e-6}}]}
    settings = Settings.from_table(table, {"regressions_first_commits": {"sort": "abc"}})
    kept = json.loads(json.dumps(settings.as_json()))
    assert Settings.from_json(kept) == settings
    assert Settings.from_json(kept).as_json() == kept


def test_the_last_pattern_that_matches_wins_and_the_projects_own_outrank_asvs() -> None:
    asv = {"regressions_thresholds": {"module0": 0.5, "nowhere": 0.9}}
    table = {"relevant_change": 0.1, "benchmark": [{"match": r"case.*1|\(1\)", "relevant_change": 0.2}]}
    settings = Settings.from_table(table, asv)
    assert settings.for_series(key("module1.time_it", 0)).relevant_change == 0.1
    assert settings.for_series(key("module0.time_it", 0)).relevant_change == 0.5
    assert settings.for_series(key("module0.time_it", 1)).relevant_change == 0.2


def test_asvs_first_commits_hold_for_what_they_match_and_null_is_none() -> None:
    settings = Settings.from_table({}, {"regressions_first_commits": {"module0": "abc", "module1": None}})
    assert settings.first_commit(key("module0.time_it")) == "abc"
    assert settings.first_commit(key("module1.time_it")) is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"threshold": 0.1}, "unknown setting 'threshold'"),
        ({"relevant_change": "3 %"}, "write 0.03 for 3 %"),
        ({"relevant_change": True}, "not a fraction"),
        ({"relevant_change": -0.1}, "not a fraction"),
        ({"minimum_points": 2}, "at least 3"),
        ({"absolute_floor": 1e-6}, "not a table"),
        ({"benchmark": [{"match": "(", "relevant_change": 0.1}]}, "no pattern"),
        ({"benchmark": [{"relevant_change": 0.1}]}, "no pattern"),
        ({"benchmark": [{"match": "x", "false_discovery_rate": 0.1}]}, "unknown setting"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_write(table: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Settings.from_table(table)
