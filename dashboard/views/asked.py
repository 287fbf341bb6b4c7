"""A question of the laboratory: every way at one commit, each as a ratio to one of them, and all over commits."""

from __future__ import annotations

import pandas as pd
import state
import streamlit as st
from charts.bars import Bar, bars
from charts.line import Line
from charts.timeline import timeline as drawn_from
from components import timeline
from frames import history, laboratory
from frames.laboratory import Question, Way

from views import parts


def draw(question: Question, rows: pd.DataFrame, commits: pd.DataFrame, commit: str) -> None:
    """Draw the newest values beside their history; says how to measure what was not."""
    st.subheader(question.title)
    ways = laboratory.ways(rows, question, commit)
    if not ways:
        pattern = question.benchmark.replace(".", r"\.")
        st.info(f"Not measured at this commit: `perfwatch run --rerun --bench '^{pattern}'`, then `perfwatch ingest`.")
        return
    st.caption(question.says)
    left, right = st.columns([1, 1], gap="large")
    with left:
        made = [_bar(way, question) for way in ways]
        st.html(bars(made, question.unit, f"× {question.base}", f"{question.title}: {question.says}"))
    with right:
        lines = [Line(name, rows[rows["name"] == name]) for name in dict.fromkeys(rows["name"])]
        says = f"Line chart of {question.title.lower()} over commits, {len(lines)} ways, with 99 % intervals"
        log = laboratory.is_wide([rows])
        timeline.timeline(drawn_from(lines, commits, question.unit, log=log), says, question.benchmark)
    parts.table_below(lambda: history.table(rows, commits), len(rows), f"{question.benchmark}-table")


def _bar(way: Way, question: Question) -> Bar:
    href = state.link("explore", benchmark=question.benchmark, **{f"p_{question.by}": way.name})
    if way.found is None:
        return Bar(way.name, None, None, None, way.status, f"{way.name} {way.status}", href)
    found, ratio = way.found, way.ratio
    says = f"99 %: {history.interval(found.lower, found.upper, question.unit)}"
    if way.name != question.base and ratio is not None:
        says += f"; {_times(ratio.value)} {question.base}"
        if ratio.lower is not None and ratio.upper is not None:
            says += f", 99 %: {_times(ratio.lower)} – {_times(ratio.upper)}"
    said = "" if ratio is None else "1" if way.name == question.base else _times(ratio.value)
    return Bar(way.name, found.value, found.lower, found.upper, said, says, href)


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"
