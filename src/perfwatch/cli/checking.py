"""The command of the gate: check."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from perfwatch import errors
from perfwatch.cli.options import EXIT_CODES, as_json_text, config_of, piped, store_option, warn_of_compilation

if TYPE_CHECKING:
    from perfwatch.analysis.check import Check

_FORMATS = ("text", "md", "json", "junit", "github")
# What goes into a file: what a workflow of GitHub's reads is on its output, and nowhere else.
_IN_FILES = ("text", "md", "json", "junit")


@click.command(
    short_help="Judge a commit; the exit code says it.",
    epilog="""\b
Examples:
  perfwatch check                    HEAD against the nearest measured commit before it
  perfwatch check v1.2 --format json
  perfwatch check && echo ship it
  perfwatch check --output junit=perfwatch.xml --output md=perfwatch.md
  perfwatch check --exit-zero        say everything, hold nothing
  perfwatch check --format github    in a workflow: annotations, and the job's summary

\b
A commit may let its own regression pass, by a line at the end of its message:
  Perfwatch-Allow: regression ^compute; the new rounding rule costs this, see #12
It is kept as a word on the event, and shown. No message lets pass what was not measured, or an answer that moved:
that one is accepted by somebody (`perfwatch accept`). Where strangers write messages, give --no-trailers.

"""
    + EXIT_CODES,
)
@click.argument("commit", required=False)
@click.option(
    "--machine", metavar="NAME", help="Judge this machine only [default: every one that measured the commit]."
)
@click.option("--strict", is_flag=True, help="Exit 7 where a change that matters could have been missed.")
@click.option("--exit-zero", is_flag=True, help="End with 0 whatever was found; errors keep their code.")
@click.option(
    "--override", metavar="REASON", help="Let the regressions pass that hold the gate now; kept in the store."
)
@click.option("--override-by", metavar="NAME", help="Who says so [default: git's user.name].")
@click.option("--no-trailers", is_flag=True, help="Do not hear what commits' messages allow: a stranger wrote them.")
@store_option
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="For people, to be pasted, for programs, for Jenkins and GitLab, or for a workflow of GitHub's.",
)
@click.option(
    "--output",
    "outputs",
    metavar="FORMAT=FILE",
    multiple=True,
    help=f"Write it into a file, too ({', '.join(_IN_FILES)}); repeatable.",
)
def check(
    commit: str | None,
    machine: str | None,
    strict: bool,
    exit_zero: bool,
    override: str | None,
    override_by: str | None,
    no_trailers: bool,
    store: str | None,
    form: str,
    outputs: tuple[str, ...],
) -> int:
    """Judge a commit: equivalence, failures, regressions, and what changed against its parent."""
    from perfwatch import pipeline
    from perfwatch.pipeline.overriding import Overrides

    files = [_file(output) for output in outputs]
    warn_of_compilation()
    overrides = Overrides(override, override_by, are_trailers_heard=not no_trailers)
    found = pipeline.check(config_of(store=store), commit, machine, strict=strict, overrides=overrides)
    is_passed_over = exit_zero and found.exit_code != errors.EXIT_CLEAN
    with piped():
        click.echo(_WRITTEN[form](found), nl=False)
        if is_passed_over:
            # Beside a document for programs, not in it.
            click.echo(f"exit {found.exit_code} passed over by --exit-zero", err=form in ("json", "junit"))
    if form == "github":
        _append_summary(found)
    for name, path in files:
        _write(path, _WRITTEN[name](found))
    return errors.EXIT_CLEAN if is_passed_over else found.exit_code


def _file(output: str) -> tuple[str, Path]:
    """Return the format and the file that FORMAT=FILE names."""
    name, _, path = output.partition("=")
    if name not in _IN_FILES or not path:
        raise click.UsageError(
            f"--output {output!r}: write for example junit=perfwatch.xml; formats are {', '.join(_IN_FILES)}"
        )
    if not Path(path).absolute().parent.is_dir():
        raise click.UsageError(f"--output {output!r}: there is no folder {Path(path).absolute().parent}")
    return name, Path(path)


def _write(path: Path, text: str, mode: str = "w", name: str = "--output") -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise errors.UsageError(f"{name} {path}: cannot be written ({error.strerror})") from error


def _text(found: Check) -> str:
    from perfwatch.report import check as say

    return say.text(found) + "\n"


def _markdown(found: Check) -> str:
    from perfwatch.report import github

    return github.summary(found)


def _json(found: Check) -> str:
    from perfwatch.report import check as say

    return as_json_text(say.as_json(found)) + "\n"


def _junit(found: Check) -> str:
    from perfwatch.report.check_junit import junit

    return junit(found)


def _github(found: Check) -> str:
    """Return the annotations after the text."""
    from perfwatch.report import github

    commands = github.commands(found)
    return _text(found) + (f"{commands}\n" if commands else "")


_WRITTEN: Final[dict[str, Callable[[Check], str]]] = {
    "text": _text,
    "md": _markdown,
    "json": _json,
    "junit": _junit,
    "github": _github,
}


def _append_summary(found: Check) -> None:
    """Append the summary to the file that GITHUB_STEP_SUMMARY names."""
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if target:
        _write(Path(target), _markdown(found), "a", "GITHUB_STEP_SUMMARY")
