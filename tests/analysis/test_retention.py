"""What of an old history goes: as a slow and obvious rule says, and never a step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from histories import history, key, quiet

from perfwatch.analysis.judge import is_of, judge, replay
from perfwatch.analysis.retention import KEEPS, NEIGHBOURS, Keep, outdated, thinned_state
from perfwatch.analysis.settings import Settings

FIRST = datetime(2023, 12, 25, tzinfo=UTC)


def slowly(measured, committed_at, before, keep, steps, whole):
    """Return what `outdated` returns, point by point."""
    out = np.zeros(measured.shape, bool)
    for row in range(measured.shape[0]):
        there = [c for c in range(measured.shape[1]) if measured[row, c]]
        for c in there:
            at = committed_at[c]
            if at is None or at >= before or c in whole or c in (there[0], there[-1]):
                continue
            of_stretch = {
                "none": lambda a: None,
                "daily": lambda a: a.date(),
                "weekly": lambda a: a.isocalendar()[:2],
                "monthly": lambda a: (a.year, a.month),
            }[keep]
            later = [d for d in there if d > c and committed_at[d] is not None]
            is_newest = keep != "none" and all(of_stretch(committed_at[d]) != of_stretch(at) for d in later)
            near = False
            for step in steps.get(row, ()):
                before_it = [d for d in there if d < step][-NEIGHBOURS:]
                after_it = [d for d in there if d >= step][:NEIGHBOURS]
                near |= c in before_it or c in after_it
            out[row, c] = not (is_newest or near)
    return out


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_the_rule_says_point_by_point(seed: int, keep: Keep) -> None:
    rng = np.random.default_rng(seed)
    n_series, n_commits = 5, 90
    measured = rng.random((n_series, n_commits)) < 0.7
    committed_at = [FIRST + timedelta(hours=9 * i) if rng.random() < 0.95 else None for i in range(n_commits)]
    steps = {row: sorted(rng.choice(n_commits, 2, replace=False).tolist()) for row in range(3)}
    whole = set(rng.choice(n_commits, 4, replace=False).tolist())
    before = FIRST + timedelta(hours=9 * int(rng.integers(20, 90)))
    asked = (measured, committed_at, before, keep, steps, whole)
    np.testing.assert_array_equal(outdated(*asked), slowly(*asked))


@pytest.mark.parametrize("keep", KEEPS)
def test_thinning_twice_is_thinning_once(keep: Keep) -> None:
    rng = np.random.default_rng(9)
    measured = rng.random((4, 200)) < 0.8
    committed_at = [FIRST + timedelta(hours=5 * i) for i in range(200)]
    asked = (committed_at, FIRST + timedelta(days=30), keep, {1: [40]}, {77})
    left = measured & ~outdated(measured, *asked)
    assert left.sum() < measured.sum()
    assert not outdated(left, *asked).any()


def test_what_was_told_stays_told_and_a_step_after_it_is_found_at_its_commit() -> None:
    keys = [key(f"module{i % 4}.time_{i}") for i in range(12)]
    values = quiet(keys, 150, seed=4)
    values[2, 60:] *= 1.3
    values[7, 130:] *= 1.25
    settings = Settings()
    whole = history(keys, values)
    first = replay(whole.upto(100), settings)[-1]
    told = {e.id: e for e in first.events}
    assert [e.commit for e in told.values() if e.standing == "CONFIRMED"] == [whole.commits[60]]

    committed_at = [FIRST + timedelta(days=i) for i in range(150)]
    steps = {2: [60]}
    gone = outdated(np.isfinite(values[:, :100]), committed_at[:100], committed_at[80], "weekly", steps, {60})
    kept = np.append(~gone.all(axis=0), np.ones(50, bool))
    thinned = values.copy()
    thinned[:, :100][gone] = np.nan
    names = [c for c, k in zip(whole.commits, kept, strict=True) if k]
    after = history(keys, thinned[:, kept], commits=tuple(names))
    old = {c for c, at in zip(whole.commits, committed_at, strict=True) if at < committed_at[80]}
    state = thinned_state(first.state, kept[:100], after, old)
    assert 10 < kept[:100].sum() < 60
    assert is_of(state, after)

    n = int(kept[:100].sum())
    events = {}
    for many in range(n, len(names) + 1):
        judgement = judge(after.upto(many), settings, state)
        state = judgement.state
        events = {e.id: e for e in judgement.events}
        assert set(told) <= set(events)
    assert {events[i].standing for i in told} == {e.standing for e in told.values()}
    new = [e for i, e in events.items() if i not in told and e.standing == "CONFIRMED"]
    assert [e.commit for e in new] == [whole.commits[130]]


def test_of_pure_noise_nothing_is_told_by_thinning_it() -> None:
    keys = [key(f"module{i % 4}.time_{i}") for i in range(40)]
    values = quiet(keys, 200, seed=11)
    settings = Settings()
    whole = history(keys, values)
    first = judge(whole, settings)
    committed_at = [FIRST + timedelta(hours=7 * i) for i in range(200)]
    gone = outdated(np.isfinite(values), committed_at, committed_at[150], "weekly", {}, set())
    kept = ~gone.all(axis=0)
    thinned = np.where(gone, np.nan, values)[:, kept]
    after = history(keys, thinned, commits=tuple(c for c, k in zip(whole.commits, kept, strict=True) if k))
    state = thinned_state(first.state, kept, after, set(whole.commits[:150]))
    assert [e for e in judge(after, settings, state).events if e.standing == "CONFIRMED"] == []
