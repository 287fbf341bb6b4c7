"""When to end the rounds of a pull request, and what is told while they go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from perfwatch.analysis import look, sequential
from perfwatch.analysis.pull import Ended
from perfwatch.analysis.sequential import Decided
from perfwatch.analysis.settings import Settings
from perfwatch.analysis.turns import by_turn
from perfwatch.pipeline.sides import answers, unbuilt
from perfwatch.runner.interleave import Interleaved


@dataclass(frozen=True)
class Progress:
    """How far it is, before a turn.

    Attributes
    ----------
    turn, most_turns : its number from 1, and how many there are at most.
    commit, side : whose turn it is.
    settled, rows : series of which more rounds would not tell more, of all; none before the first look.
    worse : series that got worse, as far as known.
    left_s : seconds left at most; None while nothing speaks for a number.
    """

    turn: int
    most_turns: int
    commit: str
    side: str
    settled: int
    rows: int
    worse: int
    left_s: float | None


class Rounds:
    """Looks after each round, and ends them when they tell no more.

    Attributes
    ----------
    most : rounds at most. Where there is a budget it is set anew before the first look, when it is known how long a
        round takes: looks are planned for rounds that there will be.
    ended : why, once they have.
    """

    def __init__(
        self,
        settings: Settings,
        most: int,
        budget_s: float | None,
        clock: Callable[[], float],
        tell: Callable[[Progress], None] | None = None,
    ) -> None:
        self._settings, self._asked, self._budget_s = settings, most, budget_s
        self._clock, self._tell = clock, tell
        self._began = clock()
        self._rows: list[Decided] = []
        self._rounds = 0
        self.most = most
        self.ended: Ended = "all taken"

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first turn began."""
        return self._clock() - self._began

    def begun(self, commits: Sequence[str], number: int, of: int, commit: str) -> None:
        """Tell that a turn begins."""
        if self._tell is None:
            return
        left = None
        if self._rounds:
            turns_done = number - 1
            left = self.elapsed_s / turns_done * (2 * self.most - turns_done)
        self._tell(
            Progress(
                number,
                2 * self.most,
                commit,
                "base" if commit == commits[0] else "head",
                sum(row.is_settled for row in self._rows),
                len(self._rows),
                sum(row.word == "worse" for row in self._rows),
                left,
            )
        )

    def is_enough(self, taken: Interleaved) -> bool:
        """Return whether what was taken is enough, after a whole round."""
        self._rounds = len(taken.turns) // 2
        # First: a look is planned for the rounds that there will be.
        is_over = self._is_over()
        self._rows = self.decided(taken)
        if unbuilt(taken):
            self.ended = "not built"
        elif answers(taken.of_side(0), taken.of_side(1)).breaks:
            self.ended = "equivalence"
        elif is_over:
            self.ended = "budget"
        elif not self._rows or sequential.is_enough(self._rows):
            # Where the two have no series in common after a round, they will have none after the next.
            self.ended = "decided"
        return self.ended != "all taken"

    def decided(self, taken: Interleaved) -> list[Decided]:
        """Return what is decided of each series by what was taken."""
        old, new = (by_turn(turn.measurements for turn in taken.turns if turn.side == side) for side in (0, 1))
        return sequential.decide(old, new, self._settings, most=self.most)

    def _is_over(self) -> bool:
        if self._budget_s is None:
            return False
        if self._rounds < look.FEWEST:
            affordable = int(self._budget_s / (self.elapsed_s / self._rounds)) if self.elapsed_s > 0 else self._asked
            self.most = max(self._rounds, min(self._asked, affordable))
        return self._rounds >= self.most
