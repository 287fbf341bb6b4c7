"""The command that shows what the architectures reach here: lab."""

from __future__ import annotations

import click

from perfwatch import errors
from perfwatch.cli.options import Progress, echo_json, format_option


@click.command(
    short_help="What every architecture reaches here.",
    epilog="""\b
Examples:
  perfwatch lab                          every section
  perfwatch lab --only kernels --rounds 7
  perfwatch lab --format json > lab.json

\b
Sections: boundary, kernels, encodings, ticks, feed, features.

Ratios are of things timed in turns in this run, medians over the rounds. "gate" is what this project holds itself to,
"stretch" what would be good; nothing here is an exit code.""",
)
@click.option("--only", "names", multiple=True, metavar="SECTION", help="This section only; repeatable.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Turns of each.")
@format_option
def lab(names: tuple[str, ...], rounds: int, form: str) -> int:
    """Measure what this machine reaches, in turns, and print the ratios beside what they are held to."""
    from perfwatch.report import lab as say
    from perfwatch.runner.lab import run as laboratory

    sections = laboratory.chosen(names)
    machine = laboratory.machine()
    if absent := laboratory.missing():
        click.echo(f"not installed, so left out: {', '.join(absent)}; pip install 'perfwatch[lab]'", err=True)
    with Progress("measuring", shown=form == "text") as progress:
        found = laboratory.run(sections, rounds, progress)
    if form == "json":
        echo_json(say.as_json(machine, found))
    else:
        click.echo(say.text(machine, found))
    return errors.EXIT_CLEAN
