"""Is it still the same answer: the fingerprints of a place, judged commit by commit. No store, no widgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from frames import combinations
from perfwatch.analysis.equivalence import REFERENCE
from perfwatch.model import Acceptance

# What is tracked of a sweep, beside the table of its combinations.
TRACKED = ("pnl", "trades", "digest", "differing", "deviation", "first_difference")
COMBINATIONS = "equivalence.track_combinations"
BENCHMARKS = tuple(f"equivalence.track_{what}" for what in TRACKED)
# The study's, in its order; what else was measured comes behind them.
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
_NUMBERS = ("pnl", "trades", "deviation", "differing")


def in_order(architectures: Iterable[str]) -> list[str]:
    """Return architectures in the order they are listed: the study's first, the reference on top."""
    found = set(architectures)
    return [*(a for a in ARCHITECTURES if a in found), *sorted(found - set(ARCHITECTURES))]


def cells(
    tracked: pd.DataFrame, commits: Sequence[str], moved: Mapping[str, str], accepted: Sequence[Acceptance]
) -> pd.DataFrame:
    """Return the state of every architecture at every commit.

    One row each, commits oldest first: columns architecture, commit_hash, state (of charts.agreement.STATES), detail
    (text or None), pnl (percentage points, summed), trades (summed), digest (13 hexadecimal digits or None),
    deviation, differing.

    Parameters
    ----------
    tracked : columns architecture, what (of TRACKED), commit_hash, status, value, text; what was taken last behind.
    commits : hashes, oldest first.
    moved : what `moves_along` found, by commit.
    """
    latest = tracked.drop_duplicates(["architecture", "what", "commit_hash"], keep="last")
    names = in_order(latest["architecture"])
    place = pd.MultiIndex.from_product([commits, names], names=["commit_hash", "architecture"])
    found = {
        what: rows.set_index(["commit_hash", "architecture"]).reindex(place)
        for what, rows in ((w, latest[latest["what"] == w]) for w in TRACKED)
    }
    value = {what: rows["value"].where(rows["status"] == "ok").to_numpy("float64") for what, rows in found.items()}
    frame = place.to_frame(index=False).assign(**{name: value[name] for name in _NUMBERS})
    frame["digest"] = [None if v != v else f"{int(v):013x}" for v in value["digest"].tolist()]
    gate = found["differing"]["status"].to_numpy()
    differing = value["differing"]
    frame["state"] = np.select(
        [pd.isna(gate), gate == "skipped", np.isnan(differing), differing > 0],
        ["not measured", "skipped", "failed", "DISAGREES"],
        "agrees",
    )
    frame["detail"] = np.full(len(frame), None, dtype=object)
    broken = frame.index[frame["state"] == "DISAGREES"]
    said = found["first_difference"]["text"].to_numpy()
    frame.loc[broken, "detail"] = [_differs(differing[i], said[i]) for i in broken]
    return _with_words(frame, moved, accepted)


def _differs(differing: float, first: object) -> str:
    count = "1 combination differs" if differing == 1 else f"{differing:,.0f} combinations differ"
    return f"{count}; first: {first if isinstance(first, str) and first else 'no detail kept'}"


def _with_words(frame: pd.DataFrame, moved: Mapping[str, str], accepted: Sequence[Acceptance]) -> pd.DataFrame:
    """Return the cells with what is said of the reference: that it moved, that somebody accepted it."""
    words = {a.commit: f"accepted by {a.author}: {a.reason}" for a in accepted}
    states, details = frame["state"].tolist(), frame["detail"].tolist()
    for i in np.flatnonzero(frame["architecture"] == REFERENCE):
        commit = frame["commit_hash"].iat[i]
        if commit in moved:
            states[i], details[i] = "MOVED", moved[commit]
        elif commit in words and states[i] == "agrees":
            states[i], details[i] = "accepted", words[commit]
    return frame.assign(state=states, detail=pd.Series(details, index=frame.index, dtype=object))


def in_force(anywhere: Iterable[str], line: Sequence[str], accepted: Sequence[Acceptance]) -> dict[str, str]:
    """Return, by commit, whose fingerprint holds there: that of the newest acceptance on its line up to it.

    Before any acceptance it is the first measured fingerprint of the line; before that, none.

    Parameters
    ----------
    anywhere : hashes at which the reference has a fingerprint, on whichever machine: it is an answer, not a timing.
    line : hashes of all commits, oldest first.
    """
    known = set(anywhere)
    order = [a.commit for a in sorted(accepted, key=lambda a: a.accepted_at) if a.commit in known]
    rank = {commit: i for i, commit in enumerate(order)}
    holds: dict[str, str] = {}
    now: str | None = None
    for commit in line:
        is_newer_word = commit in rank and (now not in rank or rank[commit] > rank[now])
        if is_newer_word or (now is None and commit in known):
            now = commit
        if now is not None:
            holds[commit] = now
    return holds


def moves_along(here: Mapping[str, str], anywhere: Mapping[str, str], holds: Mapping[str, str]) -> dict[str, str]:
    """Return the commits at which the reference is not the fingerprint in force there, and how it differs.

    Parameters
    ----------
    here, anywhere : the reference's tables of combinations as text by commit: of a place, and of every machine.
    holds : what `in_force` found.
    """
    found, known = {}, {}
    for commit, now in here.items():
        origin = holds.get(commit)
        if origin is None or now == anywhere[origin]:
            continue
        pair = (now, origin)
        if pair not in known:
            known[pair] = combinations.moved(now, anywhere[origin], origin)
        if known[pair] is not None:
            found[commit] = known[pair]
    return found


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
    is_broken = looked["state"].isin(BROKEN).groupby(looked["commit_hash"], sort=False).any()
    is_broken = is_broken.reindex(commits.loc[commits["hash"].isin(is_broken.index), "hash"])
    order = is_broken.index.tolist()
    newest = looked[looked["commit_hash"] == order[-1]]
    # So many of the newest commits are as the newest is.
    other = (is_broken != is_broken.iloc[-1]).to_numpy()
    stretch = int(np.argmax(other[::-1])) if other.any() else len(order)
    since = order[-stretch]
    others = newest[newest["architecture"] != REFERENCE]
    label = dict(zip(commits["hash"], commits["label"], strict=True))
    agreeing = looked[(looked["architecture"] != REFERENCE) & (looked["state"] == "agrees")]
    counts = agreeing["commit_hash"].value_counts().to_dict()
    return Standing(
        agreeing=int((others["state"] == "agrees").sum()),
        measured=len(others),
        broken=tuple(newest.loc[newest["state"].isin(BROKEN), "architecture"]),
        since=label[since],
        commits=stretch,
        agreeing_over_commits=tuple(int(counts.get(c, 0)) for c in order),
    )


@dataclass(frozen=True)
class Stretch:
    """Commits after one another at which the same architectures were broken in the same way.

    Attributes
    ----------
    first, last : hashes of its ends; between them are `commits` that were measured.
    """

    state: str
    detail: str
    architectures: tuple[str, ...]
    first: str
    last: str
    commits: int


def breaks(grid: pd.DataFrame) -> list[Stretch]:
    """Return what broke, what ended last first; a commit at which nothing was measured ends nothing."""
    known = grid[~grid["state"].isin(["not measured", "skipped"])]
    broken: dict[str, dict[tuple[str, str], list[str]]] = {commit: {} for commit in known["commit_hash"]}
    rows = known[known["state"].isin(BROKEN)]
    for commit, name, state, detail in zip(
        *(rows[column].tolist() for column in ("commit_hash", "architecture", "state", "detail")), strict=True
    ):
        broken[commit].setdefault((state, detail), []).append(name)
    found: list[Stretch] = []
    running: dict[tuple[str, str, tuple[str, ...]], Stretch] = {}
    for commit, together in broken.items():
        before, running = running, {}
        for (state, detail), names in together.items():
            key = (state, detail, tuple(names))
            begun = before.pop(key, None) or Stretch(*key, commit, commit, 0)
            running[key] = replace(begun, last=commit, commits=begun.commits + 1)
        found += before.values()
    return [*list(running.values())[::-1], *found[::-1]]


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
