"""Which benchmarks a change is measured by, and why."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from perfwatch.analysis.affected import Rules, choose, without_answers
from perfwatch.analysis.equivalence import ANSWERS
from perfwatch.errors import UsageError

ROOT = Path(__file__).parent.parent.parent
RULES = Rules.from_table(
    {
        "ignored": ["*.md", "/docs/"],
        "always": ["^smoke"],
        "suite": [
            {"paths": ["/engine/"], "bench": ["^compute", "^echo"]},
            {"paths": ["/store/**", "/engine/disk.rs"], "bench": ["^storing"]},
        ],
    }
)


def test_changes_of_ignored_files_alone_are_not_measured_and_the_rule_is_named() -> None:
    choice = choose(["README.md", "docs/deep/use.txt"], RULES)
    assert (choice.how, choice.patterns) == ("nothing", ())
    assert "README.md and 1 more" in choice.why[0]
    assert "*.md" in choice.why[1]


def test_a_suite_is_measured_when_one_of_its_paths_changed_and_the_answers_always() -> None:
    choice = choose(["engine/src/lib.rs", "docs/x.txt"], RULES)
    assert choice.how == "rules"
    assert choice.patterns == ("^smoke", "^compute", "^echo", *ANSWERS)
    assert choice.why == ("^compute, ^echo: engine/src/lib.rs changed",)
    assert choose(["engine/disk.rs"], RULES).patterns == ("^smoke", "^compute", "^echo", "^storing", *ANSWERS)


def test_a_file_that_no_rule_knows_has_everything_measured() -> None:
    choice = choose(["engine/src/lib.rs", "setup.cfg", "nobody/knows.py"], RULES)
    assert (choice.how, choice.patterns) == ("everything", ())
    assert choice.why == ("setup.cfg and 1 more changed, which no rule knows",)


def test_without_rules_everything_is_measured() -> None:
    assert choose(["README.md"], Rules()).how == "everything"


def test_who_changes_the_rules_is_not_measured_by_them() -> None:
    rules = Rules.from_table({"ignored": ["*"]})
    assert choose(["pyproject.toml"], rules).how == "nothing"
    assert choose(["engine/x", "pyproject.toml"], rules, settings_files=["pyproject.toml"]).how == "everything"


def test_what_somebody_asks_for_outranks_the_rules() -> None:
    asked = choose(["README.md"], RULES, asked=["^echo"])
    assert (asked.how, asked.patterns) == ("asked", ("^echo", *ANSWERS))
    assert choose(["README.md"], RULES, everything=True).how == "everything"


def test_no_file_changed_is_nothing_to_measure() -> None:
    assert choose([], RULES).how == "nothing"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"ignore": []}, "unknown setting 'ignore'"),
        ({"ignored": "*.md"}, "not a list"),
        ({"ignored": [""]}, "not a list"),
        ({"always": [1]}, "not a list"),
        ({"always": ["("]}, "no regular expression"),
        ({"suite": {"paths": ["x"]}}, "not an array"),
        ({"suite": [{"paths": ["x"]}]}, "without bench"),
        ({"suite": [{"paths": ["x"], "bench": ["["]}]}, "no regular expression"),
        ({"suite": [{"path": ["x"], "bench": ["x"]}]}, "unknown setting 'path'"),
        ({"ignored": ["!"]}, "cannot be read as paths"),
    ],
)
def test_rules_that_cannot_be_right_are_refused(table: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Rules.from_table(table)


def test_the_rules_of_this_project_name_benchmarks_and_files_that_there_are() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["perfwatch"]["pull"]
    rules = Rules.from_table(table)
    modules = {p.stem for p in (ROOT / "benchmarks").glob("*.py")}
    named = {b.removeprefix("^").removesuffix("[.]") for _, bench in rules.suites for b in bench}
    assert named <= modules
    for pattern in (*rules.ignored, *(p for paths, _ in rules.suites for p in paths)):
        if pattern.startswith("/") and pattern != "/docs/":
            assert (ROOT / pattern.strip("/")).exists(), pattern
    assert choose(["METHODOLOGY.md", "tests/analysis/test_affected.py"], rules).how == "nothing"
    assert "^compute[.]" in choose(["engine/src/main.rs", "README.md"], rules).patterns
    assert choose(["benchmarks/prepared.py"], rules).how == "everything"


def test_answers_are_measured_once_and_what_scatters_again() -> None:
    patterns = ("^echo", *ANSWERS)
    assert without_answers(patterns, ["echo.time_round_trip", "equivalence.track_differing"]) == ("^echo",)


def test_where_nothing_else_was_measured_or_everything_was_asked_for_it_stays_as_it_is() -> None:
    assert without_answers(("^smoke", *ANSWERS), ["equivalence.track_differing"]) == ("^smoke", *ANSWERS)
    assert without_answers(ANSWERS, ["equivalence.track_differing"]) == ANSWERS
    assert without_answers((), ["echo.time_round_trip"]) == ()
