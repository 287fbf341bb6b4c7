"""Commands that write into a pull request: comment."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfwatch import errors
from perfwatch.cli.options import config_of, echo_json, format_option

if TYPE_CHECKING:
    from perfwatch.pipeline.commenting import ForgeName, Mark, Posted, Where

SCHEMA = "perfwatch.comment/1"


@click.command(
    short_help="Write a report into its pull request.",
    epilog="""\b
Examples:
  perfwatch comment report.json                    in a workflow (workflow_run, pull_request)
  perfwatch comment report.json --mark check       a check run instead of a status
  perfwatch comment report.json --repository ada/engine --pull 7 --commit HASH

FILE is what `perfwatch pr --out FILE` wrote; it may come from a fork. Nothing in it says where to write: repository,
head and number come from the event (GITHUB_EVENT_PATH, or CI_MERGE_REQUEST_IID on GitLab) or the options, and are
checked against the forge. There is one comment for each project, edited in place, and one status or check run. A pull
request that has moved on is left alone. The token is GITHUB_TOKEN (pull-requests: write, statuses: write or checks:
write) or GITLAB_TOKEN (scope api). What does not arrive ends this with 9; call it again.""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--repository", metavar="OWNER/NAME", help="What it is to be merged into [GITHUB_REPOSITORY].")
@click.option("--pull", type=click.IntRange(min=1), metavar="N", help="Number of the pull request [from its head].")
@click.option("--commit", "--head-sha", "commit", metavar="HASH", help="Head of the pull request [from the event].")
@click.option("--head-repository", metavar="OWNER/NAME", help="Where the head is, a fork's name [from the event].")
@click.option("--head-branch", metavar="NAME", help="Branch of the head [from the event].")
@click.option("--project", metavar="NAME", help="Tells two projects of a repository apart [asv's name of it].")
@click.option(
    "--mark",
    type=click.Choice(["status", "check", "none"]),
    default="status",
    show_default=True,
    help="What is set beside the head.",
)
@click.option("--gitlab", is_flag=True, help="A merge request on GitLab [in GitLab's pipelines].")
@format_option
def comment(file: Path, gitlab: bool, mark: Mark, form: str, **given: Any) -> int:
    """Write the report in FILE as the comment and the status of its pull request."""
    from perfwatch.pipeline import commenting
    from perfwatch.report import pull as report

    on_gitlab = gitlab or ("GITLAB_CI" in os.environ and "GITHUB_ACTIONS" not in os.environ)
    where = _where("gitlab" if on_gitlab else "github", **given)
    notice = report.notice(report.read(commenting.contents(file)))
    variable = "GITLAB_TOKEN" if on_gitlab else "GITHUB_TOKEN"
    token = os.environ.get(f"PERFWATCH_{variable}") or os.environ.get(variable, "")
    posted = commenting.post(notice, where, token, mark=mark)
    if form == "json":
        echo_json(_as_json(where, posted))
    elif not posted.written:
        click.echo(
            f"{where.repository}: no open pull request has {where.head.commit[:8]} at its head (it has moved on, or "
            "was closed); nothing written"
        )
    else:
        for kind, name, outcome in posted.written:
            if outcome.status == "delivered":
                click.echo(f"{kind} {name}: {notice.title}")
    failed = [outcome for _, _, outcome in posted.written if outcome.status != "delivered"]
    if failed:
        again = "; call it again" if any(outcome.status == "waiting" for outcome in failed) else ""
        raise errors.DeliveryError(f"comment: {'; '.join(outcome.error or '' for outcome in failed)}{again}")
    return errors.EXIT_CLEAN


def _where(
    forge: ForgeName,
    *,
    repository: str | None,
    pull: int | None,
    commit: str | None,
    head_repository: str | None,
    head_branch: str | None,
    project: str | None,
) -> Where:
    """Return where to write, by the options and, where they are silent, by the event."""
    from perfwatch.notify.github_pulls import Head
    from perfwatch.pipeline import ci_event
    from perfwatch.pipeline.commenting import Where

    event = ci_event.of_gitlab(os.environ) if forge == "gitlab" else ci_event.of_github(os.environ)
    if commit not in (None, event.commit):
        # What the event says of another commit's branch and number is not about this one.
        event = replace(event, source=None, branch=None, pull=None)
    found = commit or event.commit
    if not (repository or event.repository) or not found:
        missing = "commit" if repository or event.repository else "repository"
        raise click.UsageError(f"no {missing}: give --{missing}, or run it in a workflow or pipeline of a pull request")
    return Where(
        forge=forge,
        repository=repository or event.repository or "",
        head=Head(found, head_repository or event.source, head_branch or event.branch),
        pull=pull or event.pull,
        project=project or config_of().project,
        api_url=event.api_url,
        details_url=event.details_url,
    )


def _as_json(where: Where, posted: Posted) -> dict[str, Any]:
    written = [{"sink": kind, "name": name, **vars(outcome)} for kind, name, outcome in posted.written]
    return {"schema": SCHEMA, "repository": where.repository, "commit": where.head.commit, "written": written}
