"""What the dashboard is asked to show: where the store is, and the choices that make a view a link."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from perfwatch.login import PUBLIC_URL_VARIABLE
from perfwatch.model import SeriesKey

STORE_VARIABLE = "PERFWATCH_STORE"
COMMIT_URL_VARIABLE = "PERFWATCH_COMMIT_URL"
DEFAULT_STORE = "perfwatch.duckdb"

_SELECTION = "selection"


@dataclass(frozen=True)
class Selection:
    """What every page is about; `size` is None where no benchmark has sizes."""

    store: str
    version: str
    machine: str
    environment: str
    size: str | None


def store() -> str:
    """Return where the store is, as the launcher said it."""
    return os.environ.get(STORE_VARIABLE) or DEFAULT_STORE


def commit_url(commit: str) -> str | None:
    """Return the address of a commit's page, None where the project has none or it is no web address."""
    base = os.environ.get(COMMIT_URL_VARIABLE) or ""
    return base + commit if base.startswith(("https://", "http://")) else None


def public_url() -> str:
    """Return the dashboard's address as browsers see it, without a slash at its end; "" where it was not said."""
    return os.environ.get(PUBLIC_URL_VARIABLE, "")


def choose(selection: Selection) -> None:
    """Keep the selection for the page that runs next."""
    st.session_state[_SELECTION] = selection


def chosen() -> Selection:
    """Return the selection that the frame of the app made in this run."""
    kept: Selection = st.session_state[_SELECTION]
    return kept


def pick(
    parameter: str,
    options: Sequence[str],
    default: str,
    widget: Callable[..., str | None],
    label: str,
    **arguments: object,
) -> str:
    """Return what is chosen by a widget that is tied to a query parameter.

    The address always names the choice, the default too: a link shows tomorrow what it shows today.

    Parameters
    ----------
    parameter : name in the address, and key of the widget.
    options : what can be chosen; a value in the address that is not among them is not followed.
    widget : st.selectbox or its like.
    """
    current = st.session_state.get(parameter, st.query_params.get(parameter))
    st.session_state[parameter] = current if current in options else default
    value = widget(label, options, key=parameter, **arguments) or default
    _write(parameter, value)
    return value


def pick_or_none(
    parameter: str, options: Sequence[str], widget: Callable[..., str | None], label: str, **arguments: object
) -> str | None:
    """Return what is chosen by a widget that may stay empty; the address is without the parameter then."""
    current = st.session_state.get(parameter, st.query_params.get(parameter))
    st.session_state[parameter] = current if current in options else None
    value = widget(label, options, key=parameter, index=None, **arguments)
    if value is not None:
        _write(parameter, value)
    elif parameter in st.query_params:
        del st.query_params[parameter]
    return value


def pick_several(
    parameter: str,
    options: Sequence[str],
    default: Sequence[str],
    widget: Callable[..., list[str]],
    label: str,
    **arguments: object,
) -> list[str]:
    """Return what is chosen by a widget of several values; in the address the parameter is repeated.

    An empty choice is not written, so a link without the parameter means the default.
    """
    current = st.session_state.get(parameter, st.query_params.get_all(parameter))
    kept = [value for value in current if value in options]
    st.session_state[parameter] = kept if parameter in st.session_state else kept or list(default)
    values = widget(label, options, key=parameter, **arguments)
    if st.query_params.get_all(parameter) != values:
        st.query_params[parameter] = values
    return values


def switch(parameter: str, label: str, *, default: bool = False, **arguments: object) -> bool:
    """Return the state of a toggle that is tied to a query parameter, `1` or `0`; left out while it is the default."""
    if parameter not in st.session_state:
        st.session_state[parameter] = {"1": True, "0": False}.get(st.query_params.get(parameter, ""), default)
    on = st.toggle(label, key=parameter, **arguments)  # type: ignore[arg-type]
    if on != default:
        _write(parameter, "1" if on else "0")
    elif parameter in st.query_params:
        del st.query_params[parameter]
    return on


def text(parameter: str, label: str, **arguments: object) -> str:
    """Return what is typed into a field that is tied to a query parameter; left out while it is empty."""
    if parameter not in st.session_state:
        st.session_state[parameter] = st.query_params.get(parameter, "")
    typed = str(st.text_input(label, key=parameter, **arguments) or "").strip()  # type: ignore[arg-type]
    if typed:
        _write(parameter, typed)
    elif parameter in st.query_params:
        del st.query_params[parameter]
    return typed


def asked(parameter: str, default: str) -> str:
    """Return what the address says of something that no widget holds."""
    return st.query_params.get(parameter, default)


def ask(**parameters: str) -> None:
    """Write into the address what no widget holds."""
    for parameter, value in parameters.items():
        _write(parameter, value)


def put(**parameters: str) -> None:
    """Write choices of widgets into the address, to hold from the next run on; for what happens before a run."""
    for parameter, value in parameters.items():
        st.session_state.pop(parameter, None)
        _write(parameter, value)


def page(parameter: str, n_rows: int, size: int) -> int:
    """Return the page of a table that the address asks for, counted from 0; the last one where it asks for more."""
    text = asked(parameter, "0")
    return min(int(text) if text.isdecimal() and len(text) < 7 else 0, max(0, (n_rows - 1) // size))


def turn_to(machine: str, environment: str) -> None:
    """Let the next run be about another place."""
    for parameter, value in (("machine", machine), ("environment", environment)):
        st.session_state.pop(parameter, None)
        _write(parameter, value)


def of_series(key: SeriesKey) -> dict[str, str]:
    """Return the parameters of the address that shows one series alone."""
    return {"benchmark": key.benchmark, **{n if n == "size" else f"p_{n}": value for n, value in key.params}}


def turn_page(page: str, **parameters: str) -> None:
    """Go to another page of the dashboard, about the same place."""
    selection = chosen()
    for name in parameters:
        # What a widget of that name held when it was last drawn would outrank the address.
        st.session_state.pop(name, None)
    st.switch_page(
        page, query_params={"machine": selection.machine, "environment": selection.environment, **parameters}
    )


def link(page: str, **parameters: str) -> str:
    """Return the address of a page, relative to where the dashboard is, about the place that is shown."""
    selection = chosen()
    place = {"machine": selection.machine, "environment": selection.environment}
    return f"{page}?{urlencode({**place, **parameters})}"


def _write(parameter: str, value: str) -> None:
    if st.query_params.get(parameter) != value:
        st.query_params[parameter] = value
