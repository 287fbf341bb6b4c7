"""Imports point one way: errors, units → model → config → backtest | sources → store → analysis → … → cli."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "perfwatch"
DASHBOARD = PACKAGE.parent.parent / "dashboard"

# A room may import the rooms named; itself always.
ALLOWED = {
    "errors": set(),
    "units": set(),
    "model": {"errors", "units"},
    "config": {"errors", "units", "model"},
    "login": {"errors"},
    "backtest": {"errors", "_engine"},
    "sources": {"errors", "units", "model", "config"},
    "store": {"errors", "units", "model", "config", "sources"},
    "analysis": {"errors", "units", "model"},
    "report": {"errors", "units", "model", "config", "analysis"},
    "notify": {"errors", "units", "model", "config", "analysis", "report"},
    "launch": {"errors", "units", "model", "config", "login"},
    "runner": {"errors", "units", "model", "config", "backtest", "sources", "analysis", "report"},
    "pipeline": {"errors", "units", "model", "config", "sources", "store", "analysis", "report", "notify", "runner"},
    "cli": {
        "errors",
        "units",
        "model",
        "config",
        "sources",
        "store",
        "analysis",
        "report",
        "notify",
        "runner",
        "login",
        "launch",
        "pipeline",
    },
}


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "perfwatch" else [f"perfwatch.{a.name}" for a in node.names]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        else:
            continue
        rooms |= {n.split(".")[1] for n in names if n.startswith("perfwatch.")}
    return rooms - {"__version__"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return [p for p in sorted(PACKAGE.rglob("*.py")) if room_of(p) not in ("__init__", "__main__", "dashboard")]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_the_rooms_before_it(path: Path) -> None:
    room = room_of(path)
    assert room in ALLOWED, f"{path.name}: give this new room its place in the order"
    assert imported_rooms(path) - {room} <= ALLOWED[room]


# Peers of the laboratory, imported where they are first used: an environment without one skips what needs it.
LABORATORY = {"google", "iceoryx2", "msgpack", "msgspec", "orjson", "pandas", "pyarrow", "tachyon", "websockets"}


def imported_packages(node: ast.AST) -> set[str]:
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return {node.module.split(".")[0]}
    return {a.name.split(".")[0] for a in node.names} if isinstance(node, ast.Import) else set()


def test_what_is_measured_needs_only_numpy_and_numba() -> None:
    known = {"numpy", "numba", "perfwatch", "__future__", *sys.stdlib_module_names}
    for path in (PACKAGE / "backtest").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        anywhere = {name for node in ast.walk(tree) for name in imported_packages(node)}
        assert anywhere <= known | LABORATORY, path
        # The peer's own process is the peer's.
        if path.name != "flight_server.py":
            assert {name for node in tree.body for name in imported_packages(node)} <= known, path


@pytest.mark.parametrize("path", sorted(DASHBOARD.rglob("*.py")), ids=lambda p: str(p.relative_to(DASHBOARD)))
def test_the_dashboard_knows_only_the_reader_the_analysis_and_the_model(path: Path) -> None:
    # What programs are told of an event is what reports say of it.
    reports = {"report"} if "api" in path.parts else set()
    assert imported_rooms(path) <= {"errors", "units", "model", "login", "store", "analysis"} | reports


@pytest.mark.parametrize("room", ["frames", "charts"])
def test_frames_and_charts_know_nothing_of_streamlit_nor_of_the_store(room: str) -> None:
    paths = list((DASHBOARD / room).rglob("*.py"))
    assert paths
    for path in paths:
        names = {
            name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for name in imported_packages(node)
        }
        assert not names & {"streamlit", "data", "judgements", "state", "views"}, path
