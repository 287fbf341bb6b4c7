"""A store served to others, until it is ended."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from perfwatch.config import Config
from perfwatch.errors import StoreError, UsageError
from perfwatch.store.location import Location, ServerLocation, host_and_port, parse
from perfwatch.store.quack import TOKEN
from perfwatch.store.serving import Server

_TEND_S = 0.2


def serve(
    config: Config,
    listen: str,
    lease_s: float,
    ready: Callable[[str], None],
    failed: Callable[[StoreError], None],
    stop: threading.Event,
) -> None:
    """Serve the store of `config` at `listen` until `stop` is set.

    Parameters
    ----------
    lease_s : how long a writer may say nothing before it counts as gone, seconds.
    ready : called once, with the address that clients name, when they may come.
    failed : called with what kept a snapshot from being published, once as long as it is the same; the store is whole,
        and it is tried again.

    Errors
    ------
    UsageError : no token, a short one, or a store that is no file.
    StoreError : the store cannot be opened, or nobody may listen there.
    """
    location, token = parse(config.store), os.environ.get(TOKEN, "")
    if not isinstance(location, Location):
        raise UsageError(f"serve: {location} is no file; name the one to serve with --store")
    if not token:
        raise UsageError(f"serve: no token; make one with `export {TOKEN}=$(openssl rand -hex 16)`")
    host, port = host_and_port(listen)
    address = ServerLocation(host, port, tls=False)
    with Server(location, address, token, lease_s) as server:
        ready(str(address))
        said = ""
        while not stop.wait(_TEND_S):
            try:
                server.tend()
                said = ""
            except StoreError as error:
                if str(error) != said:
                    failed(error)
                    said = str(error)
