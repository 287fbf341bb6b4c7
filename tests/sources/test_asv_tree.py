"""A results tree: which files it has, and what its machines say of themselves."""

from __future__ import annotations

import pytest

from perfwatch.errors import SourceError, UsageError
from perfwatch.sources.asv import discover, parse_machine


def test_files_are_told_by_their_place(tmp_path):
    names = ["benchmarks.json", "m/machine.json", "m/b-e.json", "m/a-e.json", "n/deep/c-e.json", "m/.hidden.json",
             "m/notes.txt", ".git/x.json"]  # fmt: skip
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    assert [(f.kind, str(f.path.relative_to(tmp_path))) for f in discover(tmp_path)] == [
        ("asv-benchmarks", "benchmarks.json"), ("asv-machine", "m/machine.json"), ("asv-results", "m/a-e.json"),
        ("asv-results", "m/b-e.json"), ("asv-results", "n/deep/c-e.json"),
    ]  # fmt: skip


def test_a_folder_that_is_not_there_or_is_a_file_is_a_wrong_argument(tmp_path):
    with pytest.raises(UsageError, match="no such results folder"):
        discover(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        discover(tmp_path / "file")


def test_a_dangling_link_is_found_so_that_reading_it_can_say_what_is_wrong(tmp_path):
    (tmp_path / "a-e.json").symlink_to(tmp_path / "nowhere")
    assert [f.path.name for f in discover(tmp_path)] == ["a-e.json"]


def test_a_machine_has_a_name_and_facts(tmp_path):
    path = tmp_path / "box" / "machine.json"
    assert parse_machine(b'{"machine": "m", "version": 1, "cpu": "x"}', path).facts == {"cpu": "x"}
    assert parse_machine(b'{"machine": "m"}', path).name == "m"
    assert parse_machine(b'{"version": 1}', path).name == "box"
    with pytest.raises(SourceError):
        parse_machine(b"{", path)
