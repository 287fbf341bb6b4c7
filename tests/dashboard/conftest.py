"""Stores that tests of the dashboard share, dashboards on them, and a tab of a browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from story import COLUMNS, MARKUP, NEWEST, SUBJECTS, Project, accepted, commit, measured_ms

from perfwatch.config import load as load_config
from perfwatch.launch import start
from perfwatch.model import Commit, Ref
from perfwatch.pipeline.judging import judge_newest
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab of a browser, in which no script of a store's own may ever say anything."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(60_000)
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    yield page
    page.close()
    assert not alerts


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """All twelve commits, loaded; not to be changed."""
    project = Project(tmp_path_factory.mktemp("whole"))
    project.measure(*range(len(SUBJECTS)))
    project.load(accepted())
    return project


@pytest.fixture(scope="session")
def project_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Project]:
    """Measure and load the commits at some indices: project_of(0, 1)."""

    def made(*indices: int) -> Project:
        found = Project(tmp_path_factory.mktemp("some"))
        found.measure(*indices)
        found.load()
        return found

    return made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty folder to measure into."""
    return Project(tmp_path)


@pytest.fixture(scope="session")
def served(whole: Project) -> Iterator[str]:
    """Address of a dashboard on the twelve commits."""
    with start(str(whole.store), commit_url="https://example.org/commit/") as dashboard:
        yield dashboard.url


@pytest.fixture(scope="session")
def line() -> list[Commit]:
    """The commits of the story, oldest first."""
    return [commit(i) for i in range(len(SUBJECTS))]


@pytest.fixture(scope="session")
def named(tmp_path_factory: pytest.TempPathFactory, line: list[Commit]) -> Iterator[str]:
    """Address of a dashboard on the twelve commits, with a tag and two branches, one of them markup."""
    project = Project(tmp_path_factory.mktemp("named"))
    project.measure(*range(len(SUBJECTS)))
    refs = [
        Ref("v1.0", "tag", line[3].hash),
        Ref("main", "branch", line[NEWEST].hash),
        Ref("<img/src=x/onerror=alert(1)>", "branch", line[5].hash),
    ]
    with Writer(parse(project.store)) as writer:
        writer.load(project.folder / "results", project.folder / "runs", line, refs)
        writer.accept(accepted())
    with start(str(project.store)) as dashboard:
        yield dashboard.url


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two machines with events: a hundred commits, one series a third slower from the ninetieth on."""
    folder = tmp_path_factory.mktemp("judged")
    random, names = np.random.default_rng(5), [f"suite_{i}.time_work" for i in range(30)] + [MARKUP]
    for machine, n in (("bench-01", 100), ("bench-02", 40)):
        for index in range(n):
            values = np.exp(random.normal(0, 0.01, (len(names), 4))) * (1 + np.arange(len(names)))[:, None] * 1e-3
            values[3, 1] *= 1.33 if index >= 90 else 1
            document = {
                "commit_hash": commit(index).hash, "env_name": "py3.11", "date": int(measured_ms(index)),
                "params": {"machine": machine}, "python": "3.11", "requirements": {}, "env_vars": {},
                "result_columns": COLUMNS, "durations": {}, "version": 2,
                "results": {
                    name: [row.tolist(), [["'a'", "'b'", "'c'", "'<i>d</i>'"]], "1", int(measured_ms(index))]
                    for name, row in zip(names, values, strict=True)
                },
            }  # fmt: skip
            path = folder / "results" / machine / f"{commit(index).hash[:8]}-py3.11.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document))
    declared = {n: {"name": n, "unit": "seconds", "type": "time", "param_names": ["case"], "version": "1",
                    "params": [["'a'", "'b'", "'c'", "'<i>d</i>'"]]} for n in names}  # fmt: skip
    (folder / "results" / "benchmarks.json").write_text(json.dumps({"version": 2, **declared}))
    store = folder / "perfwatch.duckdb"
    with Writer(parse(store)) as writer:
        writer.load(folder / "results", None, [commit(i) for i in range(100)])
    assert judge_newest(load_config(folder, {"store": str(store)})) == 2
    return store


@pytest.fixture(scope="session")
def shown_judged(judged: Path) -> Iterator[str]:
    """Address of a dashboard on the store of two machines with events."""
    with start(str(judged)) as dashboard:
        yield dashboard.url


@pytest.fixture
def own(judged: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address of a dashboard on a copy of the judged store, and the copy."""
    store = tmp_path / "perfwatch.duckdb"
    shutil.copy(judged, store)
    shutil.copytree(f"{judged}.d", f"{store}.d")
    with start(str(store)) as dashboard:
        yield dashboard.url, store
