"""What is said of a commit over all series: one verdict each, one event for what moved together, nothing for noise."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from histories import history, key, quiet, suite

from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.judge import History, Judgement, judge, replay
from perfwatch.analysis.settings import Settings
from perfwatch.model import Event, Verdict

PLAIN = Settings()
N, AT = 60, 50


def verdict(judgement: Judgement, label: str) -> Verdict:
    (found,) = [v for v in judgement.verdicts if v.key.label == label]
    return found


def events(judgement: Judgement, *kinds: str) -> list[Event]:
    return [e for e in judgement.events if (e.kind in kinds or not kinds) and e.standing != "SUSPECT"]


def test_of_two_hundred_runs_over_five_hundred_series_of_noise_no_more_than_one_in_twenty_says_something() -> None:
    """Without any change every discovery is false, so the rate over runs is the false discovery rate: 5 % stated."""
    keys = suite(modules=10, cases=50, controls=False)
    n_before, n_runs = 40, 200
    values = quiet(keys, n_before + n_runs, seed=1, scale=0.02)
    whole = history(keys, values)
    last = judge(whole.upto(n_before), PLAIN)
    speaking = 0
    for n in range(n_before + 1, n_before + n_runs + 1):
        before = {e.id for e in events(last, "regression", "improvement")}
        last = judge(whole.upto(n), PLAIN, last.state)
        speaking += bool({e.id for e in events(last, "regression", "improvement")} - before)
    assert speaking <= PLAIN.false_discovery_rate * n_runs


def test_one_slower_series_of_many_is_named_at_its_commit_and_the_others_are_left_alone() -> None:
    keys = suite(modules=20, cases=10)
    values = quiet(keys, N, seed=2)
    values[17, AT:] *= 1.10
    judgement = judge(history(keys, values), PLAIN)
    (event,) = events(judgement)
    assert (event.kind, event.standing, event.commit) == ("regression", "CONFIRMED", history(keys, values).commits[AT])
    assert [m["label"] for m in event.moved] == [keys[17].label]
    found = verdict(judgement, keys[17].label)
    assert (found.kind, found.standing, found.since) == ("REGRESSED", "CONFIRMED", event.commit)
    assert found.relevant
    assert found.ratio == pytest.approx(1.10, abs=0.01)
    assert sum(v.kind in ("REGRESSED", "IMPROVED") for v in judgement.verdicts) == 1


def test_what_moved_together_is_one_event_whose_cause_is_the_one_module() -> None:
    keys = suite(modules=4, cases=4)
    values = quiet(keys, N, seed=3)
    values[4:7, AT:] *= 1.12
    (event,) = events(judge(history(keys, values), PLAIN))
    assert (event.cause, len(event.moved)) == ("module module1", 3)


def test_faster_is_improved_and_larger_is_better_where_nothing_says_so_is_worse() -> None:
    keys = [*suite(), key("module0.track_size", 0, "track", "bytes")]
    values = quiet(keys, N, seed=4)
    values[0, AT:] *= 0.85
    values[-1, AT:] *= 1.2
    judgement = judge(history(keys, values), PLAIN)
    assert verdict(judgement, keys[0].label).kind == "IMPROVED"
    assert verdict(judgement, keys[-1].label).kind == "REGRESSED"
    assert {e.kind for e in events(judgement)} == {"regression", "improvement"}


def test_a_series_without_a_direction_gets_no_verdict() -> None:
    keys = [*suite(), key("module0.track_pnl", 0, "track", "percentage points")]
    values = quiet(keys, N, seed=4)
    values[-1, AT:] *= 1.5
    judgement = judge(history(keys, values), PLAIN)
    assert not [v for v in judgement.verdicts if v.key == keys[-1]]
    assert events(judgement) == []


def test_all_series_slower_by_the_same_is_one_host_change_and_what_slows_more_is_still_found() -> None:
    keys = suite(modules=5, cases=4)
    values = quiet(keys, N, seed=5, scale=0.005)
    values[:, AT:] *= 1.08
    hosts = tuple({"governor": "performance" if t < AT else "powersave"} for t in range(N))
    judgement = judge(history(keys, values, hosts=hosts), PLAIN)
    (event,) = events(judgement)
    assert (event.kind, event.cause) == ("host change", "host")
    assert event.facts["environment"] == {"governor": ["performance", "powersave"]}
    assert event.facts["ratio"] == pytest.approx(1.08, abs=0.01)
    values[6, AT:] *= 1.08
    judgement = judge(history(keys, values, hosts=hosts), PLAIN)
    assert [(e.kind, [m["label"] for m in e.moved]) for e in events(judgement)] == [
        ("regression", [keys[6].label]),
        ("host change", []),
    ]


def test_a_host_that_goes_to_and_fro_is_said_once() -> None:
    keys = suite(modules=5, cases=4)
    values = quiet(keys, 80, seed=6, scale=0.004)
    for start in range(40, 80, 8):
        values[:, start : start + 4] *= 1.10
    judgement = judge(history(keys, values), PLAIN)
    assert [e.kind for e in events(judgement)] == ["two-state host"]
    assert "to and fro" in events(judgement)[0].title


def test_with_equal_artefacts_a_step_is_the_hosts_and_no_alarm() -> None:
    keys = suite()
    values = quiet(keys, N, seed=7)
    values[0, AT:] *= 1.15
    same = ({"engine": "a"},) * N
    changed = tuple({"engine": "a" if t < AT else "b"} for t in range(N))
    assert events(judge(history(keys, values, artefacts=same), PLAIN)) == []
    said = [verdict(j, keys[0].label) for j in replay(history(keys, values, artefacts=same), PLAIN)[AT:]]
    assert not [v for v in said if v.ratio is not None], "nor in doubt"
    assert [e.kind for e in events(judge(history(keys, values, artefacts=changed), PLAIN))] == ["regression"]


def test_the_first_commits_of_a_new_level_are_in_doubt_and_never_unchanged() -> None:
    keys = suite()
    values = quiet(keys, N, seed=19)
    values[0, AT:] *= 1.09
    said = [verdict(j, keys[0].label) for j in replay(history(keys, values), PLAIN)[AT + 2 :]]
    assert not [v for v in said if v.kind == "UNCHANGED"]
    # As measured: the past of a shared machine, too uneven for three points to be a step.
    values = quiet(keys, 18, seed=18)
    values[0] = (
        0.926,
        1.116,
        1.067,
        1.07,
        1.076,
        1.069,
        1.076,
        1.068,
        1.089,
        0.981,
        1.054,
        1.066,
        1.067,
        1.166,
        1.157,
        1.165,
        1.163,
        1.131,
    )
    for n in (16, 17):
        found = verdict(judge(history(keys, values[:, :n]), PLAIN), keys[0].label)
        assert (found.kind, found.n_after) == ("INCONCLUSIVE", 3)
        assert "lie apart" in found.detail
        assert found.ratio == pytest.approx(1.09, abs=0.01)


def test_noise_is_hardly_ever_said_to_lie_apart() -> None:
    keys = suite(modules=10, cases=20, controls=False)
    for scale in (0.002, 0.01, 0.05):
        said = judge(history(keys, quiet(keys, N, seed=20, scale=scale)), PLAIN).verdicts
        assert len(said) == 200
        assert sum(v.ratio is not None for v in said) <= 1


def test_a_step_stands_at_the_one_commit_nearby_that_built_something_else() -> None:
    """Measured: a ratio of two kernels on a shared machine, to one of which an average too many was added."""
    keys = suite()
    values = quiet(keys, 20, seed=18)
    ratios = (0.926, 1.116, 1.067, 1.070, 1.076, 1.069, 1.076, 1.068, 1.089, 0.981, 1.054, 1.066, 1.067)
    values[0] = (*ratios, 1.166, 1.157, 1.165, 1.163, 1.131, 1.177, 1.165)
    built = tuple({"engine": "a" if t < len(ratios) else "b"} for t in range(20))
    unknown, known = (judge(history(keys, values, artefacts=a), PLAIN) for a in (({},) * 20, built))
    alone, placed = verdict(unknown, keys[0].label), verdict(known, keys[0].label)
    assert (alone.since, placed.since) == (f"{12:040x}", f"{13:040x}")
    assert placed.ratio == pytest.approx(1.09, abs=0.005)
    assert (placed.n_before, placed.n_after) == (13, 7)
    assert [e.commit for e in known.events if e.kind == "regression"] == [placed.since]


def test_what_is_not_judged_says_why() -> None:
    keys = [key(f"m.time_{name}") for name in ("old", "young", "new", "failed", "vanished", "coarse")]
    values = quiet(keys, N, seed=8, scale=0.004)
    values[1, : N - 6] = values[2, : N - 1] = np.nan
    values[3:5, -1] = np.nan
    values[5] = 1e-3 * np.exp(0.2 * np.random.default_rng(9).standard_normal(N))
    made = history(keys, values)
    made.status[3, -1] = 2
    judgement = judge(made, PLAIN)
    kinds = {v.key.benchmark: v.kind for v in judgement.verdicts}
    assert kinds == {
        "m.time_old": "UNCHANGED",
        "m.time_young": "TOO_FEW",
        "m.time_new": "NEW",
        "m.time_failed": "FAILED",
        "m.time_vanished": "VANISHED",
        "m.time_coarse": "INCONCLUSIVE",
    }
    coarse = verdict(judgement, keys[5].label)
    assert coarse.minimum_detectable is not None
    assert coarse.minimum_detectable > 0.1
    assert {e.kind for e in events(judgement)} == {"failure", "vanished benchmark"}
    expected = np.array([True, True, True, True, False, True])
    kinds = {v.key.benchmark: v.kind for v in judge(replace(made, expected=expected), PLAIN).verdicts}
    assert "m.time_vanished" not in kinds


def test_broken_answers_outrank_a_faster_kernel() -> None:
    keys = [*suite(), key("equivalence.track_combinations", 0, "track", "")]
    keys[-1] = replace(keys[-1], params=(("architecture", "'rust'"), ("size", "'s'")))
    values = quiet(keys, N, seed=10)
    values[0, AT:] *= 0.8
    broken = Break("DISAGREES", keys[-1].param("architecture") or "", keys[-1].param("size") or "", 1, "combination 0")
    made = history(keys, values)
    judgement = judge(replace(made, breaks={c: [broken] for c in made.commits[AT:]}), PLAIN)
    assert judgement.verdicts[0].kind == "BROKEN"
    assert [e.commit for e in events(judgement, "equivalence break")] == [made.commits[AT]]


def test_a_count_of_what_must_not_be_is_broken_and_not_a_regression() -> None:
    keys = [*suite(), key("features.track_late", 0, "track", "signals")]
    values = quiet(keys, N, seed=10)
    values[-1, :] = 0.0
    values[-1, AT:] = 3.0
    broken = Break("PARITY", keys[-1].label, "", 3, "3 signals were not made after their tick")
    made = history(keys, values)
    judgement = judge(replace(made, breaks={c: [broken] for c in made.commits[AT:]}), PLAIN)
    assert (judgement.verdicts[0].kind, judgement.verdicts[0].key) == ("BROKEN", keys[-1])
    assert {e.kind for e in events(judgement)} == {"equivalence break"}


def test_significant_and_relevant_are_two_questions() -> None:
    keys = suite()
    values = quiet(keys, 120, seed=11, scale=0.003)
    values[0, AT:] *= 1.02
    made = history(keys, values).upto(AT + 12)
    small = verdict(judge(made, PLAIN), keys[0].label)
    assert (small.kind, small.relevant) == ("REGRESSED", False)
    assert "by less than matters" in (small.detail or "")
    assert verdict(judge(made, Settings(relevant_change=0.01)), keys[0].label).relevant
    floored = Settings(relevant_change=0.01, absolute_floor={"seconds": 1e-3})
    assert not verdict(judge(made, floored), keys[0].label).relevant


def test_settings_of_a_pattern_and_of_asv_hold_for_the_series_they_match() -> None:
    table = {"relevant_change": 0.02, "benchmark": [{"match": "module1", "relevant_change": 0.5}]}
    asv = {"regressions_thresholds": {"module2": 0.2}, "regressions_first_commits": {"module0": f"{AT + 5:040x}"}}
    settings = Settings.from_table(table, asv)
    keys = suite()
    assert [settings.for_series(k).relevant_change for k in (keys[0], keys[3], keys[6])] == [0.02, 0.5, 0.2]
    values = quiet(keys, N, seed=12)
    values[[0, 3, 6], AT:] *= 1.12
    judgement = judge(history(keys, values), settings)
    assert verdict(judgement, keys[0].label).kind == "UNCHANGED", "before the first commit that counts"
    assert not verdict(judgement, keys[3].label).relevant
    assert not verdict(judgement, keys[6].label).relevant


def test_judging_each_commit_from_what_was_kept_is_replaying_and_survives_json() -> None:
    keys = suite(modules=4, cases=3)
    values = quiet(keys, N, seed=13)
    values[2, 35:] *= 1.15
    values[:, 45:] *= 1.06
    values[np.random.default_rng(14).random(values.shape) < 0.05] = np.nan
    made = history(keys, values)
    again = replay(made, PLAIN)
    last: Judgement | None = None
    for n, expected in enumerate(again, start=1):
        last = judge(made.upto(n), PLAIN, json.loads(json.dumps(last.state)) if last else None)
        assert (last.verdicts, last.events) == (expected.verdicts, expected.events)


def test_an_event_keeps_its_identity_from_suspicion_to_the_end() -> None:
    keys = suite()
    values = quiet(keys, N + 20, seed=15)
    values[0, AT:] *= 1.06
    values[0, AT + 14 :] /= 1.06
    known: dict[str, list[str]] = {}
    for judgement in replay(history(keys, values), PLAIN):
        for event in judgement.events:
            standings = known.setdefault(event.id, [])
            if not standings or standings[-1] != event.standing:
                standings.append(event.standing)
    regressions = [s for s in known.values() if "CONFIRMED" in s]
    assert any(s[-1] == "RESOLVED" for s in regressions)


def test_another_version_of_a_benchmark_is_another_series_and_has_not_vanished() -> None:
    keys = [*suite(), key("module0.time_it", 0, version="2")]
    values = quiet(keys, N, seed=16)
    values[0, AT:] = np.nan
    values[-1, :AT] = np.nan
    values[-1] *= 3.0
    judgement = judge(history(keys, values), PLAIN)
    assert events(judgement) == []
    assert {v.kind for v in judgement.verdicts if v.key.benchmark == "module0.time_it"} == {"TOO_FEW", "UNCHANGED"} or {
        v.kind for v in judgement.verdicts if v.key.benchmark == "module0.time_it"
    } <= {"TOO_FEW", "UNCHANGED", "INCONCLUSIVE"}


def test_a_history_of_one_commit_says_new() -> None:
    keys = suite()
    made: History = history(keys, quiet(keys, 1, seed=17))
    judgement = judge(made, PLAIN)
    assert {v.kind for v in judgement.verdicts} == {"NEW"}
    assert judgement.events == []
