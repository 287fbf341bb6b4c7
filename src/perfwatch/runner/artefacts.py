"""Digests of what was built of a commit, told by the commit's own environment."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from perfwatch.runner import asv

# A digest that takes longer than this is not worth waiting for at each commit.
_TIMEOUT_S = 120.0


def of_commit(conf: Path, environment_name: str, commit: str, command: str | None) -> dict[str, str]:
    """Return artefact → digest of a commit that asv has just measured; empty where nobody can tell.

    Parameters
    ----------
    conf : asv's configuration.
    environment_name : asv's name of the environment, which still holds the commit.
    command : prints a JSON object, artefact → digest; its program is looked for in the environment first. None: nothing
        is known of artefacts here. An older commit may lack what the command needs: that is no failure.
    """
    folder = asv.environment_folder(conf, environment_name)
    if command is None or not asv.holds(folder, commit):
        return {}
    settings = {**os.environ, "PATH": os.pathsep.join((str(folder / "bin"), os.environ.get("PATH", "")))}
    settings.pop("PYTHONPATH", None)
    try:
        # In a folder of its own: from the checkout Python would import the working tree, not what is installed.
        with tempfile.TemporaryDirectory() as elsewhere:
            done = subprocess.run(
                shlex.split(command),
                cwd=elsewhere,
                env=settings,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=True,
            )
        told = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {str(name): digest for name, digest in told.items() if isinstance(digest, str) and digest}
