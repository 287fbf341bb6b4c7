"""The server: the dashboard, and beside it what programs ask. `perfwatch dashboard` runs it through Streamlit."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import state
import streamlit as st
from api.routes import routes
from pages import PAGES
from shell import Shell
from starlette.middleware import Middleware

_BASE = str(st.get_option("server.baseUrlPath") or "").strip("/")
_PREFIX = f"/{_BASE}" if _BASE else ""

# What the pages read and draw with: a second of imports that the first reader would wait for.
_HEAVY = ("data", "charts.over_commits")


@asynccontextmanager
async def _ready(_: st.App) -> AsyncIterator[None]:
    for name in _HEAVY:
        import_module(name)
    # What is loaded stays: whoever looks for garbage need not look there.
    gc.collect()
    gc.freeze()
    yield


app = st.App(
    Path(__file__).with_name("app.py"),
    lifespan=_ready,
    routes=routes(state.store(), _PREFIX),
    middleware=[Middleware(Shell, prefix=_PREFIX, paths=[page.path for page in PAGES])],
)
