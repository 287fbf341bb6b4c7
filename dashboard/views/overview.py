"""Overview: is it still the same answer, did anything get slower, and whose fault is it; then the whole suite."""

from __future__ import annotations

import data
import judgements
import pandas as pd
import state
import streamlit as st
import words
from charts.tiles import Card, banner
from frames import answers, history
from frames.headline import Facts, headline

from perfwatch.analysis.derived import SAYS
from perfwatch.analysis.triage import is_open
from views import facts, happenings, parts, places, suite

_TILES = ("compute_gap", "batched_total", "boundary_floor", "serialization_tax_encode", "serialization_tax_decode")
# The pages say the rest.
_AFFINITY, _TRANSPORT = "same-core", "unix"


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
    """Return the tiles of a derived series, of its quickest way where there are several; for none, one that says so."""
    found = history.only(derived, name=name)
    if name != "compute_gap" and (found["affinity"] == _AFFINITY).any():
        found = found[found["affinity"] == _AFFINITY]
    if (found["transport"] == _TRANSPORT).any():
        found = found[found["transport"] == _TRANSPORT]
    if found.empty:
        return [Card(words.DERIVED[name], "—", ("not measured",), says=SAYS[name])]
    made = []
    # groupby leaves out groups of a missing key unless told.
    for (transport, affinity), frame in found.groupby(["transport", "affinity"], dropna=False, sort=False):
        where = words.place(
            None if pd.isna(transport) else str(transport), None if pd.isna(affinity) else str(affinity)
        )
        label = f"{words.DERIVED[name]} · {where}" if where else words.DERIVED[name]
        made.append(parts.card(label, history.tile(frame, commits, frame["unit"].iloc[0]), SAYS[name]))
    return made


def suite_cards(counts: dict[str | None, int], judged: str | None) -> list[Card]:
    """Return tiles of what was said last of every series, for projects of any kind."""
    n = sum(counts.values())
    if judged is None:
        return [Card("Series", f"{n:,}", ("not judged yet", "run `perfwatch check`"))]
    slower = sum(counts.get(kind, 0) for kind in ("BROKEN", "FAILED", "VANISHED", "REGRESSED"))
    unclear = sum(counts.get(kind, 0) for kind in ("INCONCLUSIVE", "TOO_FEW"))
    return [
        Card("Series", f"{n:,}", (f"judged at {judged}",)),
        Card(
            "Worse",
            f"{slower:,}",
            (f"{counts.get('REGRESSED', 0):,} slower", f"{counts.get('FAILED', 0):,} failed"),
            tone="bad" if slower else "good",
            says="series whose newest verdict is slower, failed, vanished or broken",
        ),
        Card("Faster", f"{counts.get('IMPROVED', 0):,}", tone="good" if counts.get("IMPROVED") else "plain"),
        Card(
            "Cannot tell",
            f"{unclear:,}",
            ("too noisy or too few points",),
            says="series in which a change that matters could have been missed",
        ),
    ]


def first(chosen: state.Selection, commits: pd.DataFrame, standing: answers.Standing | None, failed: int) -> None:
    """Draw the sentence that answers what somebody opens this page for."""
    said, judged = judgements.said(chosen.store, chosen.version, chosen.machine, chosen.environment)
    labels = dict(zip(commits["hash"], commits["label"], strict=True))
    events = [event for event, word in happenings.of_place(chosen) if is_open(event, word)]
    found = headline(
        Facts(
            events, standing, said, judged and labels.get(judged, judged[:8]), commits["label"].iloc[-1],
            len(commits), failed, facts.age_s(chosen), labels,
        )
    )  # fmt: skip
    st.html(banner(found.says, found.tone))


def tiles(
    chosen: state.Selection, commits: pd.DataFrame, standing: answers.Standing | None, derived: pd.DataFrame
) -> None:
    """Draw the study's figures where they are measured, else what was said of the suite."""
    if standing is None and derived.empty:
        counts, judged = judgements.said(chosen.store, chosen.version, chosen.machine, chosen.environment)
        labels = dict(zip(commits["hash"], commits["label"], strict=True))
        parts.cards(suite_cards(counts, judged and labels.get(judged, judged[:8])))
        return
    cards = [equivalence_card(standing)]
    for name in _TILES:
        cards += derived_cards(derived, commits, name)
    parts.cards(cards)


chosen = state.chosen()
commits, derived, grid = facts.commits(chosen), facts.derived(chosen), facts.grid(chosen)
standing, newest = answers.standing(grid, commits), commits["hash"].iloc[-1]
failed = data.failures(chosen.store, chosen.version, newest, chosen.machine, chosen.environment)
st.title("Overview")
first(chosen, commits, standing, len(failed))
facts.where_and_when(chosen, commits)
tiles(chosen, commits, standing, derived)
facts.alarms(grid, newest, failed)
left, right = st.columns([3, 2], gap="large")
with left:
    happenings.open_events(chosen)
with right:
    places.table(chosen)
st.subheader("Suite")
suite.suite(chosen, commits)
facts.machine(chosen)
