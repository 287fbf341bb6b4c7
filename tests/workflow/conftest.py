"""A tiny asv project, and jobs on clones of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from toy_project import Job, Toy, make


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """asv's environments, made once."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, so that asv's machine file is not that of whoever runs the tests."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def toy(tmp_path: Path, environments: Path) -> Toy:
    """The project, without a commit."""
    return make(tmp_path, environments)


@pytest.fixture
def job(toy: Toy, home: Path) -> Callable[..., Job]:
    """Start a job on a fresh clone of main: job("name", **variables)."""
    return lambda name, **variables: toy.job(name, home, **variables)
