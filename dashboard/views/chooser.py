"""A commit to choose: from a short list, or by whatever it is called."""

from __future__ import annotations

from collections.abc import Sequence

import data
import pandas as pd
import state
import streamlit as st
from frames import finding

from perfwatch.model import Ref
from views import parts

# A list of all commits would be sent to every browser with every run; whatever is not in it is found by typing.
_NEWEST, _NAMED, _MATCHES = 40, 40, 8
_DIGITS = 12


def choose(chosen: state.Selection, parameter: str, label: str, commits: pd.DataFrame, default: str) -> str:
    """Return the hash chosen; typed may be the start of a hash, a tag, a branch, or words of a subject.

    The address holds the hash, since names move; one that says something else is followed once.

    Parameters
    ----------
    default : the hash to begin with.
    """
    refs = data.refs(chosen.store, chosen.version)
    asked = str(st.session_state.get(parameter) or state.asked(parameter, "")).strip()
    matching = finding.find(asked, commits, refs) if asked else []
    held = st.session_state.get(f"{parameter}-held") if asked else None
    hash_ = matching[0] if len(matching) == 1 else held if held in set(commits["hash"]) else default
    shown = _texts(commits, refs)
    st.session_state[parameter] = hash_[:_DIGITS]
    options = list(dict.fromkeys([h[:_DIGITS] for h in _listed(commits, refs, hash_)]))
    st.selectbox(
        label,
        options,
        key=parameter,
        format_func=lambda short: shown.get(short, short),
        accept_new_options=True,
        filter_mode="contains",
        help="Type the start of a hash, a tag, a branch, or words of a subject, then Enter.",
    )
    st.session_state[f"{parameter}-held"] = hash_
    state.ask(**{parameter: hash_[:_DIGITS]})
    if asked and len(matching) != 1:
        _say(chosen, parameter, asked, commits, refs, [(h, shown[h[:_DIGITS]]) for h in matching])
    return hash_


def _texts(commits: pd.DataFrame, refs: Sequence[Ref]) -> dict[str, str]:
    """Return what stands in the list for each commit, by the start of its hash: label, names, subject."""
    names = finding.names_of(commits, refs)
    return {
        h[:_DIGITS]: "  ".join(filter(None, [label, ", ".join(names.get(h, ())), subject or ""]))
        for h, label, subject in zip(commits["hash"], commits["label"], commits["subject"], strict=True)
    }


def _listed(commits: pd.DataFrame, refs: Sequence[Ref], also: str) -> list[str]:
    """Return the commits of the list: the chosen one if it is old, the newest, and those that have names."""
    newest = commits["hash"].tolist()[::-1]
    named = finding.names_of(commits, refs)
    known = [h for h in newest if h in named]
    return [*([] if also in newest[:_NEWEST] else [also]), *newest[:_NEWEST], *known[:_NAMED]]


def _say(
    chosen: state.Selection,
    parameter: str,
    asked: str,
    commits: pd.DataFrame,
    refs: Sequence[Ref],
    matching: Sequence[tuple[str, str]],
) -> None:
    """Say why what was typed was not followed, and offer what it may mean."""
    if not matching:
        known = data.known_commits(chosen.store, chosen.version)
        found = finding.elsewhere(asked, commits, refs, known)
        if found:
            st.warning(f"`{asked[:60]}` is `{found[:8]}`, which was not measured here.", icon=":material/search_off:")
        else:
            st.warning(f"No commit measured here is called `{asked[:60]}`.", icon=":material/search_off:")
        return
    st.caption(f"{len(matching)} commits may be meant:")
    with st.container(gap=None):
        for hash_, text in matching[:_MATCHES]:
            label = parts.literal(text)
            st.button(label, key=f"{parameter}-{hash_}", type="tertiary", on_click=_take, args=(parameter, hash_))
    if len(matching) > _MATCHES:
        st.caption(f"and {len(matching) - _MATCHES:,} more; type more words")


def _take(parameter: str, hash_: str) -> None:
    st.session_state[parameter] = hash_[:_DIGITS]
