"""Which commit of a gap brought a change: halving by questions, some of which have no answer.

The line is given by positions; the one before it is known to be good, its last one to be bad. Who is asked decides by
evidence, and may say that a commit cannot be measured, or that the evidence did not suffice: such a commit is passed
over, as by `git bisect skip`, and where it lies between the last good and the first bad one, so does doubt.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Answer = Literal["good", "bad", "undecided", "unmeasurable"]
# Asked of one position what it is like; asked of no position twice.
Ask = Callable[[int], Answer]


@dataclass(frozen=True)
class Found:
    """What a search came to: a change lies behind `good` and not behind `bad`.

    Attributes
    ----------
    good : the last position found good before `bad`; -1 is what lies before the line.
    bad : the first position found bad behind `good`.
    answers : of each position asked, in the order they were asked in.
    is_stopped : whether somebody stopped it; what lies between was then not all asked.
    """

    good: int
    bad: int
    answers: Mapping[int, Answer] = field(default_factory=dict)
    is_stopped: bool = False

    @property
    def candidates(self) -> range:
        """The positions one of which brought the change, oldest first; only one where nothing stood in doubt."""
        return range(self.good + 1, self.bad + 1)

    @property
    def is_exact(self) -> bool:
        """Whether one commit is left."""
        return len(self.candidates) == 1


def search(n: int, ask: Ask, go_on: Callable[[], bool] = lambda: True) -> Found:
    """Return where a change lies among `n` positions, the last of which is bad and the one before the first good.

    Parameters
    ----------
    n : positions, at least 1. Position `n - 1` is known to be bad and is not asked.
    ask : what a position is like.
    go_on : asked before each question; once it is not, the search ends with what it has.

    Notes
    -----
    Where the line is no plain step (worse, mended, worse again) a change is still found, for between a good and a bad
    one there always is one; which of several is left to where the halving led. About log2(n) questions where each has
    an answer, and one more for each that has none.
    """
    good, bad = -1, n - 1
    answers: dict[int, Answer] = {}
    while (at := _next(good, bad, answers)) is not None:
        if not go_on():
            return Found(good, bad, answers, is_stopped=True)
        answers[at] = ask(at)
        if answers[at] == "good":
            good = at
        elif answers[at] == "bad":
            bad = at
    return Found(good, bad, answers)


def questions(n: int) -> int:
    """Return how many questions a search among `n` positions needs at most where each has an answer."""
    return math.ceil(math.log2(n)) if n > 1 else 0


def _next(good: int, bad: int, answers: Mapping[int, Answer]) -> int | None:
    """Return the position nearest the middle that was not asked; None where none is left."""
    # Both n // 2 halves then hold as many commits: good + 1 … bad are the candidates.
    middle = (good + bad) // 2
    left = [at for at in range(good + 1, bad) if at not in answers]
    return min(left, key=lambda at: (abs(at - middle), at), default=None)
