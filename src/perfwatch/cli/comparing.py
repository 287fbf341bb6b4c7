"""Commands that set two commits side by side: compare."""

from __future__ import annotations

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option, piped, store_option


@click.command(
    short_help="Set two measured commits side by side.",
    epilog="""\b
Examples:
  perfwatch compare HEAD~1 HEAD
  perfwatch compare v1.0 main --bench '^echo' --only-changed
  perfwatch compare v1.0 main --format json

The exit code is 0 whatever differs, 6 where an answer does: `perfwatch check` is the gate.""",
)
@click.argument("before")
@click.argument("after")
@click.option("--bench", multiple=True, metavar="REGEX", help="Only series that match; repeatable.")
@click.option("--machine", metavar="NAME", help="This machine only [default: every one that measured both].")
@click.option("--environment", metavar="NAME", help="This environment only.")
@click.option("--only-changed", is_flag=True, help="Leave out what did not change by as much as matters.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the resampling behind the intervals.")
@store_option
@format_option
def compare(
    before: str,
    after: str,
    bench: tuple[str, ...],
    machine: str | None,
    environment: str | None,
    only_changed: bool,
    seed: int,
    store: str | None,
    form: str,
) -> int:
    """Compare the stored measurements of BEFORE and AFTER: ratio with interval, effect size, and asv's marks."""
    from perfwatch.pipeline.compare import compare_stored
    from perfwatch.report import compare as say

    found = compare_stored(
        config_of(store=store), before, after, machine=machine, environment=environment, bench=bench, seed=seed
    )
    with piped():
        if form == "json":
            echo_json(say.as_json(found))
        else:
            click.echo(say.text(found, only_changed=only_changed))
    return errors.EXIT_EQUIVALENCE_BROKEN if any(s.breaks for s in found) else errors.EXIT_CLEAN
