"""Overview: is it still the same answer, how fast, where and when was that measured."""

from __future__ import annotations

import answers
import data
import history
import pandas as pd
import state
import streamlit as st
import words
from charts.tiles import Card

from perfwatch.analysis.derived import SAYS
from views import facts, parts

SHOWN_COMMITS = 12
_FIRST_ROW = ("compute_gap", "batched_total", "serialization_tax_encode", "serialization_tax_decode")


def equivalence_card(standing: answers.Standing | None) -> Card:
    """Return the tile that comes first: speed means nothing where the answer is wrong."""
    says = "every architecture against the reference of its own run, and the reference against the accepted fingerprint"
    if standing is None:
        return Card("Equivalence", "—", ("not tracked",), says=says)
    spark = tuple(float(n) for n in standing.agreeing_over_commits)
    commits = f"{standing.commits} commit{'s' if standing.commits > 1 else ''}"
    if standing.broken:
        names = "the reference moved" if standing.broken == ("reference",) else f"{len(standing.broken)} broken"
        return Card("Equivalence", "BROKEN", (f"since {standing.since}, {commits}",), names, "bad", spark, says)
    value = f"{standing.agreeing} of {standing.measured}"
    notes = ("architectures agree", f"since {standing.since}, {commits}")
    return Card(
        "Equivalence", value, notes, "", "good" if standing.agreeing == standing.measured else "bad", spark, says
    )


def derived_cards(derived: pd.DataFrame, commits: pd.DataFrame, name: str) -> list[Card]:
    """Return a tile for each transport and affinity a derived series was measured at; for none, one that says so."""
    found = history.only(derived, name=name)
    if found.empty:
        return [Card(words.DERIVED[name], "—", ("not measured",), says=SAYS[name])]
    made = []
    # groupby leaves out groups of a missing key unless told.
    for (transport, affinity), frame in found.groupby(["transport", "affinity"], dropna=False, sort=False):
        where = words.place(
            None if pd.isna(transport) else str(transport), None if pd.isna(affinity) else str(affinity)
        )
        label = (
            where if name == "boundary_floor" else f"{words.DERIVED[name]} · {where}" if where else words.DERIVED[name]
        )
        made.append(parts.card(label, history.tile(frame, commits, frame["unit"].iloc[0]), SAYS[name]))
    return made


def newest_commits(
    derived: pd.DataFrame, commits: pd.DataFrame, grid: pd.DataFrame, failed: dict[str, int]
) -> pd.DataFrame:
    """Return the latest commits with what matters of each, newest first."""
    shown = commits.tail(SHOWN_COMMITS).iloc[::-1]
    table = {
        "hash": shown["hash"],
        "commit": shown["label"],
        "subject": shown["subject"],
        "date": shown["committed_at"],
        "equivalence": [answers.summary(grid, commit) for commit in shown["hash"]],
        "failed": [failed.get(commit, 0) for commit in shown["hash"]],
    }
    for heading, name, affinity, transport in (
        ("compute gap", "compute_gap", None, None),
        ("batched total", "batched_total", "same-core", None),
        ("Unix floor", "boundary_floor", "same-core", "unix"),
    ):
        values = history.only(derived, name=name, affinity=affinity, transport=transport).set_index("commit_hash")
        table[heading] = [
            values["unit"].iloc[0].show(values["value"].get(commit)) if len(values) else "—" for commit in shown["hash"]
        ]
    return pd.DataFrame(table)


chosen = state.chosen()
commits, derived, grid = facts.commits(chosen), facts.derived(chosen), facts.grid(chosen)
st.title("Overview")
facts.where_and_when(chosen, commits)
facts.alarms(chosen, commits, grid)

first = [equivalence_card(answers.standing(grid, commits))]
for name in _FIRST_ROW:
    first += derived_cards(derived, commits, name)
parts.cards(first)
st.subheader("Boundary floor")
st.caption(SAYS["boundary_floor"][:1].upper() + SAYS["boundary_floor"][1:] + ".")
parts.cards(derived_cards(derived, commits, "boundary_floor"))

st.subheader("Latest commits")
st.caption("Batched total and floor with client and engine on the same core; failed counts measurements.")
failed = data.failed(chosen.store, chosen.version, chosen.machine, chosen.environment)
parts.linked(newest_commits(derived, commits, grid, failed), "latest", height="content")
facts.machine(chosen)
