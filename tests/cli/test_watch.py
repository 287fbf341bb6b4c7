"""Results are loaded as they appear, by a real process that is ended by a real signal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from perfwatch import errors
from perfwatch.cli import run_command
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

WITHIN_S = 60.0


def write(results: Path, commit: str, text: str | None = None) -> Path:
    """Write the result file of a commit as asv does: beside its place first, then there at once."""
    document = {
        "version": 2,
        "commit_hash": commit,
        "env_name": "env",
        "date": 1700000000000,
        "params": {"machine": "m"},
        "result_columns": ["result", "params", "version"],
        "results": {"sort.time_sort": [[1.5], [], "1"]},
    }
    folder = results / "m"
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".{commit}.tmp"
    new.write_text(json.dumps(document) if text is None else text)
    return new.rename(folder / f"{commit[:8]}-env.json")


class Watching:
    """A `perfwatch watch` at work, and the lines it prints."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "perfwatch", "watch", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)

    def line_with(self, words: str) -> str:
        """Return the next line that holds `words`; those before it are passed over."""
        while words not in (line := self._lines.get(timeout=WITHIN_S)):
            pass
        return line

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(WITHIN_S)
        self._reader.join()
        return code


@pytest.fixture
def results(tmp_path: Path) -> Path:
    write(tmp_path / ".asv" / "results", "a" * 40)
    return tmp_path / ".asv" / "results"


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def watching(request: pytest.FixtureRequest, results: Path, tmp_path: Path) -> Iterator[Watching]:
    found = Watching(tmp_path, "--every", "0.5")
    yield found
    assert found.end(request.param) == errors.EXIT_CLEAN


def test_files_are_loaded_as_they_appear_and_a_broken_one_when_it_is_mended(
    watching: Watching, results: Path, tmp_path: Path
) -> None:
    watching.line_with("loaded 1 file, 1 measurements")
    write(results, "b" * 40)
    watching.line_with("loaded 1 file, 1 measurements; 1 unchanged")
    write(results, "c" * 40, text='{"version": 2, "commit')
    assert "perhaps cut short" in watching.line_with("left out")
    write(results, "c" * 40)
    watching.line_with("loaded 1 file")
    with Reader(parse(tmp_path / "perfwatch.duckdb")) as reader:
        assert {c.hash[0] for c in reader.commits()} == {"a", "b", "c"}


def test_a_folder_that_is_none_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert run_command(["watch", "nowhere"]) == errors.EXIT_USAGE
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def test_a_site_is_kept_up_to_date_and_a_store_without_numbers_makes_none(results: Path, tmp_path: Path) -> None:
    for path in results.glob("m/*.json"):
        path.unlink()
    watching = Watching(tmp_path, "--publish", "site")
    try:
        watching.line_with("not published: the store holds no measurement")
        for commit in ("b", "c"):
            write(results, commit * 40)
            watching.line_with("published")
            assert commit * 40 in (tmp_path / "site" / "data" / "index.js").read_text(encoding="utf-8")
    finally:
        assert watching.end(signal.SIGTERM) == errors.EXIT_CLEAN
