"""The server: the dashboard, and beside it what programs ask. `perfwatch dashboard` runs it through Streamlit."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import access
import state
import streamlit as st
from api.guard import Guard
from api.routes import routes
from pages import PAGES
from returning import Returning
from shell import Shell
from starlette.middleware import Middleware

from perfwatch.login import CLIENT_SECRET_VARIABLE, COOKIE_SECRET_VARIABLE

_BASE = str(st.get_option("server.baseUrlPath") or "").strip("/")
_PREFIX = f"/{_BASE}" if _BASE else ""
_SHELL = Middleware(Shell, prefix=_PREFIX, needed={page.path: page.needs for page in PAGES})

# What the pages read and draw with: a second of imports that the first reader would wait for.
_HEAVY = ("judgements", "frames.exploring", "fingerprints", "frames.laboratory", "frames.ways")


@asynccontextmanager
async def _ready(_: st.App) -> AsyncIterator[None]:
    for name in _HEAVY:
        import_module(name)
    # What is loaded stays: whoever looks for garbage need not look there.
    gc.collect()
    gc.freeze()
    yield


def login(public_url: str) -> dict[str, Any]:
    """Return what Streamlit needs for a login: in memory only, from variables that no other process sees."""
    rules = access.rules()
    if rules is None:
        return {"secrets": None, "middleware": [_SHELL]}
    auth = {
        "redirect_uri": f"{public_url}/oauth2callback",
        "cookie_secret": os.environ[COOKIE_SECRET_VARIABLE],
        "client_id": rules.client_id,
        "client_secret": os.environ[CLIENT_SECRET_VARIABLE],
        "server_metadata_url": rules.metadata_url,
    }
    return {
        "secrets": {"auth": auth},
        "middleware": [Middleware(Returning, public_url=public_url, prefix=_PREFIX), _SHELL],
    }


app = st.App(
    Path(__file__).with_name("app.py"),
    lifespan=_ready,
    routes=routes(state.store(), _PREFIX, Guard(access.rules(), os.environ), state.public_url()),
    **login(state.public_url()),
)
