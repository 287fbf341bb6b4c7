"""Is it still the same answer: the fingerprints of a place, judged commit by commit. No store, no widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from history import measured

from perfwatch.analysis.equivalence import REFERENCE, Fingerprint, fingerprints, moves
from perfwatch.model import Acceptance, Measurement

BENCHMARKS = tuple(
    f"equivalence.track_{what}"
    for what in ("pnl", "trades", "digest", "differing", "deviation", "first_difference", "combinations")
)
COMBINATIONS = "equivalence.track_combinations"
ARCHITECTURES = (
    REFERENCE,
    "in_process",
    "rust_in_process",
    "rust_in_process_unchecked",
    "rust_batch_unix",
    "rust_batch_unchecked",
    "rust_chatty_unix",
    "rust_spawn_stdin",
)
BROKEN = ("DISAGREES", "MOVED")


def cells(
    readings: pd.DataFrame, commits: pd.DataFrame, size: str, moved: Mapping[str, str], accepted: Sequence[Acceptance]
) -> pd.DataFrame:
    """Return the state of every architecture at every commit.

    One row each, commits oldest first: columns architecture, commit_hash, state (of charts.agreement.STATES), detail,
    pnl (percentage points, summed), trades (summed), digest (13 hexadecimal digits), deviation, differing.

    Parameters
    ----------
    readings : rows of the equivalence benchmarks of one machine and environment.
    commits : columns hash, label; oldest first.
    moved : what `moves_along` found for these readings.
    """
    found = _by_place(readings, size)
    accepted_at = {a.commit: a for a in accepted}
    names = [*ARCHITECTURES, *sorted({a for a, _ in found} - set(ARCHITECTURES))]
    rows = []
    for commit in commits["hash"]:
        for name in names:
            row = found.get((name, commit), {})
            state, detail = _state(row)
            if name == REFERENCE and commit in moved:
                state, detail = "MOVED", moved[commit]
            elif name == REFERENCE and commit in accepted_at and state == "agrees":
                word = accepted_at[commit]
                state, detail = "accepted", f"accepted by {word.author}: {word.reason}"
            rows.append({"architecture": name, "commit_hash": commit, "state": state, "detail": detail, **_values(row)})
    return pd.DataFrame(rows)


def _by_place(readings: pd.DataFrame, size: str) -> dict[tuple[str, str], dict[str, Measurement]]:
    """Return the measurements by (architecture, commit), then by what they track."""
    found: dict[tuple[str, str], dict[str, Measurement]] = {}
    for m in measured(readings):
        architecture = m.key.param("architecture")
        if architecture is not None and m.key.param("size") == size:
            found.setdefault((architecture, m.commit), {})[m.key.benchmark.rpartition("track_")[2]] = m
    return found


def _state(row: dict[str, Measurement]) -> tuple[str, str | None]:
    gate = row.get("differing")
    if gate is None:
        return "not measured", None
    if gate.status != "ok" or gate.value is None:
        return ("skipped" if gate.status == "skipped" else "failed"), None
    if gate.value > 0:
        first = row.get("first_difference")
        combinations = "1 combination differs" if gate.value == 1 else f"{gate.value:,.0f} combinations differ"
        return "DISAGREES", f"{combinations}; first: {(first and first.text) or 'no detail kept'}"
    return "agrees", None


def _values(row: dict[str, Measurement]) -> dict[str, object]:
    value = {what: m.value for what, m in row.items() if m.status == "ok"}
    digest = value.get("digest")
    return {
        "pnl": value.get("pnl"),
        "trades": value.get("trades"),
        "digest": None if digest is None else f"{int(digest):013x}",
        "deviation": value.get("deviation"),
        "differing": value.get("differing"),
    }


def moves_along(
    readings: pd.DataFrame,
    everywhere: pd.DataFrame,
    line: Sequence[str],
    size: str,
    accepted: Sequence[Acceptance],
) -> dict[str, str]:
    """Return the commits at which the reference is not the fingerprint in force there, and how it differs.

    In force at a commit is the newest acceptance on its line up to it; before any, the first measured fingerprint of
    that line. It is an answer, not a timing, so whichever machine measured it counts.

    Parameters
    ----------
    readings : rows of the equivalence benchmarks of one machine and environment.
    everywhere : the reference's rows of `track_combinations` on every machine.
    line : hashes of all commits, oldest first.
    """
    here, anywhere = _references(readings, size), _references(everywhere, size)
    words = [a.commit for a in sorted(accepted, key=lambda a: a.accepted_at) if a.commit in anywhere]
    at = {commit: i for i, commit in enumerate(line)}
    first = min((at[c] for c in anywhere if c in at), default=None)
    found = {}
    for commit, now in here.items():
        if commit not in at or first is None:
            continue
        spoken = [word for word in words if word in at and at[word] <= at[commit]]
        origin = spoken[-1] if spoken else line[first]
        key = (size, REFERENCE)
        for broken in moves({key: now}, {key: anywhere[origin]}):
            combinations = "1 combination" if broken.differing == 1 else f"{broken.differing} combinations"
            found[commit] = f"differs from the fingerprint of {origin[:8]} in {combinations}; first: {broken.detail}"
    return found


def _references(readings: pd.DataFrame, size: str) -> dict[str, Fingerprint]:
    tables = readings[readings["benchmark"] == COMBINATIONS]
    return {
        m.commit: fingerprint
        for m in measured(tables)
        for key, fingerprint in fingerprints([m]).items()
        if key == (size, REFERENCE)
    }


@dataclass(frozen=True)
class Standing:
    """Equivalence at the newest commit: how many agree, which do not, and since which commit it has stood like that."""

    agreeing: int
    measured: int
    broken: tuple[str, ...]
    since: str | None
    commits: int
    agreeing_over_commits: tuple[int, ...]


def standing(grid: pd.DataFrame, commits: pd.DataFrame) -> Standing | None:
    """Return how equivalence stands at the newest commit that tracks it, None where none does."""
    looked = grid[grid["state"].isin(["agrees", "accepted", *BROKEN])]
    if looked.empty:
        return None
    order = [c for c in commits["hash"] if c in set(looked["commit_hash"])]
    newest = looked[looked["commit_hash"] == order[-1]]
    broken = {c: bool(g["state"].isin(BROKEN).any()) for c, g in looked.groupby("commit_hash")}
    since = order[-1]
    stretch = 0
    for commit in reversed(order):
        if broken[commit] != broken[order[-1]]:
            break
        since, stretch = commit, stretch + 1
    others = newest[newest["architecture"] != REFERENCE]
    label = dict(zip(commits["hash"], commits["label"], strict=True))
    counts = looked[(looked["architecture"] != REFERENCE) & (looked["state"] == "agrees")]["commit_hash"].value_counts()
    return Standing(
        agreeing=int((others["state"] == "agrees").sum()),
        measured=len(others),
        broken=tuple(newest.loc[newest["state"].isin(BROKEN), "architecture"]),
        since=label[since],
        commits=stretch,
        agreeing_over_commits=tuple(int(counts.get(c, 0)) for c in order),
    )


def summary(grid: pd.DataFrame, commit: str) -> str:
    """Return one commit's equivalence in a word or two."""
    here = grid[grid["commit_hash"] == commit]
    states = here["state"].value_counts()
    others = here[here["architecture"] != REFERENCE]
    broken = [f"{states['DISAGREES']} of {len(others)} DISAGREE"] if "DISAGREES" in states else []
    broken += ["reference MOVED"] if "MOVED" in states else []
    if broken:
        return ", ".join(broken)
    looked = others[~others["state"].isin(["not measured", "skipped"])]
    if looked.empty:
        return "not measured"
    agreeing = int((looked["state"] == "agrees").sum())
    return f"{agreeing} of {len(looked)} agree"
