"""Settings: flags over environment over file over defaults, and what perfwatch reads of asv.conf.json.

The file is `perfwatch.toml`, or the table `[tool.perfwatch]` of `pyproject.toml`; the project's root is the nearest
folder, from the current one upwards, that holds one of them or an `asv.conf.json`.
"""

from __future__ import annotations

import math
import os
import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import json5

from perfwatch.errors import UsageError

_ASV_NAMES = ("asv.conf.json", "asv.conf.jsonc")
_ENVIRONMENT_PREFIX = "PERFWATCH_"


@dataclass(frozen=True)
class Config:
    """What every command works with; paths are absolute.

    Attributes
    ----------
    root : the project's folder.
    project : what the project is called: asv's name of it, or its folder's.
    store : where the store is: a path, or a lake (`ducklake:`).
    asv_conf : the asv configuration, None where the project has none.
    results_dir : asv's results tree.
    runs_dir : perfwatch's own run records, beside the results tree, never in it.
    machine : name under which this machine's results are kept.
    cores : (client, engine) processors to pin to, None for the two lowest of the process's mask.
    size : size measured by default: `quick`, `full`, `all`, or a label such as `150000x80`.
    show_commit_url : address to which a commit's hash is appended, None where the project has none.
    artefact_command : run with the commit's own Python after it was measured; prints a JSON object, artefact → digest.
    webhook_url : where events are sent, None for nowhere.
    stale_after_days : how long a machine may be silent while commits wait; None to go by what is usual on it.
    public_url : address of the dashboard as browsers see it behind a proxy, None where there is none.
    verdicts : the table `[tool.perfwatch.verdicts]` as it stands in the file; `analysis.settings` gives it meaning.
    notify : the table `[tool.perfwatch.notify]` as it stands in the file; `notify.settings` gives it meaning.
    pull : the table `[tool.perfwatch.pull]` as it stands in the file; `analysis.affected` gives it meaning.
    login : the table `[tool.perfwatch.login]` as it stands in the file, None where there is none; `login` gives it
        meaning.
    asv_regressions : asv's own `regressions_thresholds` and `regressions_first_commits`, where its configuration has
        them.
    """

    root: Path
    project: str
    store: str
    asv_conf: Path | None
    results_dir: Path
    runs_dir: Path
    machine: str
    cores: tuple[int, int] | None
    size: str
    show_commit_url: str | None
    artefact_command: str | None = None
    webhook_url: str | None = None
    stale_after_days: float | None = None
    public_url: str | None = None
    verdicts: Mapping[str, Any] = field(default_factory=dict)
    notify: Mapping[str, Any] = field(default_factory=dict)
    pull: Mapping[str, Any] = field(default_factory=dict)
    login: Mapping[str, Any] | None = None
    asv_regressions: Mapping[str, Any] = field(default_factory=dict)


# What is found, not set; and what of the settings is a table, which no variable can hold.
FOUND = {"root", "project", "asv_conf", "asv_regressions"}
TABLES = {"verdicts", "notify", "pull", "login"}


def load(start: Path | None = None, flags: Mapping[str, Any] | None = None) -> Config:
    """Return the settings that hold in `start` (default: the current folder).

    Parameters
    ----------
    start : folder from which the project's root is looked for, upwards.
    flags : values given on the command line by name; None means not given.

    Errors
    ------
    UsageError : a file that does not parse, a key that does not exist, a value of the wrong kind.
    """
    root = find_root(start or Path.cwd())
    table, origin = _file_table(root)
    _refuse_unknown_keys(table, origin)
    given = {**table, **_environment_table(), **{k: v for k, v in (flags or {}).items() if v is not None}}
    asv_conf = next((root / n for n in _ASV_NAMES if (root / n).is_file()), None)
    asv = _read_asv_conf(asv_conf)
    results_dir = _path(root, given.get("results_dir", asv.get("results_dir", ".asv/results")))
    store = str(given.get("store", "perfwatch.duckdb"))
    return Config(
        root=root,
        project=str(asv.get("project") or root.name or "perfwatch"),
        store=store if _is_remote(store) else str(_path(_base_of_store(root, flags), store)),
        asv_conf=asv_conf,
        results_dir=results_dir,
        runs_dir=_path(root, given.get("runs_dir", results_dir.parent / "runs")),
        machine=str(given.get("machine") or platform.node() or "unnamed"),
        cores=_cores(given.get("cores")),
        size=str(given.get("size", "full")),
        show_commit_url=given.get("show_commit_url", asv.get("show_commit_url")) or None,
        artefact_command=given.get("artefact_command") or None,
        webhook_url=given.get("webhook_url") or None,
        stale_after_days=_days(given.get("stale_after_days")),
        public_url=given.get("public_url") or None,
        verdicts=_table(table, "verdicts", origin),
        notify=_table(table, "notify", origin),
        pull=_table(table, "pull", origin),
        # One that is there and empty is a mistake to be told, not a door left open.
        login=_table(table, "login", origin) if "login" in table else None,
        asv_regressions={k: asv[k] for k in ("regressions_thresholds", "regressions_first_commits") if k in asv},
    )


def find_root(start: Path) -> Path:
    """Return the nearest folder from `start` upwards that holds a project's settings; `start` itself if none does."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in ("perfwatch.toml", *_ASV_NAMES)):
            return folder
        if (folder / "pyproject.toml").is_file() and "perfwatch" in _toml(folder / "pyproject.toml").get("tool", {}):
            return folder
    return start


def _base_of_store(root: Path, flags: Mapping[str, Any] | None) -> Path:
    # A relative path means what its author saw: a flag or variable is read from the current folder, the file from root.
    typed = (flags or {}).get("store") is not None or f"{_ENVIRONMENT_PREFIX}STORE" in os.environ
    return Path.cwd() if typed else root


def _is_remote(store: str) -> bool:
    return store.startswith(("quack:", "ducklake:"))


def _path(base: Path, value: str | Path) -> Path:
    return (base / Path(value).expanduser()).resolve()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as TOML ({error}); mend or remove it") from error


def _file_table(root: Path) -> tuple[dict[str, Any], Path]:
    own = root / "perfwatch.toml"
    if own.is_file():
        return _toml(own), own
    pyproject = root / "pyproject.toml"
    if pyproject.is_file():
        return _toml(pyproject).get("tool", {}).get("perfwatch", {}), pyproject
    return {}, pyproject


def _refuse_unknown_keys(table: Mapping[str, Any], origin: Path) -> None:
    known = {f.name for f in fields(Config)} - FOUND
    for key in table:
        if key not in known:
            raise UsageError(f"{origin}: unknown setting {key!r}; known are {', '.join(sorted(known))}")


def _table(table: Mapping[str, Any], name: str, origin: Path) -> Mapping[str, Any]:
    value = table.get(name, {})
    if not isinstance(value, dict):
        raise UsageError(f"{origin}: {name} is {value!r}, not a table; write [tool.perfwatch.{name}]")
    return value


def _environment_table() -> dict[str, str]:
    names = {f.name for f in fields(Config)} - FOUND - TABLES
    found = {n: os.environ.get(_ENVIRONMENT_PREFIX + n.upper()) for n in names}
    return {name: value for name, value in found.items() if value}


def _cores(value: Any) -> tuple[int, int] | None:
    if value in (None, ""):
        return None
    parts = value.split(",") if isinstance(value, str) else list(value)
    try:
        client, engine = (int(p) for p in parts)
    except (TypeError, ValueError) as error:
        raise UsageError(f"cores: {value!r} is not two processor numbers; write for example cores = [0, 1]") from error
    if client < 0 or engine < 0:
        raise UsageError(f"cores: {value!r} holds a negative processor number; write for example cores = [0, 1]")
    return client, engine


def _days(value: Any) -> float | None:
    if value in (None, ""):
        return None
    try:
        days = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        days = math.nan
    if not 0 < days < math.inf:
        raise UsageError(f"stale_after_days: {value!r} is no number of days; write for example stale_after_days = 2")
    return days


def _read_asv_conf(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        conf = json5.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read as asv's configuration ({error}); mend it") from error
    if not isinstance(conf, dict):
        raise UsageError(f"{path}: holds {type(conf).__name__}, not an object; see asv's documentation")
    return conf
