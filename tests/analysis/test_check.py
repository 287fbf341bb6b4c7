"""The exit code that sums a check up: 6 over 9 over 1 over 5 over 7."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from perfwatch.analysis.changes import Missing
from perfwatch.analysis.check import Check, Place
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.triage import RERUN
from perfwatch.model import Commit, Event, Failure, SeriesKey, Triage, Verdict

COMMIT = Commit("c0ffee")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
GREEN = Place("m", "e", Commit("beef"), 3, [], [], [], {}, None)
BREAK = Break("DISAGREES", "rust_batch_unix", "9x9", 1, "combination 0")
MISSING = Missing(SeriesKey("a", None, (), "m", "e", "s", "time"), "failed", None)


def code(*places: Place) -> int:
    return Check(COMMIT, places, NOW).exit_code


def test_a_measured_commit_with_a_baseline_and_nothing_wrong_is_clean() -> None:
    assert code(GREEN) == 0


def test_nothing_measured_is_never_green() -> None:
    assert code() == 9
    assert code(replace(GREEN, measured=0)) == 9


def test_a_commit_that_did_not_build_is_not_measured() -> None:
    assert code(replace(GREEN, unbuilt=[Failure("(build)", 1, "error")])) == 9


def test_no_baseline_is_nothing_to_compare() -> None:
    assert code(replace(GREEN, baseline=None)) == 5


def test_a_failure_outranks_a_missing_baseline() -> None:
    assert code(replace(GREEN, baseline=None, missing=[MISSING])) == 9


def test_a_broken_equivalence_outranks_everything() -> None:
    assert code(replace(GREEN, baseline=None, missing=[MISSING], breaks=[BREAK])) == 6


def test_one_broken_machine_among_good_ones_is_broken() -> None:
    assert code(GREEN, replace(GREEN, machine="n", breaks=[BREAK])) == 6


KEY = SeriesKey("a.time_b", None, (), "m", "e", "seconds", "time")
SLOWER = Verdict(KEY, "c0ffee", "REGRESSED", "CONFIRMED", since="beef", ratio=1.1, relevant=True)
MOVED = {"label": "a.time_b", "ratio": 1.1, "lower": 1.09, "upper": 1.11, "family": "module a"}
REGRESSION = Event("0123456789ab", "regression", "beef", "m", "e", "CONFIRMED", "a.time_b slower", moved=(MOVED,))


def judged(event: Event = REGRESSION, verdict: Verdict = SLOWER, word: Triage | None = None) -> Place:
    return replace(GREEN, verdicts=[verdict], events=[(event, word)])


def test_a_confirmed_regression_that_matters_is_a_regression() -> None:
    assert code(judged()) == 1


def test_what_is_only_suspected_or_too_small_to_matter_is_none() -> None:
    assert code(judged(replace(REGRESSION, standing="SUSPECT"), replace(SLOWER, standing="SUSPECT"))) == 0
    assert code(judged(verdict=replace(SLOWER, relevant=False))) == 0


def test_a_suspicion_that_a_re_run_found_again_is_a_regression_and_one_it_did_not_is_none() -> None:
    suspect, slower = replace(REGRESSION, standing="SUSPECT"), replace(SLOWER, standing="SUSPECT")
    again = Triage(REGRESSION.id, "accepted", RERUN, datetime(2026, 4, 1, tzinfo=UTC))
    assert code(judged(suspect, slower, again)) == 1
    assert code(judged(suspect, slower, replace(again, state="noise"))) == 0
    assert code(judged(suspect, slower, replace(again, author="ada"))) == 0


def test_a_regression_that_has_become_the_level_is_no_news() -> None:
    assert code(judged(verdict=replace(SLOWER, kind="UNCHANGED"))) == 0


def test_a_word_takes_an_event_off_the_gate_until_it_runs_out_and_accepted_does_not() -> None:
    def word(state: str, days: int | None = None) -> Triage:
        until = None if days is None else NOW + timedelta(days=days)
        return Triage(REGRESSION.id, state, "ada", NOW, "see #12", until=until)

    assert [code(judged(word=word(state))) for state in ("acknowledged", "expected", "infra", "noise", "fixed")] == [
        0
    ] * 5
    assert [code(judged(word=word(state))) for state in ("new", "accepted")] == [1, 1]
    assert code(judged(word=word("acknowledged", days=1))) == 0
    assert code(judged(word=word("acknowledged", days=-1))) == 1


def test_failed_outranks_regressed_and_regressed_outranks_a_missing_baseline() -> None:
    assert code(replace(judged(), missing=[MISSING])) == 9
    assert code(replace(judged(), baseline=None)) == 1


def test_what_could_not_be_seen_fails_only_under_strict() -> None:
    blind = judged(verdict=replace(SLOWER, kind="INCONCLUSIVE", standing=None))
    assert code(blind) == 0
    assert Check(COMMIT, [blind], NOW, strict=True).exit_code == 7
