"""Every command ends with the code that is documented for what went wrong, on one line that says what to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import duckdb
import pytest

from perfwatch import errors
from perfwatch.cli import cli, run_command

COMMANDS = sorted(cli.commands)
# With these each command goes as far as its store: what it needs beside it.
ARGUMENTS = {
    "accept": ["HEAD", "--reason", "x"],
    "ack": ["abc", "--reason", "x"],
    "assign": ["abc", "ada"],
    "bisect": None,
    "calibrate": None,
    "check": [],
    "compare": ["a", "b"],
    "confirm": None,
    "dashboard": None,
    "events": [],
    "export": ["out"],
    "import": None,
    "ingest": None,
    "notify": [],
    "outbox": [],
    "prune": ["--older-than", "1y", "--yes"],
    "publish": ["site"],
    "replay": [],
    "score": [],
    "serve": None,
    "sql": ["SELECT 1"],
    "watch": None,
}
READING = sorted(name for name, arguments in ARGUMENTS.items() if arguments is not None)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERFWATCH_WEBHOOK_URL", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("PERFWATCH_WEBHOOK_SECRET", "hush")


def ends_with(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> str:
    assert run_command(arguments) == code, arguments
    complaint = capsys.readouterr().err
    assert complaint.startswith("perfwatch: ")
    assert complaint.count("\n") == 1
    return complaint


def test_every_command_with_a_store_is_tried_here() -> None:
    with_store = {name for name, c in cli.commands.items() if any(p.name == "store" for p in c.params)}
    assert with_store == set(ARGUMENTS)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_option_that_does_not_exist_is_4(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"perfwatch {command} --help" in ends_with([command, "--no-such"], errors.EXIT_USAGE, capsys)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_argument_or_one_too_many_is_4(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    parameters = cli.commands[command].params
    if any(isinstance(p, click.Argument) and p.required for p in parameters):
        ends_with([command], errors.EXIT_USAGE, capsys)
    if not any(p.nargs == -1 for p in parameters):
        ends_with([command, *["x"] * 9], errors.EXIT_USAGE, capsys)


def _typed(kind: type) -> list[tuple[str, str]]:
    return [
        (name, p.opts[0])
        for name, command in sorted(cli.commands.items())
        for p in command.params
        if isinstance(p, click.Option) and isinstance(p.type, kind)
    ]


@pytest.mark.parametrize(
    ("command", "option"),
    [*_typed(click.Choice), *_typed(click.types.IntParamType), *_typed(click.types.FloatParamType)],
)
def test_a_value_of_the_wrong_kind_is_4(command: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert option in ends_with([command, option, "no such value"], errors.EXIT_USAGE, capsys)


@pytest.mark.parametrize("command", READING)
def test_a_store_that_is_not_there_is_5(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = ends_with([command, *ARGUMENTS[command]], errors.EXIT_NOTHING_TO_COMPARE, capsys)
    assert "perfwatch ingest" in said
    assert [p.name for p in Path().iterdir()] == []


@pytest.mark.parametrize("command", READING)
def test_a_store_that_cannot_be_read_is_8_and_stays_as_it_was(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    notes = Path("notes.txt")
    notes.write_text("my notes, not a database " * 1000)
    with duckdb.connect("other.duckdb") as other:
        other.execute("CREATE TABLE mine (i INTEGER)")
    before = {p.name: p.read_bytes() for p in Path().glob("*.*") if p.is_file()}
    for name in ("notes.txt", "other.duckdb"):
        arguments = [command, *ARGUMENTS[command], "--store", name]
        assert name in ends_with(arguments, errors.EXIT_UNREADABLE, capsys)
    assert {name: Path(name).read_bytes() for name in before} == before


@pytest.mark.parametrize("command", READING)
def test_an_address_of_a_store_that_is_none_is_4(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    for address in ("quack:", "ducklake:nonsense"):
        ends_with([command, *ARGUMENTS[command], "--store", address], errors.EXIT_USAGE, capsys)


@pytest.mark.parametrize("text", ["size = [", "no_such_setting = 1"])
@pytest.mark.parametrize("command", READING)
def test_settings_that_cannot_be_read_are_4(command: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("perfwatch.toml").write_text(text)
    assert "perfwatch.toml" in ends_with([command, *ARGUMENTS[command]], errors.EXIT_USAGE, capsys)


def test_a_report_that_does_not_say_its_commit_is_4_and_leaves_no_store(capsys: pytest.CaptureFixture[str]) -> None:
    Path("report.json").write_text('[{"name": "a", "unit": "s", "value": 1.5}]')
    assert "--commit" in ends_with(["ingest", "report.json", "--machine", "m"], errors.EXIT_USAGE, capsys)
    assert [p.name for p in Path().iterdir()] == ["report.json"]


def test_a_store_of_a_newer_program_is_8_for_whoever_reads_and_writes(capsys: pytest.CaptureFixture[str]) -> None:
    Path("report.json").write_text('[{"name": "a", "unit": "s", "value": 1.5}]')
    load = ["ingest", "report.json", "--machine", "m", "--commit", "a" * 40]
    assert run_command(load) == errors.EXIT_CLEAN
    for path in [Path("perfwatch.duckdb"), *Path("perfwatch.duckdb.d").glob("*.duckdb")]:
        with duckdb.connect(path) as store:
            store.execute("INSERT INTO schema_version VALUES (9999, 'of a day to come', now()::TIMESTAMP)")
    capsys.readouterr()
    for arguments in (["check"], ["events"], ["sql", "SELECT 1"], [*load, "--verify"]):
        assert "newer" in ends_with(arguments, errors.EXIT_UNREADABLE, capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "-", "--as", "csv"],
        ["export", "no/such/folder/file.prom", "--as", "prometheus"],
        ["export", "report.json", "--as", "parquet"],
        ["publish", "report.json"],
        ["check", "--output", "md=no/such/folder/file.md"],
    ],
    ids=" ".join,
)
def test_a_place_that_cannot_be_written_to_is_4(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("report.json").write_text('[{"name": "a", "unit": "s", "value": 1.5}]')
    assert run_command(["ingest", "report.json", "--machine", "m", "--commit", "a" * 40]) == errors.EXIT_CLEAN
    capsys.readouterr()
    ends_with(arguments, errors.EXIT_USAGE, capsys)


def test_a_program_stopped_by_ctrl_c_ends_with_2_and_one_line() -> None:
    reader, writer = os.pipe()
    # `sql` waits for the store in a pipe that nobody writes to, so that the signal meets it at work.
    code = (
        "import os, signal, sys\n"
        "from perfwatch import cli\n"
        "def waits(*_, **__):\n"
        f"    os.write({writer}, b'.')\n"
        "    signal.pause()\n"
        "cli.cli.commands['sql'].callback = waits\n"
        "sys.argv[1:] = ['sql', 'SELECT 1']\n"
        "cli.main()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, pass_fds=[writer]) as done:
        os.close(writer)
        assert os.read(reader, 1) == b"."
        done.send_signal(signal.SIGINT)
        _, said = done.communicate()
    os.close(reader)
    assert done.returncode == errors.EXIT_INTERRUPTED
    assert said.strip() == "perfwatch: interrupted"
