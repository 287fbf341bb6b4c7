"""What several pages draw: tiles, a chart with its table, a table of commits with links, a commit to choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import state
import streamlit as st
from charts.tiles import Card, tiles
from frames import history


def cards(found: Sequence[Card]) -> None:
    """Draw tiles, as many beside each other as there is room for."""
    st.html(tiles(found))


def card(label: str, tile: history.Tile | None, says: str) -> Card:
    """Return the card of a tile; a series without a value says so."""
    if tile is None:
        return Card(label, "—", ("not measured",), says=says)
    notes = [f"99 %: {history.interval(tile.lower, tile.upper, tile.unit)}"]
    if not tile.is_newest:
        notes.append(f"at {tile.commit}, {'failed' if tile.failed_since else 'not measured'} since")
    change, tone = "nothing to compare with", "plain"
    if tile.change is not None:
        word = {"worse": ", worse", "better": ", better", "within": ", in the noise", "unknown": ""}[tile.verdict]
        change = f"{history.percent(tile.change.value)}{word}"
        notes.append(f"against {tile.previous}:")
        tone = {"worse": "bad", "better": "good"}.get(tile.verdict, "plain")
    return Card(label, tile.unit.show(tile.value), tuple(notes), change, tone, tile.spark, says)  # type: ignore[arg-type]


def not_here(shows: str, command: str, suites: str) -> None:
    """Say that a project has none of the benchmarks of a page: what the page would show, and what measures it."""
    st.info(
        f"**None of this page's benchmarks is measured here.** It would show {shows}.",
        icon=":material/hourglass_empty:",
    )
    st.markdown(f"They are perfwatch's own suites {suites}; where a project has them, this measures them:")
    st.code(f"{command}\nperfwatch ingest", language=None)


@contextmanager
def unfolded(label: str, key: str, icon: str | None = None) -> Iterator[bool]:
    """Draw an expander, and yield whether somebody opened it: only then its content is worth making and sending."""
    expander = st.expander(label, icon=icon, key=key, on_change="rerun")
    with expander:
        yield bool(expander.open)


def table_below(
    frame: Callable[[], pd.DataFrame],
    n_rows: int,
    key: str,
    *,
    raw: Callable[[], pd.DataFrame] | None = None,
    whole: Callable[[], pd.DataFrame] | None = None,
    file: str = "perfwatch.csv",
) -> None:
    """Draw an expander with the table behind a chart, commits linked where the project has pages for them.

    Parameters
    ----------
    frame : makes the table when it is looked at, not before; a column hash makes the link and is not shown itself.
    n_rows : how many rows it will have.
    raw : makes what is offered for download as CSV, numbers instead of texts; None for nothing.
    whole : the same with what a CSV has no place for, offered as Parquet.
    """
    label = f"Table, {n_rows:,} rows" if n_rows != 1 else "Table, 1 row"
    with unfolded(label, f"{key}-below", icon=":material/table_rows:") as is_open:
        if not is_open:
            return
        linked(frame(), key)
        with st.container(horizontal=True):
            if raw is not None:
                _download("CSV", lambda: raw().to_csv(index=False).encode(), file, "text/csv", f"{key}-csv")
            if whole is not None:
                name = file.removesuffix(".csv") + ".parquet"
                kind = "application/vnd.apache.parquet"
                _download("Parquet", lambda: whole().to_parquet(None, index=False), name, kind, f"{key}-parquet")


def _download(label: str, content: Callable[[], bytes], file: str, mime: str, key: str) -> None:
    """Draw a button that hands out a file, which is made when it is clicked."""
    st.download_button(
        f"Download as {label}",
        content,
        file_name=file,
        mime=mime,
        icon=":material/download:",
        key=key,
        on_click="ignore",
    )


def linked(frame: pd.DataFrame, key: str, **arguments: object) -> None:
    """Draw a table; with a column hash, the column commit becomes a link where the project has pages for commits."""
    shown = frame.drop(columns="hash", errors="ignore")
    config: dict[str, object] = {
        "date": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC", help="UTC"),
        "subject": st.column_config.TextColumn(width="medium"),
    }
    if "hash" in frame and len(frame) and state.commit_url("") is not None:
        digits = len(frame["commit"].iloc[0])
        shown["commit"] = [state.commit_url(full) for full in frame["hash"]]
        config["commit"] = st.column_config.LinkColumn("commit", display_text=f"([0-9a-f]{{{digits}}})[0-9a-f]*$")
    st.dataframe(shown, hide_index=True, key=f"table-{key}", column_config=config, **arguments)  # type: ignore[arg-type]


def pick_commit(parameter: str, label: str, commits: pd.DataFrame, default: str) -> str:
    """Return the hash of the commit chosen, the newest on top; the address holds its label."""
    labels = commits["label"].tolist()[::-1]
    subjects = dict(zip(commits["label"], commits["subject"], strict=True))
    hashes = dict(zip(commits["label"], commits["hash"], strict=True))
    chosen = state.pick(
        parameter,
        labels,
        default if default in labels else labels[0],
        st.selectbox,
        label,
        format_func=lambda commit: f"{commit}  {subjects.get(commit) or ''}".strip(),
    )
    return str(hashes[chosen])


def commit_line(commits: pd.DataFrame, commit: str) -> str:
    """Return `label  subject` of a commit, as Markdown that takes nothing in the subject for its own."""
    row = commits[commits["hash"] == commit].iloc[0]
    url = state.commit_url(commit)
    name = f"[`{row['label']}`]({url})" if url else f"`{row['label']}`"
    return f"{name} {literal(row['subject'] or '')}".strip()


def literal(text: str) -> str:
    """Return `text` such that Markdown shows it as it is."""
    special = "\\`*_{}[]()<>#+-.!|~$:&"
    return "".join(
        f"\\{c}" if c in special and c not in "<>&" else {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(c, c)
        for c in text
    )
