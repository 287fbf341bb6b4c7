"""Start the dashboard: find its script, run Streamlit on it, wait until it answers, end it again.

Streamlit runs as a child process, so that its event loop and signal handlers stay out of the command line's process,
and so that every setting that matters is a flag seen here rather than a configuration file somewhere on the machine.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import urlsplit

from perfwatch import login as logins
from perfwatch.errors import EXIT_CLEAN, HostError, UsageError

# Importing Streamlit takes about a second and its first answer about five; a busy machine takes several times that.
START_TIMEOUT_S = 90.0
# Sessions are closed within this; a child that hangs longer is killed.
STOP_TIMEOUT_S = 5.0
_HEALTH_PATH = "/_stcore/health"
_POLL_S = 0.1
# A closed terminal ends the server too; where there is no SIGHUP there is none to end it.
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))

# Given as flags because they outrank every config.toml: nothing phones home, nothing asks for a mail address, nothing
# watches files, and a bug shows its name in the browser and its traceback in the terminal only.
_FLAGS = {
    "global.developmentMode": "false",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "type",
    "client.showErrorLinks": "false",
    # Both themes are named, so that Streamlit keeps following the reader's light or dark setting. White on the primary
    # colour, and the captions that Streamlit mixes from the text's, have a contrast of 4.5 to 1.
    "theme.light.primaryColor": "#2a6fbb",
    "theme.dark.primaryColor": "#2f75c9",
    "theme.light.textColor": "#111111",
    "theme.baseRadius": "0.4rem",
    "theme.paddingTop": "1rem",
    "runner.magicEnabled": "false",
    # It would look through everything that is loaded after each run, .1 s in which nothing is sent; what Python
    # collects by itself is enough.
    "runner.postScriptGC": "false",
    # Who somebody is comes from the cookie that this server signed: never from a header that anybody can send, and only
    # for pages of this server's own. Nothing but a browser drives the pages.
    "server.enableCORS": "true",
    "server.enableXsrfProtection": "true",
    "server.enableAgentApi": "false",
    "server.trustedUserHeaders": "{}",
}


# Of h1, h2, …: a page of tiles and charts needs smaller ones than a page of prose.
_HEADING_SIZES = ("2rem", "1.6rem", "1.3rem", "1.1rem", "1rem", "0.9rem")


@dataclass(frozen=True)
class Dashboard:
    """A dashboard that answers; `url` is what a browser on this machine opens."""

    url: str
    port: int
    process: subprocess.Popen[bytes]


def app_path() -> Path:
    """Return the dashboard's script: in the installed package, else in the checkout the package lies in.

    Errors
    ------
    HostError : neither place holds it.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "dashboard", package.parent.parent / "dashboard"):
        if (folder / "server.py").is_file():
            return folder / "server.py"
    raise HostError(f"dashboard: no server.py in {package / 'dashboard'}; the package is incomplete, install it again")


def serve(
    store: str,
    port: int = 8501,
    open_browser: bool = True,
    address: str = "localhost",
    commit_url: str | None = None,
    base_path: str = "",
    read_only: bool = False,
    public_url: str | None = None,
    login: logins.Login | None = None,
) -> int:
    """Run the dashboard until Ctrl-C, SIGTERM or its own end; return the exit code.

    Being told to stop is how a server ends, so both signals return 0. The child never outlives this call.

    Parameters
    ----------
    store : where the store is, as `store.location.parse` reads it.
    port : 0 takes any free one.
    open_browser : open the address in the user's browser once it answers.
    address : interface to listen on.
    commit_url : address to which a commit's hash is appended.
    base_path : what its addresses begin with behind a proxy, "" or "perf"; by default what `public_url` ends with.
    read_only : let nobody say anything of an event.
    public_url : address of the dashboard as browsers see it behind a proxy, None where it is its own.
    login : who may look, and who may say something; None lets everybody.

    Errors
    ------
    UsageError : the port is taken, the address is none of this machine, or a secret of the login is missing.
    HostError : Streamlit did not start, or what a login needs is not installed.
    """
    before = {number: signal.signal(number, _stop) for number in _ENDING}
    try:
        with start(
            store,
            port,
            address=address,
            commit_url=commit_url,
            base_path=base_path,
            read_only=read_only,
            public_url=public_url,
            login=login,
        ) as dashboard:
            behind = f", behind {public_url}" if public_url else ""
            print(f"dashboard: {dashboard.url}{behind}  (Ctrl-C ends it)", flush=True)
            if open_browser:
                webbrowser.open(public_url or dashboard.url)
            code = dashboard.process.wait()
            raise HostError(f"dashboard: Streamlit ended by itself with code {code}; its output is above")
    except (KeyboardInterrupt, _Stopped):
        return EXIT_CLEAN
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Stopped(BaseException):
    """Told to end; a BaseException so that no handler of ordinary errors swallows it."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Stopped


@contextmanager
def start(
    store: str,
    port: int = 0,
    *,
    address: str = "localhost",
    commit_url: str | None = None,
    base_path: str = "",
    read_only: bool = False,
    public_url: str | None = None,
    login: logins.Login | None = None,
    log: IO[bytes] | None = None,
    script: Path | None = None,
) -> Iterator[Dashboard]:
    """Yield a dashboard that answers, and end it when the block is left; parameters and errors are those of `serve`.

    Parameters
    ----------
    script : another app of Streamlit's, started just like the dashboard, to compare with.
    log : where the child's output goes; by default its errors go to this process's standard error.
    """
    base_path = _base_path(base_path, public_url)
    port = _free_port(address, port)
    url = f"http://{_reachable(address)}:{port}" + (f"/{base_path}" if base_path else "")
    environment = _environment(store, commit_url, read_only, public_url)
    if login is not None:
        environment |= logins.environment(login, (public_url or url).rstrip("/"), os.environ)
    process = subprocess.Popen(
        _command(script or app_path(), port, address, base_path, public_url),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log or subprocess.DEVNULL,
        stderr=log,
        # A group of its own: Ctrl-C in the terminal reaches this process only, which then ends the child in order.
        start_new_session=True,
    )
    try:
        _wait_until_healthy(process, url)
        yield Dashboard(url, port, process)
    finally:
        _end(process)


def _base_path(given: str, public_url: str | None) -> str:
    """Return what the addresses begin with, without slashes around it."""
    given = given.strip("/")
    if public_url is None:
        return given
    parts = urlsplit(public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"dashboard: --public-url {public_url!r} is no address like https://example.org/perf/")
    if given and given != parts.path.strip("/"):
        raise UsageError(f"dashboard: --base-path {given!r} is not the path of --public-url {public_url!r}")
    return parts.path.strip("/")


def _command(script: Path, port: int, address: str, base_path: str, public_url: str | None) -> list[str]:
    flags = {**_FLAGS, "server.port": str(port), "server.address": address, "server.baseUrlPath": base_path}
    if public_url is not None:
        # A proxy may hand on its own name of this server; the pages then come from another origin than is asked.
        parts = urlsplit(public_url)
        flags["server.corsAllowedOrigins"] = f"{parts.scheme}://{parts.netloc}"
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        *(f"--{name}={value}" for name, value in flags.items()),
        # Of a flag given six times only the last counts; a list is given as JSON.
        f"--theme.headingFontSizes={json.dumps(_HEADING_SIZES)}",
    ]


def _environment(store: str, commit_url: str | None, read_only: bool, public_url: str | None) -> dict[str, str]:
    environment = {**os.environ, "PERFWATCH_STORE": store}
    if read_only:
        environment["PERFWATCH_READ_ONLY"] = "1"
    for name in ("PERFWATCH_COMMIT_URL", logins.PUBLIC_URL_VARIABLE, logins.RULES_VARIABLE):
        environment.pop(name, None)
    if commit_url:
        environment["PERFWATCH_COMMIT_URL"] = commit_url
    if public_url:
        environment[logins.PUBLIC_URL_VARIABLE] = public_url.rstrip("/")
    return environment


def _free_port(address: str, port: int) -> int:
    """Return `port`, or a free one for 0, after having bound it once on each interface the address means."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise UsageError(f"dashboard: address {address!r} is not known ({error}); try localhost") from error
    chosen = port
    for family, kind, protocol, _, place in found:
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((place[0], chosen, *place[2:]))
            except OSError as error:
                if family == socket.AF_INET6 and len(found) > 1:
                    continue  # a machine without IPv6 still names ::1 for localhost
                raise UsageError(
                    f"dashboard: port {port} on {address} cannot be used ({error.strerror}); "
                    "give another with --port, or --port 0 for any free one"
                ) from error
            chosen = listener.getsockname()[1]
    return chosen


def _reachable(address: str) -> str:
    """Return a name under which this machine reaches a server that listens on `address`."""
    if address in ("0.0.0.0", "::", ""):
        return "localhost"
    return f"[{address}]" if ":" in address else address


def _wait_until_healthy(process: subprocess.Popen[bytes], base: str) -> None:
    url = f"{base}{_HEALTH_PATH}"
    # A proxy set for the user's browser must not stand between this process and its own child.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise HostError(
                f"dashboard: Streamlit ended with code {process.returncode} before it answered; its output is above"
            )
        try:
            with opener.open(url, timeout=2) as reply:
                if reply.status == 200:
                    return
        except OSError:
            pass  # not listening yet; URLError is an OSError
        time.sleep(_POLL_S)
    raise HostError(f"dashboard: {url} did not answer within {START_TIMEOUT_S:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
