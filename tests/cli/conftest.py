"""What the tests of the command line share."""

from __future__ import annotations

import pytest

from perfwatch.analysis import compiled


@pytest.fixture(autouse=True)
def _an_installation_that_was_used_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is said once, of compiling the judge, out of what a command says each time."""
    monkeypatch.setattr(compiled, "_cold", False)


@pytest.fixture(autouse=True)
def _away_from_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep errors as a terminal shows them, also where these tests are a job of GitHub's."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
