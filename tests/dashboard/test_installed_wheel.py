"""The wheel in an empty environment: the program runs, finds its engine, and every page of the dashboard loads."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from looking import PAGES

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo, from https://rustup.rs")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The program of an environment that holds the wheel, what the wheel requires, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    pip = [str(folder / "env" / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "env" / "bin" / "perfwatch"


@pytest.fixture(scope="module")
def address(installed: Path, whole: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the installed program serves its dashboard, started as a user would, in a folder without a project."""
    command = [str(installed), "dashboard", "--no-browser", "--port", "0", "--store", str(whole.store)]
    folder = tmp_path_factory.mktemp("elsewhere")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout is not None
            found = re.search(r"http://\S+", served.stdout.readline())
            assert found is not None
            yield found.group()
        finally:
            served.terminate()
            assert served.wait(timeout=30) == 0


def test_the_installed_engine_answers(installed: Path, tmp_path: Path) -> None:
    command = [str(installed), "fingerprint", "--size", "quick", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["identical"] is True


@pytest.mark.parametrize("page", PAGES)
def test_every_page_loads_from_the_wheel(page: str, address: str, browser: Any) -> None:
    tab = browser.new_page()
    try:
        tab.goto(f"{address}/{page}")
        tab.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
        tab.wait_for_selector("h1", timeout=60_000)
        assert tab.locator('[data-testid="stException"]').count() == 0
    finally:
        tab.close()
