"""docs/gate.md says what `perfwatch check` does: its codes, its options, its formats, and lines that can be typed."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from perfwatch import errors
from perfwatch.analysis.override import KEY, Allowance, read
from perfwatch.cli import cli

TEXT = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")
# From a block of shell to its end of line, an operator or the end of a string; in the text up to the closing backquote.
COMMANDS = sorted(
    {
        " ".join(found.partition(" | ")[0].split())
        for pattern in (r"`(perfwatch [^`]+)`", r"(?m)(?<![`\w/])(perfwatch [a-z][^`\n&|;']*)(?:&&|\|\||;|'|$)")
        for found in re.findall(pattern, TEXT)
        if found.split()[1] in cli.commands and not re.search(r"\[|FORMAT|\\", found)
    }
)


def test_every_exit_code_has_a_row() -> None:
    rows = [int(code) for code in re.findall(r"^\| (\d) \|", TEXT, flags=re.MULTILINE)]
    known = sorted(value for name, value in vars(errors).items() if name.startswith("EXIT_"))
    assert rows == known


def test_every_format_has_a_row_and_every_way_to_change_the_verdict_is_named() -> None:
    options = {p.opts[0]: p for p in cli.commands["check"].params if isinstance(p, click.Option)}
    formats = options["--format"].type
    assert isinstance(formats, click.Choice)
    for name in formats.choices:
        assert re.search(rf"^\| `{name}` \|", TEXT, flags=re.MULTILINE)
    for name in options.keys() - {"--store", "--machine"}:
        assert name in TEXT


@pytest.mark.parametrize("line", COMMANDS)
def test_every_line_can_be_typed(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    if arguments or not any(p.required for p in cli.commands[name].params):
        cli.commands[name].make_context(name, arguments)


def test_every_line_for_a_message_lets_something_pass() -> None:
    lines = re.findall(rf"{KEY}: (.*)", TEXT)
    assert len(lines) == 3
    for line in lines:
        assert isinstance(read("c0ffee00" * 5, "Ada", datetime(2026, 5, 1, tzinfo=UTC), line), Allowance)
