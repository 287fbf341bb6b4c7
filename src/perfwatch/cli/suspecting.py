"""Commands for a suspected commit: confirm, bisect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option, store_option

if TYPE_CHECKING:
    from perfwatch.analysis.sequential import Decided
    from perfwatch.config import Config
    from perfwatch.model import Commit
    from perfwatch.runner.profile import Profiler

_BENCH = click.option("--bench", "patterns", multiple=True, metavar="REGEX", help="As asv's --bench; repeatable.")
_SIZE = click.option("--size", metavar="SIZE", help="quick, full, all or a label [PERFWATCH_SIZE; default: full].")
_QUIET = click.option("--quiet", "-q", is_flag=True, help="No progress.")

_PROFILE = click.option(
    "--profile",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write where both commits spend their time, and the difference as a flame graph (py-spy or perf).",
)


def _tell(number: int, of: int, commit: str) -> None:
    click.echo(f"turn {number} of at most {of}: {commit[:8]}", err=True)


def _profiler(folder: Path | None) -> Profiler | None:
    """Return a profiler where one is asked for; that there is none is told before anything is measured."""
    if folder is None:
        return None
    from perfwatch.pipeline.profiling import ready

    return ready(folder)


def _profile(
    config: Config, before: Commit, after: Commit, row: Decided, folder: Path | None, profiler: Profiler | None
) -> None:
    """Write the profiles of a series at two commits, and say on stderr what moved; what was found stands without."""
    from perfwatch.pipeline.profiling import profiles

    if folder is None or profiler is None:
        return
    try:
        found = profiles(config, before, after, row.key.label, folder, profiler)
    except errors.PerfwatchError as error:
        click.echo(f"perfwatch: {error}", err=True)
        return
    click.echo(f"profiled {found.label} by {found.tool}: {found.files[-1]}", err=True)
    for name, first, second in found.moved:
        click.echo(f"  {100 * first:5.1f} % → {100 * second:5.1f} %  {name}", err=True)


@click.command(
    short_help="Measure a suspected commit again, beside the one before it.",
    epilog="""\b
Examples:
  perfwatch confirm 3fa9             an event that `perfwatch events` shows
  perfwatch confirm HEAD             every event at a commit
  perfwatch confirm HEAD~2 --bench '^echo' --size quick
  perfwatch confirm --budget 30      what is suspected and nobody spoke of, for half an hour

Both commits are measured in turns, A B B A …, only what the event is about, until it is decided. Where the change is
not at its commit, the commits around it are asked before it is called noise. What was found is kept as a word on the
event, unless a person has spoken: `accepted` (it is real) or, for a week, `noise`. An event that was only suspected is
told by `perfwatch notify` once it was found again.

\b
Exit codes:
  0 not found again, or an improvement     6 the answers differ
  1 a regression, found again              7 it could not be decided
  5 no such event                          9 a commit or a benchmark failed""",
)
@click.argument("subject", metavar="[EVENT | COMMIT]", required=False)
@click.option("--rounds", type=click.IntRange(min=3), default=6, show_default=True, help="Turns of each, at most.")
@click.option("--budget", type=click.FloatRange(min=0), metavar="MINUTES", help="Begin nothing after so long.")
@_BENCH
@_SIZE
@click.option("--machine", metavar="NAME", help="The name of this machine [PERFWATCH_MACHINE; default: the host's].")
@_PROFILE
@_QUIET
@store_option
@format_option
def confirm(
    subject: str | None,
    rounds: int,
    budget: float | None,
    patterns: tuple[str, ...],
    size: str | None,
    machine: str | None,
    folder: Path | None,
    quiet: bool,
    store: str | None,
    form: str,
) -> int:
    """Measure the commit of EVENT, or COMMIT, again beside the one measured before it, and say what is confirmed."""
    from perfwatch.pipeline.confirm import confirm as measure
    from perfwatch.pipeline.suspects import Suspect
    from perfwatch.report import confirm as say

    def about(suspect: Suspect) -> None:
        title = f": {suspect.event.title}" if suspect.event else ""
        click.echo(f"{suspect.before.hash[:8]} → {suspect.after.hash[:8]}{title}", err=True)

    config, profiler = config_of(size=size, store=store, machine=machine), _profiler(folder)
    found = measure(
        config,
        subject,
        rounds=rounds,
        bench=patterns,
        budget_s=None if budget is None else 60 * budget,
        quiet=quiet,
        tell=None if quiet else _tell,
        about=(lambda _: None) if quiet else about,
    )
    left = [suspect.event for suspect in found.left]
    if form == "json":
        echo_json(say.as_json(found.reruns, left))
    else:
        click.echo(say.text(found.reruns, left))
    for one in found.reruns:
        if one.outcome == "confirmed" and one.rows:
            _profile(config, one.before, one.after, one.rows[0], folder, profiler)
    return found.exit_code if found.reruns or not left else errors.EXIT_INCONCLUSIVE


@click.command(
    short_help="Find the commit that brought a change.",
    epilog="""\b
Examples:
  perfwatch bisect v1.0 HEAD --bench '^echo'
  perfwatch bisect 1a2b3c4 5d6e7f8 --event 3fa9    what `perfwatch confirm` suggests across a gap

GOOD lies before BAD on its first-parent line. Both are measured in turns first; then the commit in the middle, in turns
with both, until it is decided whose side it is on, and so on. One that does not build, or stays in doubt, is passed
over, and where it is in question a range is named. A number that does not scatter, answers and failures need one look.

\b
Exit codes:
  0 the two do not differ, or for the better    6 the commit that broke the answers
  1 the commit that brought a regression        7 doubt is left
  5 no such event                               9 the commit since which something fails""",
)
@click.argument("good")
@click.argument("bad")
@click.option("--event", metavar="ID", help="What the change is known by; the commit is kept as a word on it.")
@click.option("--rounds", type=click.IntRange(min=3), default=8, show_default=True, help="Turns of each, at most.")
@click.option("--budget", type=click.FloatRange(min=0), metavar="MINUTES", help="Begin no step after so long.")
@_BENCH
@_SIZE
@click.option("--machine", metavar="NAME", help="The name of this machine [PERFWATCH_MACHINE; default: the host's].")
@_PROFILE
@_QUIET
@store_option
@format_option
def bisect(
    good: str,
    bad: str,
    event: str | None,
    rounds: int,
    budget: float | None,
    patterns: tuple[str, ...],
    size: str | None,
    machine: str | None,
    folder: Path | None,
    quiet: bool,
    store: str | None,
    form: str,
) -> int:
    """Find the commit behind GOOD, up to BAD, that brought what differs between them."""
    from perfwatch.pipeline.bisect import bisect as find
    from perfwatch.report import bisect as say

    config, profiler = config_of(size=size, store=store, machine=machine), _profiler(folder)
    found = find(
        config,
        good,
        bad,
        rounds=rounds,
        bench=patterns,
        event=event,
        budget_s=None if budget is None else 60 * budget,
        quiet=quiet,
        tell=None if quiet else _tell,
        about=(lambda _: None) if quiet else (lambda line: click.echo(line, err=True)),
    )
    if form == "json":
        echo_json(say.as_json(found))
    else:
        click.echo(say.text(found))
    row = next((row for row in found.ends.rows if row.key.label == found.by), None)
    if len(found.candidates) == 1 and row is not None:
        _profile(config, found.before, found.candidates[0], row, folder, profiler)
    return found.exit_code
