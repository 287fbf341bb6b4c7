"""A pull request in blocks: the verdict, the answers, what moved, what could not have been seen, how it was done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.pull import Pull, Row, RowWord
from perfwatch.report import pull_words as words
from perfwatch.report.bars import bars
from perfwatch.report.blocks import (
    Alarm,
    Block,
    Bullets,
    Code,
    Details,
    Heading,
    Inline,
    Line,
    Paragraph,
    Strong,
    Table,
    Verbatim,
)
from perfwatch.report.check import alike
from perfwatch.report.forest import Ratio
from perfwatch.report.plain import short
from perfwatch.report.pull_measured import measured, reproduce
from perfwatch.units import unit

# More of each is folded away, or in the document; nobody reads on.
SHOWN_BREAKS, SHOWN_FAILED, SHOWN_MOVED, SHOWN_DERIVED, SHOWN_BLIND, SHOWN_BARS = 10, 10, 20, 30, 5, 24
_LONGEST_LABEL, _LONGEST_DETAIL, _LONGEST_SUBJECT = 120, 500, 200

_SAYS = {
    "worse": "worse",
    "better": "better",
    "same": "same",
    "unsure": "unsure",
    "failed": "fails now",
    "gone": "not measured now",
    "mended": "works again",
    "new": "new",
    "fails on both": "fails on both",
}


def blocks(pull: Pull, listed: int) -> list[Block]:
    """Return what is told of a pull request, the gravest first.

    Parameters
    ----------
    listed : rows at most in the list of all series at the end; 0 for no list.
    """
    return [
        Heading(f"perfwatch: {words.title(pull)}", 1),
        Paragraph(_sides(pull)),
        *_breaks(pull),
        *_failed(pull),
        *_passed_over(pull),
        *_derived(pull),
        *_moved(pull),
        *_plot(pull),
        *_answers(pull),
        *_blind(pull),
        Heading("How it was measured"),
        Bullets(measured(pull)),
        Verbatim(reproduce(pull), "sh"),
        *_all(pull, listed),
    ]


def plotted(pull: Pull) -> list[Ratio]:
    """Return what a plot shows: what moved, then what is derived, then the rest; what is exact and same is left out."""
    rows = [r for r in pull.compared if not (r.is_exact and r.word == "same")]
    tones = {"worse": True, "better": False}
    # Stable: within each they keep the order of the rows.
    ordered = sorted(rows, key=lambda r: (r.word not in tones, r.kind != "derived" and r.word not in tones))
    return [Ratio(r.label, r.ratio, r.lower, r.upper, tones.get(r.word)) for r in ordered if r.ratio is not None]


def _sides(pull: Pull) -> Line:
    base, head = pull.base, pull.head
    common: tuple[Inline, ...] = ()
    if pull.is_merge_base and base.named != base.hash:
        is_hash = re.fullmatch(r"[0-9a-f]{40}", base.named)
        common = (" (where it left ", Code(base.named[:8]) if is_hash else short(base.named, 80), ")")
    return (
        Code(head.hash[:8]),
        f" {short(head.subject, _LONGEST_SUBJECT)} against ",
        Code(base.hash[:8]),
        f" {short(base.subject, _LONGEST_SUBJECT)}",
        *common,
    )


def _breaks(pull: Pull) -> Iterator[Block]:
    if not pull.breaks:
        return
    found = alike(pull.breaks)
    better = len(pull.worded("better"))
    faster = f" {words.count(better)} got better with it: that does not count." if better else ""
    yield Alarm((f"The answer changed. A faster kernel that changes an answer is a failure.{faster}",))
    yield Paragraph((Strong("First that differs"), ": ", Code(short(found[0][0].detail, _LONGEST_DETAIL))))
    before = set(pull.breaks_before)
    yield Bullets([_break(one, names, one in before) for one, names in found[:SHOWN_BREAKS]])
    if len(found) > SHOWN_BREAKS:
        yield Paragraph((f"… and {len(found) - SHOWN_BREAKS:,} more",))
    if any(one.kind == "MOVED" for one, _ in found):
        yield Paragraph(("If the reference was meant to move, say so once it has landed: ", Code("perfwatch accept")))


def _break(found: Break, names: Sequence[str], is_old: bool) -> Line:
    shown = ", ".join(short(name, _LONGEST_LABEL) for name in names[:6]) + (" …" if len(names) > 6 else "")
    line: list[Inline] = [Code(shown)]
    if found.kind == "PARITY":
        line.append(f": {short(found.detail, _LONGEST_DETAIL)}")
    else:
        what = "the reference moved" if found.kind == "MOVED" else "not the reference's answer"
        line.append(f" at {short(found.size, 60)}: {what}, {words.count(found.differing, 'combination')}")
    if is_old:
        line.append("; so it was at base already")
    return line


def _failed(pull: Pull) -> Iterator[Block]:
    lines: list[Line] = [
        (Strong(f"{one.side} was not measured"), f": {one.what} ", Code(short(one.error, _LONGEST_DETAIL)))
        for one in pull.unbuilt
    ]
    rows = pull.worded("failed", "gone")
    for row in rows[:SHOWN_FAILED]:
        line: list[Inline] = [Code(short(row.label, _LONGEST_LABEL)), f" {_SAYS[row.word]}"]
        line += [": ", Code(short(row.error, _LONGEST_DETAIL))] if row.error else []
        lines.append(line)
    if len(rows) > SHOWN_FAILED:
        lines.append((f"… and {len(rows) - SHOWN_FAILED:,} more",))
    others: tuple[tuple[RowWord, str], ...] = (
        ("fails on both", "fail on both sides"),
        ("mended", "work again"),
        ("new", "are new"),
    )
    for word, what in others:
        some = pull.worded(word)
        if some:
            lines.append((f"{words.count(len(some))} {what}: ", Code(words.named(some[0])), " …" * (len(some) > 1)))
    if lines:
        yield Bullets(lines)


def _passed_over(pull: Pull) -> Iterator[Block]:
    """Yield why something that got worse does not fail the pull request."""
    worse = pull.worded("worse")
    if pull.is_same_artefact:
        same = ", ".join(pull.artefacts)
        said = f"Both sides are built to the same ({short(same, 200)}): a difference of their timings is the host's."
        yield Paragraph((said,))
    elif any(row.is_allowed for row in worse):
        some = [row for row in worse if row.is_allowed]
        yield Paragraph((Strong("Allowed to get worse"), f": {len(some):,} of {len(worse):,} that did."))
        yield Bullets([(f"{short(one.source, 100)}: {short(one.reason, 300)}",) for one in pull.allowed[:SHOWN_FAILED]])


def _derived(pull: Pull) -> Iterator[Block]:
    rows = [r for r in pull.compared if r.kind == "derived"]
    if not rows:
        return
    yield Heading("Within one run")
    yield _table(rows[:SHOWN_DERIVED], "what")
    if len(rows) > SHOWN_DERIVED:
        yield Paragraph((f"… and {len(rows) - SHOWN_DERIVED:,} more",))


def _moved(pull: Pull) -> Iterator[Block]:
    rows = [r for r in pull.worded("worse", "better") if r.kind != "derived"]
    if not rows:
        return
    yield Heading("What moved")
    yield _table(rows[:SHOWN_MOVED], "benchmark")
    if len(rows) > SHOWN_MOVED:
        yield Paragraph((f"… and {len(rows) - SHOWN_MOVED:,} more",))


def _table(rows: Sequence[Row], heading: str) -> Table:
    cells = [
        (
            (Code(short(row.label, _LONGEST_LABEL)),),
            (unit(row.unit).show(row.before),),
            (unit(row.unit).show(row.after),),
            (Strong(words.change(row)) if row.word in ("worse", "better") else words.change(row),),
            (words.interval(row),),
            (_SAYS[row.word] + ", allowed" * row.is_allowed,),
        )
        for row in rows
    ]
    return Table((heading, "base", "head", "change", "95 % interval", ""), cells, frozenset({1, 2, 3, 4}))


def _plot(pull: Pull) -> Iterator[Block]:
    lines = bars(plotted(pull)[:SHOWN_BARS])
    if lines:
        yield Verbatim(lines, "text")


def _answers(pull: Pull) -> Iterator[Block]:
    if pull.breaks or not pull.compared:
        return
    if pull.answers:
        yield Paragraph((Strong("The answers are the same"), f": {words.count(pull.answers, 'fingerprint')} compared."))
    else:
        yield Paragraph(("No answers were compared: this says how fast it is, not whether it is still right.",))


def _blind(pull: Pull) -> Iterator[Block]:
    """Yield what could not have been seen: the series that stayed unsure, and how small a change the rest showed."""
    scattering = [r for r in pull.compared if not r.is_exact]
    if not scattering or pull.ended in ("equivalence", "not built"):
        # It ended before anything could be seen of the timings, and on purpose.
        return
    yield Heading("What could not have been seen")
    unsure = pull.worded("unsure")
    known = [r.minimum_detectable for r in scattering if r.word != "unsure" and r.minimum_detectable is not None]
    lines: list[Line] = []
    if known:
        told = f"{100 * max(known):.1f} %"
        lines.append(
            (f"In {words.count(len(known))} a change of {told} or more would have been found four times in five.",)
        )
    if unsure:
        lines.append(
            (
                f"{words.count(len(unsure))} stayed unsure: a change that matters is neither told of nor excluded. It "
                "would have been found four times in five, the bluntest first, from this size on: ",
                *_listed(unsure),
            )
        )
    if any(r.minimum_detectable is None for r in unsure):
        lines.append(
            (
                "“none”: so few rounds tell of no change among so many series, since two states of a benchmark look "
                "like one; measure more (--rounds) or fewer benchmarks (--bench).",
            )
        )
    yield Bullets(lines)


def _listed(rows: Sequence[Row]) -> Iterator[Inline]:
    for i, row in enumerate(rows[:SHOWN_BLIND]):
        yield from ("; " if i else "", Code(words.named(row)), f" {words.detectable(row)}")
    if len(rows) > SHOWN_BLIND:
        yield f"; … and {len(rows) - SHOWN_BLIND:,} more"


def _all(pull: Pull, listed: int) -> Iterator[Block]:
    rows = pull.rows[:listed]
    if not rows:
        return
    cells = [
        (
            (Code(short(row.label, _LONGEST_LABEL)),),
            (unit(row.unit).show(row.before),),
            (unit(row.unit).show(row.after),),
            (words.change(row),),
            (words.interval(row),),
            (words.detectable(row) if row.word in ("worse", "better", "same", "unsure") else "—",),
            (_SAYS[row.word],),
        )
        for row in rows
    ]
    headings = ("series", "base", "head", "change", "95 % interval", "could be seen", "")
    more = len(pull.rows) - len(rows)
    rest = [Paragraph((f"… and {more:,} more; the document of the run has all of them.",))] if more else []
    yield Details(f"All {words.count(len(pull.rows))}", [Table(headings, cells, frozenset({1, 2, 3, 4, 5})), *rest])
