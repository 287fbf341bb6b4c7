"""The server: the dashboard, and beside it what programs ask. `perfwatch dashboard` runs it through Streamlit."""

from __future__ import annotations

from pathlib import Path

import state
import streamlit as st
from api.routes import routes

_BASE = str(st.get_option("server.baseUrlPath") or "").strip("/")

app = st.App(Path(__file__).with_name("app.py"), routes=routes(state.store(), f"/{_BASE}" if _BASE else ""))
