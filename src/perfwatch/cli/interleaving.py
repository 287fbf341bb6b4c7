"""Commands that measure in turns: bench, calibrate."""

from __future__ import annotations

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option, piped, store_option

_BENCH = click.option("--bench", "patterns", multiple=True, metavar="REGEX", help="As asv's --bench; repeatable.")
_SIZE = click.option("--size", metavar="SIZE", help="quick, full, all or a label [PERFWATCH_SIZE; default: full].")
_QUIET = click.option("--quiet", "-q", is_flag=True, help="No progress.")
_SEED = click.option("--seed", type=int, default=0, show_default=True, help="Of the resampling.")


def _tell(number: int, of: int, commit: str) -> None:
    click.echo(f"turn {number} of {of}: {commit[:8]}", err=True)


@click.command(
    short_help="Measure two commits in turns and compare them.",
    epilog="""\b
Examples:
  perfwatch bench HEAD~1 HEAD --bench '^echo' --size quick
  perfwatch bench main my-branch --rounds 6

Both are built once and measured on this host, A B B A A B …, so that what the host does meets both. Nothing enters the
store. The exit code is 6 where an answer differs, 9 where a benchmark failed, else 0. Stopped by Ctrl-C, it compares
what both had by then, and ends with 2.""",
)
@click.argument("before")
@click.argument("after")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Turns of each commit.")
@_BENCH
@_SIZE
@click.option("--only-changed", is_flag=True, help="Leave out what did not change by as much as matters.")
@_SEED
@_QUIET
@format_option
def bench(
    before: str,
    after: str,
    rounds: int,
    patterns: tuple[str, ...],
    size: str | None,
    only_changed: bool,
    seed: int,
    quiet: bool,
    form: str,
) -> int:
    """Measure BEFORE and AFTER in turns on this host, then compare them."""
    from perfwatch.pipeline.bench import bench as measure
    from perfwatch.report import compare as say

    config = config_of(size=size)
    tell = None if quiet else _tell
    done = measure(config, before, after, rounds=rounds, patterns=patterns, quiet=quiet, seed=seed, tell=tell)
    if done.comparison is not None:
        with piped():
            if form == "json":
                echo_json(say.as_json([done.comparison]))
            else:
                click.echo(say.text([done.comparison], only_changed=only_changed, interleaved=True))
    if done.taken.is_stopped:
        return errors.EXIT_INTERRUPTED
    if done.comparison is not None and done.comparison.breaks:
        return errors.EXIT_EQUIVALENCE_BROKEN
    failed = any(turn.failures for turn in done.taken.turns)
    return errors.EXIT_NOT_MEASURED if failed else errors.EXIT_CLEAN


@click.command(
    short_help="Measure a commit against itself: its noise.",
    epilog="""\b
Examples:
  perfwatch calibrate --size quick --rounds 6
  perfwatch calibrate v1.0 --bench '^echo' --commits-per-month 200

Every difference is noise. It is kept in the store, and what it will cost is told: how many false alarms a month, and
which changes could not be seen.""",
)
@click.argument("commit", default="HEAD")
@click.option("--rounds", type=click.IntRange(min=3), default=5, show_default=True, help="Turns of each side.")
@click.option(
    "--commits-per-month", type=click.FloatRange(min=1), default=100, show_default=True, help="For the forecast."
)
@_BENCH
@_SIZE
@_SEED
@_QUIET
@store_option
@format_option
def calibrate(
    commit: str,
    rounds: int,
    commits_per_month: float,
    patterns: tuple[str, ...],
    size: str | None,
    seed: int,
    quiet: bool,
    store: str | None,
    form: str,
) -> int:
    """Measure COMMIT against itself in turns, keep the noise, and print what it will cost."""
    from perfwatch.pipeline.calibrate import calibrate as measure
    from perfwatch.report import calibrate as say

    found = measure(
        config_of(size=size, store=store),
        commit,
        rounds=rounds,
        commits_per_month=commits_per_month,
        patterns=patterns,
        quiet=quiet,
        seed=seed,
        tell=None if quiet else _tell,
    )
    if form == "json":
        echo_json(say.as_json(found))
    else:
        click.echo(say.text(found))
    return errors.EXIT_INTERRUPTED if found.is_stopped else errors.EXIT_CLEAN
