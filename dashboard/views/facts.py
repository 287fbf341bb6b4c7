"""What pages say about the place they show: its commits and series, what is wrong there, the machine and the run."""

from __future__ import annotations

from datetime import UTC, datetime

import answers
import data
import fingerprints
import pandas as pd
import state
import streamlit as st
import words

from perfwatch.model import Measurement
from perfwatch.store.suite import PlaceNow
from views import parts

NOT_READABLE = "not readable"
_SHOWN_FAILURES = 6


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
    at = place_now(chosen).measured_at
    when = ""
    if at is not None:
        when = f", measured {at:%Y-%m-%d %H:%M} UTC, {words.ago((datetime.now(UTC) - at).total_seconds())}"
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


def alarms(chosen: state.Selection, found: pd.DataFrame, cells: pd.DataFrame) -> None:
    """Say plainly what is broken or failed at the newest commit; nothing where nothing is."""
    newest = found["hash"].iloc[-1]
    broken = cells[(cells["commit_hash"] == newest) & cells["state"].isin(answers.BROKEN)]
    if len(broken):
        lines = [f"- **{row.architecture}** {row.state}: {parts.literal(row.detail)}" for row in broken.itertuples()]
        st.error(
            "**Equivalence is broken at the newest commit.**\n" + "\n".join(lines), icon=":material/emergency_home:"
        )
    failed = data.failures(chosen.store, chosen.version, newest, chosen.machine, chosen.environment)
    if failed:
        _failures(failed)


def _failures(failed: list[Measurement]) -> None:
    by_benchmark: dict[str, list[Measurement]] = {}
    for m in failed:
        by_benchmark.setdefault(m.key.benchmark, []).append(m)
    count = f"{len(failed)} measurements" if len(failed) > 1 else "1 measurement"
    lines = []
    for benchmark, found in list(by_benchmark.items())[:_SHOWN_FAILURES]:
        reason = (found[0].error or "no reason was kept").strip().splitlines()[-1]
        lines.append(f"- **{parts.literal(benchmark)}**, {len(found)} × : {parts.literal(reason)}")
    if len(by_benchmark) > _SHOWN_FAILURES:
        lines.append(f"- and {len(by_benchmark) - _SHOWN_FAILURES} more benchmarks")
    st.error(f"**{count} failed at the newest commit.**\n" + "\n".join(lines), icon=":material/error:")
    with parts.unfolded("What failed, and what it wrote", "failed") as is_open:
        for benchmark, found in by_benchmark.items() if is_open else ():
            st.markdown(f"**{parts.literal(benchmark)}**")
            st.code("\n".join(m.key.label for m in found), language=None)
            st.code(found[0].error or "no reason was kept", language=None, wrap_lines=True)


def machine(chosen: state.Selection) -> None:
    """Draw what the machine told about itself, and the newest run's record; what it did not tell is "not readable"."""
    st.subheader("Machine")
    known = next((m.facts for m in data.machines(chosen.store, chosen.version) if m.name == chosen.machine), {})
    runs = [
        r
        for r in data.runs(chosen.store, chosen.version, chosen.machine)
        if r.environment in (None, chosen.environment)
    ]
    told: dict[str, object] = {k: v for k, v in known.items() if k not in ("machine", "version")}
    if runs:
        told |= runs[0].host
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
        f"What {parts.literal(chosen.machine)} told about itself, {len(told)} facts", "machine"
    ) as is_open:
        if is_open:
            rows = pd.DataFrame({"fact": list(told), "value": [_shown(k, v) for k, v in told.items()]})
            st.dataframe(rows, hide_index=True, key="machine-facts")


def _shown(name: str, value: object) -> str:
    if value in (None, ""):
        return NOT_READABLE
    if name.endswith("_bytes") or name == "ram":
        return f"{int(value) / 2**30:.1f} GiB" if str(value).isdigit() else str(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(v) for v in value)
    return str(value)
