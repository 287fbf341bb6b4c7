"""What made a sweep behind a boundary slower or faster: the kernel, the boundary, numba itself, or the host."""

from __future__ import annotations

import judgements
import pandas as pd
import state
import streamlit as st
import words
from charts.line import Level, Line
from charts.timeline import Mark
from charts.timeline import timeline as drawn_from
from components import timeline
from frames import split
from frames.lines import Lines

from perfwatch.units import RATIO
from views import parts, split_said, steps

# What the address calls "each against the one before it".
_EACH = "before"


def draw(chosen: state.Selection, lines: Lines, commits: pd.DataFrame) -> None:
    """Draw the split: sentence, over commits, table."""
    st.subheader("What a change is made of")
    hosts = judgements.factors(chosen.store, chosen.version, chosen.machine, chosen.environment)
    within = next(iter(lines.values("affinity", "compute.time_sweep")), None)
    known = {
        name: places
        for name, service in split.SERVICES.items()
        if (places := _places(lines, service, chosen.size, within))
    }
    if not known:
        st.info(
            "A split needs a sweep in process and the same behind a boundary, both of one run at this size: "
            "`perfwatch run --bench '^(compute|boundary)'` measures them.",
            icon=":material/call_split:",
        )
        return
    one, two, three, four = st.columns(4)
    with one:
        name = state.pick(
            "service",
            list(known),
            next(iter(known)),
            st.selectbox,
            "Way",
            format_func=lambda n: split.SERVICES[n].label,
        )
    with two:
        across = state.pick(
            "across",
            known[name],
            known[name][0],
            st.selectbox,
            "Where",
            format_func=lambda a: words.AFFINITIES.get(a, a),
        )
    found = split.sweeps(lines, split.SERVICES[name], chosen.size, within, across, hosts)
    measured = commits[commits["hash"].isin(found)]
    with three:
        commit = parts.pick_commit("commit", "Commit", measured, measured["label"].iloc[-1])
    with four:
        base = _base(measured)
    changes = split.changes(found, commits["hash"].tolist(), base)
    split_said.say(found[commit], changes.get(commit), _before(commits, found, commit, base))
    labels = {steps.derived(d, size=chosen.size, affinity=across) for d in ("batched_total", "json_total")}
    labels |= {steps.derived("compute_gap", size=chosen.size)}
    labels.add(lines.label("compute.time_sweep", architecture="in_process", size=chosen.size, affinity=within))
    benchmark, architecture = split.SERVICES[name].behind
    labels.add(lines.label(benchmark, architecture=architecture, size=chosen.size, affinity=across))
    if len(found) > 1:
        _over_commits(found, commits, base, steps.of(chosen, labels))
    split_said.table(found, changes, commits)


def _over_commits(found: dict[str, split.Sweep], commits: pd.DataFrame, base: str | None, marks: list[Mark]) -> None:
    """Draw the whole and its parts over commits, against `base` or the oldest one."""
    # Against each one's own before it a step would be a lonely peak: the lines are against one commit.
    since = base or next(commit for commit in commits["hash"] if commit in found)
    drawn = split.changes(found, commits["hash"].tolist(), since)
    against = f"as at {_label(commits, since)}"
    timeline.timeline(
        drawn_from(
            [Line(label, part) for label, part in split.lines_of(drawn).items()],
            commits,
            RATIO,
            # Near 1 the two scales look the same, and a linear one has round numbers to read.
            log=split.is_wide(drawn),
            levels=[Level(1.0, against)],
            marks=marks,
        ),
        f"Line chart of a sweep's seconds over commits, {against} being 1, and of the host's, numba's, codegen's "
        "and the boundary's part in it; the parts multiply to the whole",
        "split",
    )


def _places(lines: Lines, service: split.Service, size: str | None, within: str | None) -> list[str]:
    return [
        affinity
        for affinity in lines.values("affinity", service.behind[0])
        if split.sweeps(lines, service, size, within, affinity, {})
    ]


def _base(measured: pd.DataFrame) -> str | None:
    """Return the hash of the commit chosen to compare with; None for each one's own before it."""
    labels = measured["label"].tolist()[::-1]
    hashes = dict(zip(measured["label"], measured["hash"], strict=True))
    subjects = dict(zip(measured["label"], measured["subject"], strict=True))
    chosen = state.pick(
        "base",
        [_EACH, *labels],
        _EACH,
        st.selectbox,
        "Against",
        format_func=lambda c: "the commit before" if c == _EACH else f"{c}  {subjects[c] or ''}".strip(),
    )
    return hashes.get(chosen)


def _before(commits: pd.DataFrame, found: dict[str, split.Sweep], commit: str, base: str | None) -> str | None:
    """Return the label of the commit that this one is compared with."""
    measured = [c for c in commits["hash"] if c in found]
    at = measured.index(commit)
    before = base if base is not None else measured[at - 1] if at else None
    return None if before is None else _label(commits, before)


def _label(commits: pd.DataFrame, commit: str) -> str:
    return str(commits.loc[commits["hash"] == commit, "label"].iloc[0])
