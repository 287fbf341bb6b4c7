"""Commands that measure: run, fingerprint."""

from __future__ import annotations

import click

from perfwatch import errors
from perfwatch.cli.options import Progress, config_of, echo_json, format_option, piped


@click.command(
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
    config = config_of(machine=machine, cores=cores, size=size)
    report = measure(config, commits, newest=newest, bench=bench, rerun=rerun, quiet=quiet)
    with piped():
        click.echo(report.text())
    return report.exit_code


@click.command(
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
@format_option
def fingerprint(size: str, chosen: tuple[str, ...], form: str) -> int:
    """Compute the sweep through every architecture and print what each answers."""
    from perfwatch.report import fingerprint as say
    from perfwatch.runner import fingerprint as compute

    label = compute.label(size)
    with Progress("computing", shown=form == "text") as progress:
        answers = compute.answers(size, compute.names(chosen), progress)
    with piped():
        if form == "json":
            echo_json(say.as_json(label, answers))
        else:
            click.echo(say.text(label, answers))
    if any(a.difference for a in answers):
        return errors.EXIT_EQUIVALENCE_BROKEN
    return errors.EXIT_NOT_MEASURED if any(a.error for a in answers) else errors.EXIT_CLEAN
