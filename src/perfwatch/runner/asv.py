"""What is asked of asv and where its things lie: its command line, its environment, its machine file, its engines."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import json5
from asv.machine import MachineCollection

from perfwatch import __version__
from perfwatch.errors import UsageError
from perfwatch.runner.selection import Selection

# asv shortens names to what the terminal takes; a log that is read by a program needs them whole.
_LOG_COLUMNS = "400"

# Where a git hook sets them they would send asv's git to another repository than the one it means.
_NOT_PASSED_ON = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "COLUMNS")


def tool() -> str:
    """Return what measures, with versions, as a run record keeps it."""
    return f"perfwatch {__version__}, asv {importlib.metadata.version('asv')}"


def command(conf: Path, commit: str, machine: str, cores: Sequence[int], selection: Selection) -> list[str]:
    """Return the command that measures one commit.

    All samples are kept, and stderr is printed because asv keeps it nowhere else. The measured cores are given to asv
    too, for suites that do not pin themselves; ours narrow them further. Rounds are interleaved over benchmarks by asv
    within one run; `--interleave-rounds` would interleave commits, at the price of a build per commit and round, and an
    interruption would lose every commit instead of one.
    """
    return [
        *(sys.executable, "-P", "-m", "perfwatch.runner.tethered", "run", f"{commit}^!"),
        *("--config", str(conf), "--machine", machine, "--show-stderr", "--record-samples"),
        # There the system's own libraries start threads, after which a fork may hang.
        *(("--launch-method", "spawn") if sys.platform == "darwin" else ()),
        *(("--cpu-affinity", ",".join(map(str, cores))) if cores else ()),
        *(argument for pattern in selection.patterns() for argument in ("--bench", pattern)),
    ]


def environment(cores: Sequence[int], selection: Selection, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables asv and the benchmarks run with: those of `base` (default: ours) and what they are told."""
    kept = {k: v for k, v in (os.environ if base is None else base).items() if k not in _NOT_PASSED_ON}
    return {
        **kept,
        "PERFWATCH_CORES": ",".join(map(str, cores)),
        "PERFWATCH_SIZES": ",".join(selection.sizes),
        "COLUMNS": _LOG_COLUMNS,
        "PYTHONIOENCODING": "utf-8",
    }


def register(facts: dict[str, str]) -> None:
    """Write this machine into asv's machine file, in the user's home.

    `asv machine --yes --machine X --os …` does the same but drops each fact that equals its own guess.

    Errors
    ------
    UsageError : the file cannot be written.
    """
    try:
        MachineCollection.save(facts["machine"], facts)
    except OSError as error:
        path = MachineCollection.get_machine_file_path()
        raise UsageError(
            f"{path}: cannot be written ({error.strerror}); asv keeps its machines there, set HOME"
        ) from error


def registered(results_dir: Path, machine: str) -> dict[str, Any]:
    """Return asv's machine.json of the results kept under the name `machine`; empty where there are none."""
    try:
        found = json.loads((results_dir / machine / "machine.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def result_files(results_dir: Path, machine: str, commit: str) -> list[Path]:
    """Return asv's result files of one commit on one machine."""
    return sorted((results_dir / machine).glob(f"{commit[:8]}-*.json"))


def engine_digest(conf: Path, environment_name: str, commit: str) -> str | None:
    """Return the SHA-256 of the engine that an environment holds of `commit`; None where it holds none.

    Errors
    ------
    UsageError : asv's configuration cannot be read.
    """
    folder = environment_folder(conf, environment_name)
    if not holds(folder, commit):
        return None
    try:
        engine = next(folder.glob("[Ll]ib*/**/perfwatch/bin/perfwatch-engine*"))
        return hashlib.sha256(engine.read_bytes()).hexdigest()
    except (OSError, StopIteration):
        return None


def environment_folder(conf: Path, environment_name: str) -> Path:
    """Return the folder of an environment of asv's, made or not."""
    # asv names an environment's folder by this digest of its name.
    return _env_dir(conf) / hashlib.md5(environment_name.encode(), usedforsecurity=False).hexdigest()


def holds(folder: Path, commit: str) -> bool:
    """Return whether the environment in a folder has this commit (a whole hash) installed."""
    try:
        status = json.loads((folder / "asv-install-status.json").read_text(encoding="utf-8"))
        return bool(status.get("commit_hash") == commit)
    except (OSError, ValueError, AttributeError):
        return False


def benchmark_folder(conf: Path, root: Path) -> str:
    """Return the folder of the benchmarks, named from the project's; one outside of it begins with `../`.

    Errors
    ------
    UsageError : asv's configuration cannot be read.
    """
    return Path(os.path.relpath(conf.parent / str(_settings(conf).get("benchmark_dir", "benchmarks")), root)).as_posix()


def _env_dir(conf: Path) -> Path:
    return conf.parent / str(_settings(conf).get("env_dir", "env"))


def _settings(conf: Path) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = json5.loads(conf.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{conf}: cannot be read as asv's configuration ({error}); mend it") from error
    return settings
