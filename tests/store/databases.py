"""PostgreSQL for the tests, from Debian's packages: in a folder of its own, on a free port."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda p: int(p.parent.name))


def program(name: str) -> str | None:
    """Return where a program of PostgreSQL is; Debian keeps them out of PATH."""
    return next((str(p / name) for p in reversed(_DEBIAN) if (p / name).exists()), None) or shutil.which(name)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a server in `folder`, and yield the URI of it, without a database; root is no user for it to run as."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    if initdb is None or pg_ctl is None:
        message = "no PostgreSQL: install the package `postgresql`"
        (pytest.fail if os.environ.get("PERFWATCH_REQUIRE_ALL") == "1" else pytest.skip)(message)
    data, port = folder / "pg", free_port()
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        folder.chmod(0o777)
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **user}
    subprocess.run([initdb, "-D", data, "-U", "bench", "--auth=trust", "--no-sync"], **quiet)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    subprocess.run([pg_ctl, "-D", data, "-o", options, "-l", folder / "log", "-w", "start"], **quiet)
    try:
        yield f"postgresql://bench@127.0.0.1:{port}"
    finally:
        subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "-w", "stop"], **quiet)
