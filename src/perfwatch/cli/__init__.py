"""Flags → pipeline; errors are printed once, here, on one line; exit codes say one thing each."""

from __future__ import annotations

import os
import sys
import traceback

import click

from perfwatch import __version__, errors
from perfwatch.cli import (
    archiving,
    checking,
    commenting,
    comparing,
    interleaving,
    judging,
    keeping,
    laboratory,
    measuring,
    pulling,
    serving,
    showing,
    suspecting,
    telling,
    triage,
    waiting,
)
from perfwatch.cli.options import EXIT_CODES


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
    line = f"perfwatch: {' '.join(message.split())}"
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # So it stands on the page of the run, where people look first, and not in a log that has to be opened.
        line = f"::error::{line.replace('%', '%25')}"
    click.echo(line, err=True)


class _InOrderOfUse(click.Group):
    """Lists its commands as they are used one after the other, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InOrderOfUse, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
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


# In the order of use: `--help` lists them so.
for _command in (
    measuring.run,
    keeping.ingest,
    keeping.watch,
    checking.check,
    comparing.compare,
    interleaving.bench,
    pulling.pr,
    suspecting.confirm,
    suspecting.bisect,
    judging.accept,
    triage.events,
    triage.ack,
    triage.assign,
    telling.notify,
    waiting.outbox,
    commenting.comment,
    judging.replay,
    judging.score,
    interleaving.calibrate,
    measuring.fingerprint,
    laboratory.lab,
    showing.dashboard,
    showing.publish,
    serving.serve,
    keeping.sql,
    archiving.export,
    archiving.import_,
    archiving.prune,
):
    cli.add_command(_command)
