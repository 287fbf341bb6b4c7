"""Lab: what engines like this one live on: ticks, a feed, features, encodings; each way beside the others."""

from __future__ import annotations

import data
import pandas as pd
import state
import streamlit as st
from charts.ages import ages
from charts.line import Line
from charts.tiles import Card
from charts.timeline import timeline as drawn_from
from components import timeline
from frames import history, laboratory
from frames.laboratory import PER_SECOND, SECTIONS, SHARES, TIMES, Question, Section

from perfwatch.units import RATIO, SECONDS, Unit
from views import asked, facts, parts

# The share that is told at the top of a page; late ones are too rare to be compared from one run to the next.
_TILED = "0.5"


def nothing() -> None:
    """Say that this page is about something else than what is measured here."""
    st.info(
        "This page is about the laboratory of the study: ticks through shared memory, a JSON feed, rolling features, "
        "encodings. None of them is measured here. Where a project has these benchmarks, "
        "`perfwatch run --bench '^(ticks|feed|features|encodings)'` measures them, then `perfwatch ingest`.",
        icon=":material/science:",
    )
    st.page_link("views/explore.py", label="Every series that is measured here", icon=":material/query_stats:")


def tiles(section: Section, readings: pd.DataFrame, commits: pd.DataFrame, commit: str) -> None:
    """Draw what a section comes to: the best way against the base at each commit, and counts that are to be 0."""
    cards = []
    for question in section.questions:
        rows = laboratory.of_question(readings, question)
        ways = [w for w in laboratory.ways(rows, question, commit) if w.found is not None]
        if not ways:
            continue
        above, below, unit = _headline(question, ways[0].name)
        found = laboratory.ratios(rows, above, below)
        cards.append(
            parts.card(f"{question.title}: {above} / {below}", history.tile(found, commits, unit), question.says)
        )
    if section.shares is not None:
        for way, rows in laboratory.at_share(readings, section.shares, _TILED).items():
            label = f"{SHARES[_TILED].capitalize()} of the ticks, {way}"
            tile = history.tile(rows, commits, SECONDS)
            cards.append(parts.card(label, tile, "not exceeded by so many of the ticks"))
    for count in section.counts:
        n = laboratory.counted(readings, count, commit)
        tone = "plain" if n is None else "good" if n == 0 else "bad"
        cards.append(Card(count.title, "—" if n is None else f"{n:,.0f}", (count.says,), tone=tone))  # type: ignore[arg-type]
    parts.cards(cards)


def _headline(question: Question, best: str) -> tuple[str, str, Unit]:
    """Return which two ways the tile of a question is the ratio of, and how it is read."""
    if question.base == "raw":
        # The study's tax.
        return "json", "raw", RATIO
    return (best, question.base, TIMES) if question.unit is PER_SECOND else (question.base, best, TIMES)


def shares(section: Section, readings: pd.DataFrame, commits: pd.DataFrame, commit: str) -> None:
    """Draw how late the late ones are: at one commit as a histogram where there is one, and over commits."""
    if section.shares is None:
        return
    st.subheader("How long a tick takes" if section.histogram is None else "How old a tick is when it is read")
    if section.histogram is not None:
        found = laboratory.histograms(readings, section.histogram, commit)
        if found:
            st.html(ages(found))
            st.caption("Both axes are logarithmic; dashed: half and 99 % of the ticks. One stream each.")
            rows = sum(len(h.ticks) for h in found.values())
            parts.table_below(lambda: _steps(found), rows, "ages")
        else:
            st.caption(
                f"No histogram was kept at this commit; `perfwatch run --bench '^{section.histogram}'` keeps one."
            )
    share = state.pick(
        "share",
        list(SHARES),
        "0.99",
        st.segmented_control,
        "What so many did not exceed",
        format_func=SHARES.__getitem__,
    )
    lines = [Line(name, rows) for name, rows in laboratory.at_share(readings, section.shares, share).items()]
    says = f"Line chart over commits of what {SHARES[share]} of the ticks did not exceed"
    log = laboratory.is_wide(line.frame for line in lines)
    timeline.timeline(drawn_from(lines, commits, SECONDS, log=log), says, "shares")
    everything = readings[readings["benchmark"] == section.shares]
    parts.table_below(lambda: history.table(everything, commits), len(everything), "shares-table")
    st.page_link(
        "views/explore.py", label="These series in Explore", query_params={**_place(), "benchmark": section.shares}
    )


def _place() -> dict[str, str]:
    return {"machine": chosen.machine, "environment": chosen.environment}


def _steps(found: dict[str, laboratory.Histogram]) -> pd.DataFrame:
    steps = [(name, at, n) for name, h in found.items() for at, n in zip(h.at_most_s, h.ticks, strict=True)]
    return pd.DataFrame(
        {"way": [s[0] for s in steps], "at most": [SECONDS.show(s[1]) for s in steps], "ticks": [s[2] for s in steps]}
    )


chosen = state.chosen()
commits = facts.commits(chosen)
st.title("Lab")
measured = data.measured(chosen.store, chosen.version, chosen.machine, chosen.environment, laboratory.BENCHMARKS)
if not measured:
    nothing()
    st.stop()
first = next(name for name, section in SECTIONS.items() if measured & set(section.benchmarks))
name = state.pick(
    "section",
    list(SECTIONS),
    first,
    st.segmented_control,
    "Workload",
    format_func=lambda s: SECTIONS[s].title,
    label_visibility="collapsed",
)
section = SECTIONS[name]
st.markdown(section.says)
readings = data.family(chosen.store, chosen.version, chosen.machine, chosen.environment, *section.benchmarks)
there = commits[commits["hash"].isin(laboratory.measured_commits(readings, section.benchmarks))]
if there.empty:
    st.info(f"Not measured here: `perfwatch run --newest 1 --bench '^{name}'`, then `perfwatch ingest`.")
    st.stop()
commit = parts.pick_commit("commit", "Commit", there, there["label"].iloc[-1])
tiles(section, readings, commits, commit)
for question in section.questions:
    asked.draw(question, laboratory.of_question(readings, question), commits, commit)
shares(section, readings, commits, commit)
