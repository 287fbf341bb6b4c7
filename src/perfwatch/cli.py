"""Flags → pipeline; errors are printed once, here, on one line; exit codes say one thing each."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from perfwatch import __version__, errors
from perfwatch.config import Config, load

_EXIT_CODES = """\b
Exit codes, the same for every command:
  0 clean            5 nothing comparable
  1 regression       6 equivalence broken
  2 interrupted      7 inconclusive, under --strict
  3 a bug of ours    8 unreadable input
  4 usage            9 a measurement failed, is missing or stale
Several at once: 6 over 9 over 1 over 5 over 7."""


def main() -> None:
    """Run the command line and end the process with the exit code it earned."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Return the exit code of the command line `arguments`; the only place that prints an error."""
    try:
        code = cli.main(arguments, prog_name="perfwatch", standalone_mode=False)
        return code if isinstance(code, int) else errors.EXIT_CLEAN
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return errors.EXIT_USAGE
    except click.ClickException as error:
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "perfwatch"
        _complain(f"{error.format_message()} (`{where} --help` shows the usage)")
        return errors.EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
        return errors.EXIT_INTERRUPTED
    except errors.PerfwatchError as error:
        _complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has seen enough; keep the interpreter from complaining at exit.
        sys.stdout = None
        return errors.EXIT_CLEAN
    except Exception:
        traceback.print_exc()
        _complain("this is a bug of perfwatch; please report it with the lines above")
        return errors.EXIT_BUG


def _complain(message: str) -> None:
    click.echo(f"perfwatch: {' '.join(message.split())}", err=True)


class _InOrderOfUse(click.Group):
    """Lists its commands as they are used one after the other, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InOrderOfUse, epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="perfwatch")
def cli() -> None:
    """Continuous benchmarking: is it still the same answer, and how fast?

    \b
    The usual round, in a project with an asv.conf.json:
      perfwatch run HEAD~3..HEAD     measure commits
      perfwatch ingest               load the results into the store
      perfwatch check                judge HEAD: exit code and a table
      perfwatch dashboard            look at it in a browser
    """


def _store_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--store", metavar="LOCATION", help="Where the store is [PERFWATCH_STORE; default: perfwatch.duckdb]."
    )(command)


def _format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="For people or programs.",
    )(command)


def _config(**flags: Any) -> Config:
    return load(flags=flags)


def _echo_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


@cli.command(
    short_help="Measure commits with asv.",
    epilog="""\b
Examples:
  perfwatch run                      HEAD, if it is not measured yet
  perfwatch run HEAD~5..HEAD         five commits, oldest first
  perfwatch run --newest 3 --size quick
  perfwatch run v1.2 --bench '^echo' --rerun

Stopped by Ctrl-C, it goes on where it was when called again.""",
)
@click.argument("commits", metavar="[RANGE]", required=False)
@click.option(
    "--newest", type=click.IntRange(min=1), metavar="N", help="The newest N commits of HEAD's first-parent line."
)
@click.option(
    "--size", metavar="SIZE", help="quick, full, all or a label such as 150000x80 [PERFWATCH_SIZE; default: full]."
)
@click.option(
    "--bench", multiple=True, metavar="REGEX", help="Only benchmarks that match, as asv's --bench; repeatable."
)
@click.option(
    "--machine", metavar="NAME", help="Keep the results under this name [PERFWATCH_MACHINE; default: the host's]."
)
@click.option(
    "--cores", metavar="CLIENT,ENGINE", help="Processors to pin to [PERFWATCH_CORES; default: the two lowest allowed]."
)
@click.option("--rerun", is_flag=True, help="Measure again what is measured already.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def run(
    commits: str | None,
    newest: int | None,
    size: str | None,
    bench: tuple[str, ...],
    machine: str | None,
    cores: str | None,
    rerun: bool,
    quiet: bool,
) -> int:
    """Measure commits that are not measured yet: asv, pinned, with the host recorded."""
    from perfwatch.runner.run import run as measure

    if commits and newest:
        raise click.UsageError("RANGE and --newest exclude each other")
    config = _config(machine=machine, cores=cores, size=size)
    report = measure(config, commits, newest=newest, bench=bench, rerun=rerun, quiet=quiet)
    click.echo(report.text())
    return report.exit_code


@cli.command(
    epilog="""\b
Examples:
  perfwatch ingest                   the project's own .asv/results
  perfwatch ingest ../other/results  another tree
  perfwatch ingest --verify          digest every file, trust no dates

A file that cannot be read is named and left out; the others load (exit 8 with --strict, or when nothing loaded)."""
)
@click.argument("results", metavar="[RESULTS]", required=False, type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Digest every file instead of trusting size and time.")
@click.option("--strict", is_flag=True, help="Exit 8 if any file could not be read.")
@_store_option
@_format_option
def ingest(results: Path | None, verify: bool, strict: bool, store: str | None, form: str) -> int:
    """Load an asv results tree into the store."""
    from perfwatch import pipeline
    from perfwatch.report import ingest as say

    with _Progress("loading", shown=form == "text") as progress:
        report = pipeline.ingest(
            _config(store=store), results.resolve() if results else None, verify=verify, progress=progress
        )
    if form == "json":
        _echo_json(say.as_json(report))
    else:
        click.echo(say.text(report))
    nothing_readable = report.unreadable and not (report.loaded or report.unchanged)
    return errors.EXIT_UNREADABLE if nothing_readable or (strict and report.unreadable) else errors.EXIT_CLEAN


@cli.command(
    short_help="Judge a commit; the exit code says it.",
    epilog="""\b
Examples:
  perfwatch check                    HEAD against the nearest measured commit before it
  perfwatch check v1.2 --format json
  perfwatch check && echo ship it

"""
    + _EXIT_CODES,
)
@click.argument("commit", required=False)
@click.option(
    "--machine", metavar="NAME", help="Judge this machine only [default: every one that measured the commit]."
)
@_store_option
@_format_option
def check(commit: str | None, machine: str | None, store: str | None, form: str) -> int:
    """Judge a commit: equivalence, failures, and what changed against its parent."""
    from perfwatch import pipeline
    from perfwatch.report import check as say

    found = pipeline.check(_config(store=store), commit, machine)
    if form == "json":
        _echo_json(say.as_json(found))
    else:
        click.echo(say.text(found))
    return found.exit_code


@cli.command(
    short_help="Accept a fingerprint that moved.",
    epilog="""\b
Example:
  perfwatch accept HEAD --reason "fee corrected from 0.09 to 0.10, see #12" """,
)
@click.argument("commit")
@click.option("--reason", required=True, help="Why the new fingerprint is right; kept in the store.")
@click.option("--author", help="Who says so [default: git's user.name].")
@_store_option
def accept(commit: str, reason: str, author: str | None, store: str | None) -> int:
    """Accept the fingerprint of COMMIT as the right one from now on."""
    from perfwatch import pipeline

    word = pipeline.accept(_config(store=store), commit, reason, author)
    click.echo(f"accepted {word.commit[:8]} by {word.author}: {word.reason}")
    return errors.EXIT_CLEAN


@cli.command(
    short_help="Ask every architecture now.",
    epilog="""\b
Examples:
  perfwatch fingerprint                              every architecture, full size
  perfwatch fingerprint --size quick --format json
  perfwatch fingerprint --architecture in_process

Exit 6 if an architecture disagrees with the reference, 9 if one could not answer.""",
)
@click.option(
    "--size", default="full", show_default=True, metavar="SIZE", help="quick, full, or a label such as 150000x80."
)
@click.option(
    "--architecture", "chosen", multiple=True, metavar="NAME", help="Only these, beside the reference; repeatable."
)
@_format_option
def fingerprint(size: str, chosen: tuple[str, ...], form: str) -> int:
    """Compute the sweep through every architecture and print what each answers."""
    from perfwatch.report import fingerprint as say
    from perfwatch.runner import fingerprint as compute

    label = compute.label(size)
    with _Progress("computing", shown=form == "text") as progress:
        answers = compute.answers(size, compute.names(chosen), progress)
    if form == "json":
        _echo_json(say.as_json(label, answers))
    else:
        click.echo(say.text(label, answers))
    if any(a.difference for a in answers):
        return errors.EXIT_EQUIVALENCE_BROKEN
    return errors.EXIT_NOT_MEASURED if any(a.error for a in answers) else errors.EXIT_CLEAN


@cli.command(
    epilog="""\b
Examples:
  perfwatch dashboard
  perfwatch dashboard --port 8600 --no-browser
  perfwatch dashboard --store other.duckdb"""
)
@click.option("--port", type=click.IntRange(0, 65535), default=8501, show_default=True, help="0 for any free one.")
@click.option("--address", default="localhost", show_default=True, help="Interface to listen on.")
@click.option("--browser/--no-browser", default=True, help="Open a browser.")
@_store_option
def dashboard(port: int, address: str, browser: bool, store: str | None) -> int:
    """Open the dashboard."""
    from perfwatch.launch import serve

    config = _config(store=store)
    return serve(config.store, port=port, address=address, open_browser=browser, commit_url=config.show_commit_url)


@cli.command(
    epilog="""\b
Examples:
  perfwatch sql "SELECT benchmark, count(*) FROM series GROUP BY 1"
  perfwatch sql "FROM runs" --format json
  perfwatch sql "SHOW TABLES" """
)
@click.argument("query")
@_store_option
@_format_option
def sql(query: str, store: str | None, form: str) -> int:
    """Ask the store in SQL; it is opened read-only."""
    from perfwatch.report import rows
    from perfwatch.store.location import parse
    from perfwatch.store.reader import Reader

    with Reader(parse(_config(store=store).store)) as reader:
        frame = reader.sql(query)
    if form == "json":
        click.echo(rows.as_json(frame))
    else:
        click.echo(rows.text(frame))
    return errors.EXIT_CLEAN


class _Progress:
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

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int, what: str) -> None:
        self._bar.update(self._task, completed=done, total=total, description=f"{self._verb} {what[-48:]}")
