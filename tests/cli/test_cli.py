"""The command line: help, usage errors, exit codes. Commands are run in-process through the same function as `main`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from perfwatch import errors
from perfwatch.cli import cli, run_command

COMMANDS = sorted(cli.commands)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_commands_are_there() -> None:
    listed = (
        "accept ack assign bench bisect calibrate check comment compare confirm dashboard events export fingerprint "
    )
    listed += "import ingest lab notify outbox pr prune publish replay run score serve sql watch"
    assert " ".join(COMMANDS) == listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([command, "--help"]) == 0
    assert "Example" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_in_the_readme(command: str, root: Path) -> None:
    assert f"`perfwatch {command}" in (root / "README.md").read_text(encoding="utf-8")


def test_every_exit_code_is_documented_in_the_readme(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    for name, code in vars(errors).items():
        if name.startswith("EXIT_"):
            assert f"| {code} |" in text, name


def test_every_setting_is_documented_in_the_readme(root: Path) -> None:
    from dataclasses import fields

    from perfwatch.config import FOUND, TABLES, Config

    text = (root / "README.md").read_text(encoding="utf-8")
    for name in {f.name for f in fields(Config)} - FOUND:
        assert f"`{name}`" in text
        assert name in TABLES or f"PERFWATCH_{name.upper()}" in text


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["check", "--format", "xml"],
        ["sql"],
        ["accept", "HEAD"],
        ["run", "HEAD", "--newest", "2"],
        ["run", "--newest", "0"],
        ["ingest", "--store", "a", "--no-such-flag"],
        ["dashboard", "--port", "99999"],
        ["fingerprint", "--architecture", "cobol"],
        ["fingerprint", "--size", "enormous"],
        ["run", "--cores", "first"],
    ],
    ids=" ".join,
)
def test_a_usage_error_ends_with_4_and_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(arguments) == errors.EXIT_USAGE
    complaint = capsys.readouterr().err
    if arguments:
        assert complaint.startswith("perfwatch: ")
        assert complaint.count("\n") == 1


def test_on_github_an_error_becomes_an_annotation_in_which_every_word_is_a_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run_command(["notify", "--sink", "50%0A::warning::x"]) == errors.EXIT_USAGE
    complaint = capsys.readouterr().err
    assert complaint.startswith("::error::perfwatch: ")
    assert complaint.count("\n") == 1
    assert "50%250A" in complaint


@pytest.mark.parametrize("command", [["check"], ["sql", "SELECT 1"], ["accept", "HEAD", "--reason", "x"]])
def test_a_store_that_does_not_exist_says_what_to_run(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(command) == errors.EXIT_NOTHING_TO_COMPARE
    assert "perfwatch ingest" in capsys.readouterr().err


def test_a_results_folder_that_does_not_exist_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["ingest", "nowhere"]) == errors.EXIT_USAGE
    assert "nowhere" in capsys.readouterr().err


def test_a_file_that_is_no_store_is_unreadable_and_stays_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "notes.txt").write_text("my notes, not a database" * 1000)
    assert run_command(["ingest", "results", "--store", "notes.txt"]) == errors.EXIT_UNREADABLE
    assert (tmp_path / "notes.txt").read_text() == "my notes, not a database" * 1000
    assert "notes.txt" in capsys.readouterr().err


def test_fingerprint_as_json_holds_the_published_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["fingerprint", "--size", "quick", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["identical"] is True
    assert len({a["digest"] for a in document["architectures"].values()}) == 1
    assert {"reference", "in_process", "rust_certified"} < set(document["architectures"])


def test_the_program_is_the_same_as_the_module(root: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "perfwatch", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("perfwatch, version")


def test_the_help_of_the_laboratory_names_every_section(capsys: pytest.CaptureFixture[str]) -> None:
    from perfwatch.runner.lab.run import SECTIONS

    assert run_command(["lab", "--help"]) == 0
    assert f"Sections: {', '.join(SECTIONS)}." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rules", "arguments", "words"),
    [
        ("", ["--login"], "provider is missing"),
        # A table that is there and empty closes the door, too.
        ("# to be filled in", [], "provider is missing"),
        (
            'provider = "https://a.example.org"\nclient_id = "p"\nviewers = ["*"]',
            [],
            "PERFWATCH_CLIENT_SECRET is not set",
        ),
        ('provider = "https://a.example.org"', [], "client_id is missing"),
        ("", ["--public-url", "bench.example.org"], "no address"),
        ("", ["--public-url", "https://bench.example.org/a", "--base-path", "b"], "not the path"),
    ],
)
def test_rules_of_a_login_hold_unless_they_are_turned_off_and_what_they_lack_is_told(
    rules: str,
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "perfwatch.toml").write_text(f"[login]\n{rules}\n" if rules else "")
    monkeypatch.chdir(tmp_path)
    assert run_command(["dashboard", "--no-browser", "--port", "0", *arguments]) == errors.EXIT_USAGE
    complaint = capsys.readouterr().err
    assert words in complaint
    assert complaint.count("\n") == 1
