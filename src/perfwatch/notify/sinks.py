"""The sinks that settings and environment name, each with what is secret of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TextIO

from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.notify import settings
from perfwatch.notify.sink import Sink

# Where a forge's sink is, and which of `_FORGES` it is of; imported when it is asked for.
_OF_FORGES: Final = {
    "github-issue": ("github_issue", "GitHubIssue", "GitHub"),
    "github-status": ("github_status", "GitHubStatus", "GitHub"),
    "github-check": ("github_status", "GitHubCheck", "GitHub"),
    "github-comment": ("github", "GitHubComment", "GitHub"),
    "gitlab-issue": ("gitlab_issue", "GitLabIssue", "GitLab"),
    "gitlab-status": ("gitlab_status", "GitLabStatus", "GitLab"),
    "gitlab-note": ("gitlab", "GitLabNote", "GitLab"),
}


@dataclass(frozen=True)
class _Forge:
    """The variables a forge's sinks come from; of the tokens the first that is set counts."""

    tokens: tuple[str, str]
    project: str
    api_url: str
    default_url: str


_FORGES: Final = {
    "GitHub": _Forge(
        ("PERFWATCH_GITHUB_TOKEN", "GITHUB_TOKEN"), "GITHUB_REPOSITORY", "GITHUB_API_URL", "https://api.github.com"
    ),
    "GitLab": _Forge(
        ("PERFWATCH_GITLAB_TOKEN", "GITLAB_TOKEN"), "CI_PROJECT_ID", "CI_API_V4_URL", "https://gitlab.com/api/v4"
    ),
}


def sinks_of(
    config: Config,
    environment: Mapping[str, str],
    out: TextIO,
    *,
    only: Sequence[str] = (),
    pull: int | None = None,
) -> list[Sink]:
    """Return the sinks to tell, in the order they are named in.

    Parameters
    ----------
    environment : where all that is secret comes from.
    out : what the console is.
    only : kinds in place of those of `[tool.perfwatch.notify]`.
    pull : number of a pull request (of a merge request on GitLab), for what is told there.

    Errors
    ------
    UsageError : nobody to tell, a sink that does not exist, a variable that is missing, named.
    """
    found = settings.read(config.notify)
    settings.check_kinds(only, "--sink")
    kinds: Sequence[str] = tuple(dict.fromkeys(only)) or found.sinks or _by_own_variables(config, environment)
    if not kinds:
        raise UsageError(
            'notify: nobody to tell; set PERFWATCH_WEBHOOK_URL or PERFWATCH_APPRISE_URLS, or name sinks = ["…"] in '
            "[tool.perfwatch.notify]"
        )
    sinks: list[Sink] = []
    for kind in kinds:
        if kind in settings.OF_PULLS and pull is None and not only:
            # Whoever measures a branch has no pull request to tell.
            continue
        sinks += _sinks(kind, config, environment, out, found, pull)
    return sinks


def _by_own_variables(config: Config, environment: Mapping[str, str]) -> tuple[str, ...]:
    # A forge's token is there in every workflow, so it alone asks for nothing.
    asked = {"webhook": config.webhook_url, "apprise": environment.get("PERFWATCH_APPRISE_URLS", "").strip()}
    return tuple(kind for kind, value in asked.items() if value)


def _sinks(
    kind: str,
    config: Config,
    environment: Mapping[str, str],
    out: TextIO,
    found: settings.NotifySettings,
    pull: int | None,
) -> Sequence[Sink]:
    if kind == "webhook":
        from perfwatch.notify.webhook import Webhook

        if config.webhook_url is None:
            raise UsageError("notify: webhook has no receiver; set PERFWATCH_WEBHOOK_URL")
        return [Webhook(config.webhook_url, environment.get("PERFWATCH_WEBHOOK_SECRET", ""))]
    if kind == "apprise":
        from perfwatch.notify import apprise

        return apprise.sinks_of(_needed("apprise", environment, apprise.VARIABLE))
    if kind == "console":
        from perfwatch.notify.console import Console

        return [Console(out)]
    return [_of_forge(kind, config, environment, found, pull)]


def _of_forge(
    kind: str, config: Config, environment: Mapping[str, str], found: settings.NotifySettings, pull: int | None
) -> Sink:
    module, name, forge_name = _OF_FORGES[kind]
    forge = _FORGES[forge_name]
    more: dict[str, Any] = {"project": config.project}
    if kind in settings.OF_PULLS:
        if pull is None:
            raise UsageError(f"notify: {kind} tells a pull request; say which one with --pull N")
        more["pull"] = pull
    if kind in ("github-issue", "gitlab-issue") and found.label is not None:
        more["label"] = found.label
    if kind in settings.OF_COMMITS:
        more["details_url" if kind == "github-check" else "target_url"] = config.public_url
    project, token = _needed(kind, environment, forge.project), _needed(kind, environment, *forge.tokens)
    made = getattr(import_module(f"perfwatch.notify.{module}"), name)
    sink: Sink = made(project, token, environment.get(forge.api_url) or forge.default_url, **more)
    return sink


def _needed(kind: str, environment: Mapping[str, str], *names: str) -> str:
    """Return the first of these variables that is set."""
    value = next((environment[name] for name in names if environment.get(name, "").strip()), None)
    if value is None:
        raise UsageError(f"notify: {kind} needs {' or '.join(reversed(names))}; set it in the environment")
    return value
