"""What several commands share: options, the settings they lead to, a progress bar, the table of exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from perfwatch.config import Config, load

EXIT_CODES = """\b
Exit codes, the same for every command:
  0 clean            5 nothing comparable
  1 regression       6 equivalence broken
  2 interrupted      7 inconclusive, under --strict
  3 a bug of ours    8 unreadable input
  4 usage            9 a measurement failed, is missing or stale, or a message did not arrive
Several at once: 6 over 9 over 1 over 5 over 7."""


def store_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--store", metavar="LOCATION", help="Where the store is [PERFWATCH_STORE; default: perfwatch.duckdb]."
    )(command)


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="For people or programs.",
    )(command)


def config_of(**flags: Any) -> Config:
    """Return the settings in force here with what the command line gave; None means not given."""
    return load(flags=flags)


def warn_of_compilation() -> None:
    """Say on stderr that the judge is about to be compiled, where it is: that takes a while, and shows nothing."""
    from perfwatch.analysis import compiled, online  # noqa: F401 (what is imported is what will be compiled)

    if compiled.is_cold():
        click.echo("perfwatch: compiling the judge, once after an installation …", err=True)


def as_json_text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def echo_json(document: Any) -> None:
    click.echo(as_json_text(document))


@contextmanager
def piped() -> Iterator[None]:
    """Let the reader of a pipe (`| head`) leave when it has seen enough: the code that follows stays what it is."""
    try:
        yield
    except BrokenPipeError:
        sys.stdout = None


class Progress:
    """A progress bar on a terminal, nothing elsewhere; called with (done, in all, what)."""

    def __init__(self, verb: str, *, shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._bar.add_task(verb, total=None)
        self._verb = verb

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int, what: str) -> None:
        self._bar.update(self._task, completed=done, total=total, description=f"{self._verb} {what[-48:]}")
