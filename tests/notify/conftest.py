"""Forges that answer on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from github_server import GitHub, github_listening
from gitlab_server import GitLab, gitlab_listening
from notices import FIRST, SECOND


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A GitHub with one repository that knows two commits."""
    with github_listening() as forge:
        forge.repository.commits |= {FIRST, SECOND}
        yield forge


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    """A GitLab with one project that knows two commits."""
    with gitlab_listening() as forge:
        forge.commits |= {FIRST, SECOND}
        yield forge
