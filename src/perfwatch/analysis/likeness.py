"""Which of two levels a commit between them is on: decided by evidence, or not at all.

Three commits are measured in turns: a good one, a bad one, and one between them. What the third is held against is the
middle of the other two, round by round, so that a host that is slower in one round is so for all three. The question is
one of a sign, and takes far less than that of how large a difference is: half the step has to be seen, not its size. A
commit that lies half-way, because two commits brought a part of the step each, is on neither side and stays in doubt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from perfwatch.analysis import sequential
from perfwatch.analysis.settings import Settings
from perfwatch.model import SeriesKey

Side = Literal["good", "bad"]
# Of a whole search: how likely one of its answers is wrong, at most. Each answer has an equal part (Bonferroni).
ERROR = 0.05


def likeness(
    good: Sequence[float], between: Sequence[float], bad: Sequence[float], *, answers: int, most: int
) -> tuple[Side | None, bool]:
    """Return the side that a commit is on, None where the rounds do not tell, and whether more would tell more.

    Parameters
    ----------
    good, between, bad : the value of each turn, in the order of the rounds; as many of each.
    answers : how many such questions the search has at most; the error is theirs together.
    most : rounds there will be at most; fixed before the first look.

    Notes
    -----
    The looks after each round are accounted for as `sequential.decide` does it. Its scatter is pooled from the commit's
    own turns and the middles, which scatter less: that is the careful side for as many of both.
    """
    middles = [_middle(a, b) for a, b in zip(good, bad, strict=True)]
    settings = Settings(relevant_change=0.0, false_discovery_rate=ERROR / max(1, answers))
    (found,) = sequential.decide({_KEY: middles}, {_KEY: between}, settings, most=most)
    if not found.is_significant:
        return None, not found.is_settled
    is_above = found.after > found.before
    return ("bad" if is_above == (_mean(bad) > _mean(good)) else "good"), False


def exact(good: float, between: float, bad: float) -> Side:
    """Return the side that a number without scatter is on: the nearer one, the bad one where it is neither's."""
    return "good" if abs(between - good) < abs(between - bad) else "bad"


# Stands for whatever is searched by: only whether it lies above or below counts.
_KEY = SeriesKey("(searched)", None, (), "", "", "seconds", "time")


def _middle(a: float, b: float) -> float:
    """Return what is as far from both: in proportion where both are positive."""
    return math.sqrt(a * b) if a > 0 and b > 0 else (a + b) / 2


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
