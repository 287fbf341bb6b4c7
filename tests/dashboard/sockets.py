"""What a browser says to the dashboard's server, kept and said again by whoever likes to; and plain requests."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol


@dataclass
class Sent:
    """The messages of a browser that ask for a run of a page, oldest first, and the session they were of."""

    runs: list[BackMsg] = field(default_factory=list)
    session: str = ""


def recorded(tab: Any) -> Sent:
    """Return what a tab will have sent."""
    found = Sent()

    def sent(payload: bytes | str) -> None:
        message = BackMsg.FromString(payload if isinstance(payload, bytes) else payload.encode())
        # A part of a page that looks again by itself is none of what somebody did.
        if message.WhichOneof("type") == "rerun_script" and not message.rerun_script.fragment_id:
            found.runs.append(message)

    def received(payload: bytes | str) -> None:
        message = ForwardMsg.FromString(payload if isinstance(payload, bytes) else payload.encode())
        if message.WhichOneof("type") == "new_session":
            session = message.new_session.initialize.session_id
            if session != found.session:
                # A session before the login: what was sent in it is not of this one.
                found.session = session
                del found.runs[:-1]

    def opened(socket: Any) -> None:
        socket.on("framesent", sent)
        socket.on("framereceived", received)

    tab.on("websocket", opened)
    return found


def pressed(sent: Sent) -> list[str]:
    """Return the buttons that were pressed, by what the server calls them."""
    return [
        widget.id
        for message in sent.runs
        for widget in message.rerun_script.widget_states.widgets
        if widget.WhichOneof("value") == "trigger_value" and widget.trigger_value
    ]


def replayed(url: str, sent: Sent, cookie: str, session: str = "", **headers: str) -> None:
    """Send the same messages again over a socket of one's own, each when the run of the one before has ended.

    Parameters
    ----------
    cookie : the header with the cookies of whoever sends.
    session : the session to take up, "" for a new one.
    """
    pairs = dict(part.split("=", 1) for part in cookie.split("; ") if part)
    token = pairs.get("_streamlit_xsrf", "none").strip('"')
    protocols = [Subprotocol(part) for part in ("streamlit", token, session) if part]
    with connect(
        f"{url.replace('http', 'ws')}/_stcore/stream",
        subprotocols=protocols,
        origin=Origin("/".join(url.split("/")[:3])),
        additional_headers={"Cookie": cookie, **headers} if cookie else headers,
        max_size=None,
        proxy=None,
    ) as socket:
        for message in sent.runs:
            socket.send(message.SerializeToString())
            while ForwardMsg.FromString(_bytes(socket.recv(60))).WhichOneof("type") != "script_finished":
                pass


def _bytes(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload


def fetched(address: str, data: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers by their names in lower case, and body of what an address answers."""
    request = urllib.request.Request(
        address, data, {n: v.encode("utf-8").decode("latin-1") for n, v in headers.items()}
    )
    try:
        with urllib.request.urlopen(request) as reply:
            return reply.status, {n.lower(): v for n, v in reply.headers.items()}, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {n.lower(): v for n, v in error.headers.items()}, error.read()
