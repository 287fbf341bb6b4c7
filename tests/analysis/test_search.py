"""Halving finds what a look at every commit finds, also where some cannot be asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfwatch.analysis.search import Answer, Found, questions, search

# Mostly answers, the last one bad, as a caller knows it to be.
LINES = st.lists(st.sampled_from(["good", "bad", "undecided", "unmeasurable"]), max_size=40).map(lambda a: [*a, "bad"])


def asked(line: list[Answer]) -> Found:
    questioned: list[int] = []

    def ask(at: int) -> Answer:
        questioned.append(at)
        return line[at]

    found = search(len(line), ask)
    assert len(set(questioned)) == len(questioned)
    assert len(line) - 1 not in questioned
    assert list(found.answers) == questioned
    return found


def looked_at_one_by_one(line: list[Answer]) -> range:
    """The oracle: what lies behind the last good commit up to the first bad one, of a line with a single step."""
    first_bad = line.index("bad")
    last_good = max((at for at in range(first_bad) if line[at] == "good"), default=-1)
    return range(last_good + 1, first_bad + 1)


@given(st.integers(1, 200), st.integers(0, 199))
def test_a_step_is_found_with_as_many_questions_as_halving_needs(n: int, step: int) -> None:
    step = min(step, n - 1)
    found = asked(["good"] * step + ["bad"] * (n - step))
    assert found.candidates == range(step, step + 1)
    assert found.is_exact
    assert len(found.answers) <= questions(n)


@given(st.integers(0, 20), st.integers(0, 20), st.data())
def test_a_step_among_commits_without_an_answer_leaves_the_candidates_a_look_at_each_leaves(
    before: int, after: int, data: st.DataObject
) -> None:
    answers = [data.draw(st.sampled_from(["good", "undecided", "unmeasurable"])) for _ in range(before)]
    answers += [data.draw(st.sampled_from(["bad", "undecided", "unmeasurable"])) for _ in range(after)]
    line = [*answers, "bad"]
    found = asked(line)
    assert found.candidates == looked_at_one_by_one(line)
    without = sum(a in ("undecided", "unmeasurable") for a in found.answers.values())
    assert len(found.answers) <= questions(len(line)) + without


@given(LINES)
def test_whatever_the_line_what_is_found_lies_between_a_good_and_a_bad_commit(line: list[Answer]) -> None:
    found = asked(line)
    assert found.good == -1 or line[found.good] == "good"
    assert line[found.bad] == "bad"
    assert all(line[at] in ("undecided", "unmeasurable") for at in found.candidates[:-1])


def test_a_single_commit_needs_no_question() -> None:
    assert asked(["bad"]) == Found(-1, 0, {})


def test_a_search_that_is_stopped_says_so_and_keeps_what_it_learnt() -> None:
    left = iter([True, True, False])
    found = search(16, lambda at: "good" if at < 5 else "bad", lambda: next(left))
    assert found.is_stopped
    assert len(found.answers) == 2
    assert 5 in found.candidates
    assert not found.is_exact
