"""What a pull request comes to: the answers, what failed, what moved, what could not have been seen; one verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from perfwatch.analysis.affected import Choice
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.sequential import Decided, Word
from perfwatch.analysis.turns import matters
from perfwatch.errors import (
    EXIT_CLEAN,
    EXIT_EQUIVALENCE_BROKEN,
    EXIT_INCONCLUSIVE,
    EXIT_INTERRUPTED,
    EXIT_NOT_MEASURED,
    EXIT_NOTHING_TO_COMPARE,
    EXIT_REGRESSION,
    gravest,
)
from perfwatch.model import Measurement, SeriesKey
from perfwatch.units import unit

# Beside what is decided of a series: it fails at HEAD only, ran at BASE only, fails at BASE only, is there since HEAD,
# fails on both sides.
RowWord: TypeAlias = Word | Literal["failed", "gone", "mended", "new", "fails on both"]
# Why the rounds ended: all were taken; more would tell no more; an answer differs; a side does not build; the time
# given was over; somebody stopped it; none was begun.
Ended = Literal["all taken", "decided", "equivalence", "not built", "budget", "interrupted", "not measured"]
SideName = Literal["base", "head"]
Conclusion = Literal["success", "failure", "neutral"]

# The gravest first: how rows are listed.
ORDER: Final[tuple[RowWord, ...]] = (
    *("failed", "gone", "worse", "unsure", "better", "mended", "new", "fails on both", "same"),
)


@dataclass(frozen=True)
class Row:
    """One series at both commits, as `sequential.Decided` has it; numbers that nobody knows are None.

    Attributes
    ----------
    kind : asv's type (`time`, `track`, …), or `derived`.
    environment : asv's name of it.
    lower, upper : of `ratio`, 95 % over all looks.
    is_allowed : somebody lets pass that it got worse.
    error : the last line of what a benchmark wrote that fails.
    """

    benchmark: str
    params: tuple[tuple[str, str], ...]
    unit: str
    kind: str
    environment: str
    word: RowWord
    before: float | None = None
    after: float | None = None
    ratio: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    scatter: float | None = None
    minimum_detectable: float | None = None
    n_before: int = 0
    n_after: int = 0
    is_exact: bool = False
    is_allowed: bool = False
    error: str | None = None

    @property
    def label(self) -> str:
        """As people know it: `benchmark(value, value)`; of a derived one its name and what it holds for."""
        values = [v for _, v in self.params]
        if self.kind == "derived":
            return " · ".join([self.benchmark.removeprefix("derived.").replace("_", " "), *values])
        return f"{self.benchmark}({', '.join(values)})" if values else self.benchmark

    @property
    def worsening(self) -> float:
        """How much worse, a logarithm; 0 where nobody can tell."""
        direction = unit(self.unit).lower_is_better
        if direction is None or self.ratio is None or self.ratio <= 0:
            return 0.0
        return math.log(self.ratio) * (1.0 if direction else -1.0)


@dataclass(frozen=True)
class Revision:
    """A side: its commit, and how somebody named it."""

    hash: str
    subject: str
    named: str


@dataclass(frozen=True)
class Unbuilt:
    """A side of which nothing could be measured."""

    side: SideName
    what: str
    error: str


@dataclass(frozen=True)
class Allowed:
    """Somebody's word that what got worse may: why, and where it was said."""

    reason: str
    source: str


@dataclass(frozen=True)
class Pull:
    """What was measured of a pull request, and what it came to.

    Attributes
    ----------
    base, head : its two sides; `is_merge_base` says that `base` is the newest commit that head has in common with what
        was named.
    tool : what measured, with versions.
    machine, size : where and what; empty where nothing was measured.
    host : what the machine told of itself, name → value as text.
    warnings : of what is not quiet about it.
    rounds, most : taken of each side (the fewer of the two), and at most.
    ended : why the rounds ended.
    elapsed_s : seconds they took.
    relevant_change : the smallest change that matters where no series has its own, a fraction.
    rows : the gravest first.
    answers : fingerprints compared; 0 says that nothing is known of the answers.
    breaks : of head against its own reference, and of its reference against base's.
    breaks_before : of base against its own reference: what head has of them is not its doing.
    controls : host control → head's turns over base's.
    artefacts : artefact → whether it is the same in both; empty where unknown.
    suite_files : changed files of the benchmarks themselves; one suite measures both sides.
    suite_of : whose suite that was.
    allowed : words that let pass what got worse; rows know whether one means them.
    strict : whether what could not be seen is a reason to fail.
    """

    project: str
    base: Revision
    head: Revision
    is_merge_base: bool
    tool: str
    choice: Choice
    machine: str = ""
    size: str = ""
    host: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    rounds: int = 0
    most: int = 0
    ended: Ended = "not measured"
    elapsed_s: float = 0.0
    relevant_change: float = 0.03
    rows: tuple[Row, ...] = ()
    answers: int = 0
    breaks: tuple[Break, ...] = ()
    breaks_before: tuple[Break, ...] = ()
    unbuilt: tuple[Unbuilt, ...] = ()
    controls: Mapping[str, float] = field(default_factory=dict)
    artefacts: Mapping[str, bool] = field(default_factory=dict)
    suite_files: tuple[str, ...] = ()
    suite_of: Literal["base", "head", "both", "neither"] = "both"
    allowed: tuple[Allowed, ...] = ()
    strict: bool = False

    def worded(self, *words: RowWord) -> list[Row]:
        """Return the rows of these words, in their order."""
        return [row for row in self.rows if row.word in words]

    @property
    def is_same_artefact(self) -> bool:
        """Whether both sides are built to the same: then what moved is the host's, or chance."""
        return bool(self.artefacts) and all(self.artefacts.values())

    @property
    def regressions(self) -> list[Row]:
        """What got worse and fails the pull request."""
        return [] if self.is_same_artefact else [row for row in self.worded("worse") if not row.is_allowed]

    @property
    def compared(self) -> list[Row]:
        """The series that both sides have a value of."""
        return self.worded("worse", "better", "same", "unsure")

    @property
    def exit_code(self) -> int:
        """The one code to end with; nothing measured is never clean."""
        if self.ended == "interrupted":
            return EXIT_INTERRUPTED
        codes = self._codes()
        return gravest(codes)

    def _codes(self) -> set[int]:
        codes = set()
        if self.breaks:
            codes.add(EXIT_EQUIVALENCE_BROKEN)
        if self.unbuilt or self.worded("failed", "gone"):
            codes.add(EXIT_NOT_MEASURED)
        if self.regressions:
            codes.add(EXIT_REGRESSION)
        if not self.compared and not self.answers:
            codes.add(EXIT_NOTHING_TO_COMPARE)
        if self.strict and self.worded("unsure"):
            codes.add(EXIT_INCONCLUSIVE)
        return codes

    @property
    def conclusion(self) -> Conclusion:
        """What a forge shows: green only where all was measured, nothing got worse, and no series stayed unsure."""
        if self.exit_code in (EXIT_EQUIVALENCE_BROKEN, EXIT_NOT_MEASURED, EXIT_REGRESSION):
            return "failure"
        has_doubt = any(row.word == "unsure" or (row.word == "worse" and row.is_allowed) for row in self.rows)
        return "success" if self.exit_code == EXIT_CLEAN and not has_doubt else "neutral"


def rows_of(
    decided: Iterable[Decided],
    before: Sequence[Measurement],
    after: Sequence[Measurement],
    errors: Mapping[SeriesKey, str],
) -> tuple[Row, ...]:
    """Return the rows of a pull request, the gravest first.

    Parameters
    ----------
    decided : of the series that both sides have values of.
    before, after : one measurement a series of each side; failed where it failed in any turn.
    errors : series → last line of what its benchmark wrote for it when it failed.
    """
    old, new = ({m.key: m for m in side} for side in (before, after))
    odd = {key: word for key in dict.fromkeys((*old, *new)) if (word := _odd(old.get(key), new.get(key))) is not None}
    rows = [_decided(d) for d in decided if d.key not in odd]
    rows += [_row(key, word, None if word in ("mended", "new") else errors.get(key)) for key, word in odd.items()]
    return tuple(sorted(rows, key=_place))


def _place(row: Row) -> tuple[int, float, str]:
    # Of what is unsure, what might have got worst first.
    size = -row.worsening if row.word != "unsure" else -(row.minimum_detectable or math.inf)
    return ORDER.index(row.word), size, row.label


def _odd(old: Measurement | None, new: Measurement | None) -> RowWord | None:
    """Return the word for a series that one side has no value of; None where both have, or neither ever had."""
    then, now = (None if m is None else m.status for m in (old, new))
    if now == "failed":
        return "fails on both" if then == "failed" else "failed"
    if then == "failed":
        return "mended" if now == "ok" else "fails on both"
    if then == "ok" and now != "ok":
        return "gone"
    if now == "ok" and then != "ok":
        return "new" if new is not None and matters(new.key) else None
    return None


def _row(key: SeriesKey, word: RowWord, error: str | None) -> Row:
    return Row(key.benchmark, key.params, key.unit, key.kind, key.environment, word, error=error)


def _decided(found: Decided) -> Row:
    key, ratio = found.key, found.ratio
    return Row(
        *(key.benchmark, key.params, key.unit, key.kind, key.environment, found.word, found.before, found.after),
        ratio=None if ratio is None else ratio.value,
        lower=None if ratio is None else ratio.lower,
        upper=None if ratio is None else ratio.upper,
        p_value=found.p_value,
        scatter=found.scatter,
        minimum_detectable=found.minimum_detectable,
        n_before=found.n_before,
        n_after=found.n_after,
        is_exact=found.is_exact,
    )
