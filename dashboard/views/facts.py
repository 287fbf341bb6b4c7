"""What pages say about the place they show: its commits and series, what is wrong there, the machine and the run."""

from __future__ import annotations

from datetime import UTC, datetime

import data
import fingerprints
import pandas as pd
import state
import streamlit as st
import words
from frames import answers

from perfwatch.model import Measurement
from perfwatch.store.suite import PlaceNow
from views import parts

NOT_READABLE = "not readable"
# So many are named at once, and so many shown with what they wrote.
_SHOWN_FAILURES, _WRITTEN_FAILURES = 3, 20


def commits(chosen: state.Selection) -> pd.DataFrame:
    """Return the commits measured in the place, oldest first."""
    return data.commits(chosen.store, chosen.version, chosen.machine, chosen.environment)


def derived(chosen: state.Selection) -> pd.DataFrame:
    """Return the derived series of the place: those of the chosen size, and those that have none."""
    found = data.derived(chosen.store, chosen.version, chosen.machine, chosen.environment)
    return found[found["size"].isna() | (found["size"] == chosen.size)]


def grid(chosen: state.Selection) -> pd.DataFrame:
    """Return the state of every architecture at every commit, at the chosen size."""
    return fingerprints.grid(chosen.store, chosen.version, chosen.machine, chosen.environment, chosen.size or "")


def where_and_when(chosen: state.Selection, found: pd.DataFrame) -> None:
    """Say which commit is the newest, when it was measured and where."""
    newest = found["hash"].iloc[-1]
    at, age = place_now(chosen).measured_at, age_s(chosen)
    when = "" if at is None or age is None else f", measured {at:%Y-%m-%d %H:%M} UTC, {words.ago(age)}"
    size = f" · {words.size(chosen.size)}" if chosen.size else ""
    st.markdown(
        f"{parts.commit_line(found, newest)}{when}  \n"
        f":small[{parts.literal(chosen.machine)} · {parts.literal(_cpu(chosen))}{size}]"
    )


def place_now(chosen: state.Selection) -> PlaceNow:
    """Return the place as it is now."""
    here = (chosen.machine, chosen.environment)
    return next(p for p in data.places(chosen.store, chosen.version) if (p.machine, p.environment) == here)


def _cpu(chosen: state.Selection) -> str:
    for machine in data.machines(chosen.store, chosen.version):
        if machine.name == chosen.machine:
            return str(machine.facts.get("cpu") or f"CPU {NOT_READABLE}")
    return f"CPU {NOT_READABLE}"


def age_s(chosen: state.Selection) -> float | None:
    """Return how long ago the place's newest commit was measured; None where the results do not say."""
    at = place_now(chosen).measured_at
    return None if at is None else (datetime.now(UTC) - at).total_seconds()


def alarms(cells: pd.DataFrame, newest: str, failed: list[Measurement]) -> None:
    """Draw what stands behind a headline: which answers are wrong at the newest commit, what failed there and why."""
    broken = cells[(cells["commit_hash"] == newest) & cells["state"].isin(answers.BROKEN)]
    if len(broken):
        with st.expander("Which answers are wrong, and where first", icon=":material/emergency_home:"):
            for row in broken.itertuples():
                st.markdown(f"**{parts.literal(row.architecture)}** {row.state}: {parts.literal(row.detail)}")
            st.page_link("views/equivalence.py", label="All commits and combinations")
    if failed:
        _failures(failed)


def _failures(failed: list[Measurement]) -> None:
    by_benchmark: dict[str, list[Measurement]] = {}
    for m in failed:
        by_benchmark.setdefault(m.key.benchmark, []).append(m)
    names = ", ".join(list(by_benchmark)[:_SHOWN_FAILURES])
    more = len(by_benchmark) - _SHOWN_FAILURES
    title = f"What failed: {names}" + (f" and {more:,} more" if more > 0 else "")
    with parts.unfolded(parts.literal(title), "failed-unfolded", icon=":material/error:") as is_open:
        for benchmark, found in list(by_benchmark.items())[:_WRITTEN_FAILURES] if is_open else ():
            st.markdown(f"**{parts.literal(benchmark)}**")
            st.code("\n".join(m.key.label for m in found), language=None)
            st.code(found[0].error or "no reason was kept", language=None, wrap_lines=True)
        if len(by_benchmark) > _WRITTEN_FAILURES:
            st.caption(
                f"and {len(by_benchmark) - _WRITTEN_FAILURES:,} more benchmarks; `perfwatch check` names them all"
            )


def machine(chosen: state.Selection) -> None:
    """Draw what the machine told about itself, and the newest run's record; what it did not tell is "not readable"."""
    st.subheader("Machine")
    known = next((m.facts for m in data.machines(chosen.store, chosen.version) if m.name == chosen.machine), {})
    runs = data.runs_of(chosen.store, chosen.version, chosen.machine, chosen.environment)
    facts: dict[str, object] = {k: v for k, v in known.items() if k not in ("machine", "version")}
    if runs:
        facts |= runs[0].host
        took = (
            ""
            if runs[0].finished_at is None
            else f", took {(runs[0].finished_at - runs[0].started_at).total_seconds():,.0f} s"
        )
        st.caption(
            f"Newest run: {parts.literal(runs[0].tool)}, {runs[0].started_at:%Y-%m-%d %H:%M} UTC{took}, "
            f"exit code {runs[0].exit_code if runs[0].exit_code is not None else NOT_READABLE}."
        )
    else:
        st.caption("No record of a run; these results were made by asv itself.")
    with parts.unfolded(
        f"What {parts.literal(chosen.machine)} told about itself, {len(facts)} facts", "machine-unfolded"
    ) as is_open:
        if is_open:
            rows = pd.DataFrame({"fact": list(facts), "value": [told(k, v) for k, v in facts.items()]})
            st.dataframe(rows, hide_index=True, key="machine-facts")


def told(name: str, value: object) -> str:
    """Return a fact that a host told of itself, for people."""
    if value in (None, ""):
        return NOT_READABLE
    if name.endswith("_bytes") or name == "ram":
        return f"{int(value) / 2**30:.1f} GiB" if str(value).isdigit() else str(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(v) for v in value)
    return str(value)
