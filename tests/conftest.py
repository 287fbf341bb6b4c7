"""What every room's tests share."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

# A file is one worker's (`make python-test`), so those that take minutes go first: the last ones are short, and both
# workers end together.
LONGEST = (
    *("runner/test_interleave.py", "runner/test_suspects.py", "runner/test_run.py", "runner/test_profile.py"),
    *("workflow/test_action_commit.py", "workflow/test_nightly.py", "workflow/test_bench_commit.py"),
    *("workflow/test_fork.py", "pipeline/test_pull.py", "pipeline/test_judging.py"),
    *("pipeline/test_a_thousand_events.py", "store/test_team.py", "dashboard/"),
)

# A commit needs an author, and a bare machine has none configured; the user's own settings must not matter either.
_GIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep PERFWATCH_ variables of whoever runs the tests from changing what they test."""
    for name in list(os.environ):
        if name.startswith("PERFWATCH_") and name != "PERFWATCH_REQUIRE_ALL":
            monkeypatch.delenv(name)
    for name, value in _GIT_IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True, scope="session")
def _signals_as_in_a_terminal() -> None:
    """Undo what a shell does to a job in its background: SIGINT is ignored there, and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files first that take longest; the others stay in their order."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(ROOT / "tests").as_posix()
        return next((i for i, longest in enumerate(LONGEST) if path.startswith(longest)), len(LONGEST))

    items.sort(key=place)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn a skip into a failure where everything is required: CI must not be green by having run less."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("PERFWATCH_REQUIRE_ALL") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture
def git() -> Callable[..., str]:
    """Run git in a folder and return what it printed: git(folder, "commit", "-qm", "a")."""

    def run(folder: Path, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        message = "no browser: install the package `chromium`"
        (pytest.fail if os.environ.get("PERFWATCH_REQUIRE_ALL") == "1" else pytest.skip)(message)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield found
        found.close()
