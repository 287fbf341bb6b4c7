"""The command for a pull request: pr."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfwatch import errors
from perfwatch.cli.options import EXIT_CODES, config_of, echo_json, piped

if TYPE_CHECKING:
    from perfwatch.analysis.pull import Pull
    from perfwatch.pipeline.rounds import Progress


@click.command(
    short_help="Measure a pull request against where it left its base.",
    epilog="""\b
Examples:
  perfwatch pr main my-branch
  perfwatch pr main HEAD --bench '^echo' --size quick --rounds 6
  perfwatch pr origin/main HEAD --budget 40 --out pull.json --plot pull.svg
  perfwatch pr main HEAD --format github --strict     in a workflow

HEAD is measured against the commit where it left BASE (their merge base), so that what BASE did since is not blamed on
it. Both are measured in turns on this host, A B B A …; after each round it is looked at what is decided, and the rounds
end when more would tell no more, or at once when an answer differs. What is measured follows from the changed files, by
the rules in [tool.perfwatch.pull]; the benchmarks of the answers always are. Nothing enters the store.

Where only files changed that the rules leave out, nothing is measured, and the exit code is 5: nothing was compared,
which is no failure and not clean either. Stopped by Ctrl-C it compares what both had by then, and ends with 2. A series
that got worse is let pass by a line `Perfwatch-Allow: regression; why` in a commit's message or by --override; a broken
answer and a failure are not.

"""
    + EXIT_CODES,
)
@click.argument("base")
@click.argument("head", default="HEAD")
@click.option(
    "--rounds", type=click.IntRange(min=1), help="Turns of each side, at most [default: 8]. Fewer see less: it is told."
)
@click.option("--size", metavar="SIZE", help="quick, full, all or a label [PERFWATCH_SIZE; default: full].")
@click.option("--bench", "patterns", multiple=True, metavar="REGEX", help="Instead of the rules: as asv's; repeatable.")
@click.option("--all", "everything", is_flag=True, help="Instead of the rules: every benchmark.")
@click.option("--no-merge-base", is_flag=True, help="Against BASE itself, whatever it did since HEAD left it.")
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), metavar="MINUTES", help="Begin no round beyond.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it as JSON for `perfwatch comment`."
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Write the changes as SVG.")
@click.option("--override", metavar="REASON", help="Let pass what got worse, and say why.")
@click.option("--no-trailers", is_flag=True, help="Do not hear what commits' messages allow: a stranger wrote them.")
@click.option("--strict", is_flag=True, help="Exit 7 where a change that matters could have been missed.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever was found; errors and Ctrl-C keep their codes.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "md", "json", "junit", "github"]),
    default="text",
    show_default=True,
    help="For people, to be pasted, for programs, for Jenkins and GitLab, or for a workflow of GitHub's.",
)
def pr(
    base: str,
    head: str,
    rounds: int | None,
    size: str | None,
    patterns: tuple[str, ...],
    everything: bool,
    no_merge_base: bool,
    budget: float | None,
    out: Path | None,
    plot: Path | None,
    override: str | None,
    no_trailers: bool,
    strict: bool,
    exit_zero: bool,
    quiet: bool,
    form: str,
) -> int:
    """Measure HEAD [default: HEAD] against BASE in turns on this host; say what its changes cost."""
    from perfwatch.pipeline.overriding import Overrides
    from perfwatch.pipeline.pull import MOST_ROUNDS, Asked, pull

    if patterns and everything:
        raise click.UsageError("--bench names some benchmarks, --all asks for every one; give one of them")
    for path in (out, plot):
        _refuse_unwritable(path)
    asked = Asked(
        patterns,
        everything,
        rounds or MOST_ROUNDS,
        budget * 60.0 if budget is not None else None,
        not no_merge_base,
        Overrides(override, are_trailers_heard=not no_trailers),
        strict,
    )
    found = pull(
        config_of(size=size),
        base,
        head,
        asked,
        quiet=quiet,
        tell=None if quiet else _tell,
        say=None if quiet else lambda line: click.echo(line, err=True),
    )
    _write(found, out, plot)
    with piped():
        _print(found, form)
    if exit_zero and found.exit_code not in (errors.EXIT_CLEAN, errors.EXIT_INTERRUPTED):
        # Beside a document for programs, not in it.
        click.echo(f"exit {found.exit_code} passed over by --exit-zero", err=form in ("json", "junit", "md"))
        return errors.EXIT_CLEAN
    return found.exit_code


def _refuse_unwritable(path: Path | None) -> None:
    """Raise before anything is measured, and not half an hour later."""
    if path is not None and not path.absolute().parent.is_dir():
        raise click.UsageError(f"{path}: its folder does not exist; make it first")


def _tell(progress: Progress) -> None:
    from perfwatch.runner.progress import span

    seen = f" · {progress.settled} of {progress.rows} series decided" if progress.rows else ""
    worse = f", {progress.worse} worse" if progress.worse else ""
    left = f" · at most {span(progress.left_s)} left" if progress.left_s is not None else ""
    turn = f"turn {progress.turn} of at most {progress.most_turns}: {progress.commit[:8]} ({progress.side})"
    click.echo(f"{turn}{seen}{worse}{left}", err=True)


def _write(found: Pull, out: Path | None, plot: Path | None) -> None:
    from perfwatch.report import pull as say

    if out is not None:
        import json

        _put(out, json.dumps(say.as_json(found), indent=1, ensure_ascii=False) + "\n")
    if plot is not None:
        drawn = say.chart(found)
        if drawn is None:
            click.echo(f"perfwatch: {plot}: not written, no series has a ratio to draw", err=True)
        else:
            _put(plot, drawn)


def _put(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise errors.UsageError(f"{path}: cannot be written ({error.strerror}); name a file of yours") from error


def _print(found: Pull, form: str) -> None:
    from perfwatch.report import pull as say
    from perfwatch.report import pull_github, pull_junit

    if form == "json":
        echo_json(say.as_json(found))
    elif form == "md":
        click.echo(say.markdown(found), nl=False)
    elif form == "junit":
        click.echo(pull_junit.junit(found, datetime.now(UTC)), nl=False)
    else:
        click.echo(say.text(found))
    if form == "github":
        commands = pull_github.commands(found)
        if commands:
            click.echo(commands)
        if target := os.environ.get("GITHUB_STEP_SUMMARY"):
            _append(Path(target), say.markdown(found))


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as summary:
            summary.write(text)
    except OSError as error:
        raise errors.UsageError(f"GITHUB_STEP_SUMMARY {path}: cannot be written ({error.strerror})") from error
