"""What a split says: one commit's change in words and tiles, every commit's as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import state
import streamlit as st
import words
from charts.tiles import Card
from components.grid import Cell, Column, Pages, Row, grid
from frames import split

from perfwatch.analysis.interval import Estimate
from perfwatch.units import SECONDS
from views import parts

_ROWS = 10
_SAYS: Final = {
    "whole": "the sweep behind its boundary, after over before",
    "host": "how much slower or faster everything ran at once, as the judge told it",
    "numba": "numba in process: its own code, and the host where nobody told that apart",
    "codegen": "Rust in process over numba in process, after over before: the compute gap",
    "boundary": "behind the boundary over the same kernel in process, after over before",
}
_COLUMNS: Final = (
    Column("commit", "Commit", head=True),
    Column("took", "A sweep", "right"),
    *(Column(name, name.capitalize(), "right") for name in _SAYS),
)


def say(sweep: split.Sweep, change: split.Change | None, before: str | None) -> None:
    """Say in words what a sweep takes at the commit, and what its change is made of.

    Parameters
    ----------
    before : label of the commit that it is compared with.
    """
    codegen, boundary = words.changed(sweep.codegen.value), words.changed(sweep.boundary.value)
    st.markdown(
        f"A sweep takes **{SECONDS.show(sweep.behind.value)}** here: **{SECONDS.show(sweep.numba.value)}** as numba "
        f"in process, **{codegen}** by codegen, **{boundary}** by the boundary."
    )
    if change is None:
        st.caption("No commit before this one has been measured: there is no change to split.")
        return
    clear = [name for name in split.PARTS if (part := change.part(name)) is not None and split.is_clear(part)]
    verdict = f"beyond the scatter of the samples: **{', '.join(clear)}**" if clear else "no part beyond the scatter"
    st.markdown(f"Against `{before}` that is **{words.changed(change.whole.value)}**, {verdict}.")
    parts.cards([_card(name, change) for name in _SAYS])
    host = "" if change.host is not None else " Nobody judged both commits, so the host's part is in numba's."
    st.caption(f"The parts multiply to the whole, at every commit, without a rest; their seconds add up.{host}")


def _card(name: str, change: split.Change) -> Card:
    part, seconds = change.part(name), change.seconds(name)
    label = "The whole" if name == "whole" else name.capitalize()
    if part is None or seconds is None:
        return Card(label, "—", ("not told by a judge",), says=_SAYS[name])
    if name == "host":
        return Card(label, words.changed(part.value), (_signed(seconds), "as judged"), says=_SAYS[name])
    return Card(
        label,
        words.changed(part.value),
        (_signed(seconds), f"99 %: {_interval(part)}"),
        tone=_tone(part, "bad", "good", "plain"),  # type: ignore[arg-type]
        says=_SAYS[name],
    )


def table(found: Mapping[str, split.Sweep], changes: Mapping[str, split.Change], commits: pd.DataFrame) -> None:
    """Draw what each commit's change is made of, the newest first."""
    placed = commits[commits["hash"].isin(list(found))].iloc[::-1]
    page = state.page("split", len(placed), _ROWS)
    rows = []
    for commit in placed.iloc[_ROWS * page : _ROWS * (page + 1)].itertuples():
        took = SECONDS.show(found[commit.hash].behind.value)
        cells = [Cell(f"{commit.label}  {commit.subject or ''}".strip()), Cell(took)]
        cells += [_cell(changes.get(commit.hash), name) for name in _SAYS]
        rows.append(Row(commit.hash, tuple(cells), state.commit_url(commit.hash)))
    pages = Pages(page, _ROWS, len(placed), "split")
    grid(_COLUMNS, rows, says="What each commit's change is made of, newest first", key="split-table", pages=pages)


def _cell(change: split.Change | None, name: str) -> Cell:
    part, seconds = (None, None) if change is None else (change.part(name), change.seconds(name))
    if part is None or seconds is None:
        return Cell("—", "quiet")
    tone = _tone(part, "bad", "good", "")
    return Cell(f"{words.changed(part.value)} ({_signed(seconds)})", tone, title=f"99 %: {_interval(part)}")  # type: ignore[arg-type]


def _tone(part: Estimate, worse: str, better: str, neither: str) -> str:
    return neither if not split.is_clear(part) else worse if part.value > 1 else better


def _interval(part: Estimate) -> str:
    if part.lower is None or part.upper is None:
        return "not known"
    return f"{words.changed(part.lower)} to {words.changed(part.upper)}"


def _signed(seconds: float) -> str:
    if seconds == 0:
        return "0 s"
    return f"{'−' if seconds < 0 else '+'}{SECONDS.show(float(f'{abs(seconds):.3g}'))}"
