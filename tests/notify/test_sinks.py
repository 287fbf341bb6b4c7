"""Who is told, from settings and environment; what is missing is named, and nothing that is secret."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from github_server import REPOSITORY

from perfwatch.config import Config, load
from perfwatch.errors import UsageError
from perfwatch.notify.settings import KINDS, OF_PULLS
from perfwatch.notify.sink import Sink
from perfwatch.notify.sinks import sinks_of

WEBHOOK = {"PERFWATCH_WEBHOOK_SECRET": "hush"}
ROOM = {"PERFWATCH_APPRISE_URLS": "json://example.org/hush jsons://example.net/hush"}
GITHUB = {"GITHUB_TOKEN": "hush", "GITHUB_REPOSITORY": REPOSITORY}
GITLAB = {"GITLAB_TOKEN": "hush", "CI_PROJECT_ID": "7"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(tmp_path)


def named(config: Config, environment: dict[str, str], **more: object) -> list[tuple[str, str]]:
    return [(sink.kind, sink.name) for sink in sinks_of(config, environment, io.StringIO(), **more)]


def settled(config: Config, **table: object) -> Config:
    return replace(config, notify=table, webhook_url="https://example.org/hook?token=hush")


def test_without_settings_those_are_told_whose_own_variable_is_set(config: Config) -> None:
    rooms = [("apprise", "JSON example.org"), ("apprise", "JSON example.net")]
    assert named(config, {**ROOM, **GITHUB, **GITLAB}) == rooms
    assert named(settled(config), {**WEBHOOK, **GITHUB}) == [("webhook", "example.org")]
    assert named(settled(config), {**WEBHOOK, **ROOM}) == [("webhook", "example.org"), *rooms]


def test_nobody_to_tell_is_an_error_that_says_how_to_name_somebody(config: Config) -> None:
    with pytest.raises(UsageError, match="PERFWATCH_WEBHOOK_URL or PERFWATCH_APPRISE_URLS"):
        named(config, {**GITHUB, **GITLAB})


def test_the_settings_say_who_is_told_and_a_flag_says_otherwise(config: Config) -> None:
    chosen = settled(config, sinks=["github-issue", "console", "github-issue", "github-comment"])
    environment = {**WEBHOOK, **ROOM, **GITHUB}
    issue, console = ("github-issue", REPOSITORY), ("console", "standard output")
    assert named(chosen, environment) == [issue, console]
    assert named(chosen, environment, pull=7) == [issue, console, ("github-comment", f"{REPOSITORY}#7")]
    assert named(chosen, environment, only=["webhook"]) == [("webhook", "example.org")]


@pytest.mark.parametrize("kind", KINDS)
def test_every_sink_there_is_can_be_had_and_does_not_show_its_secret(config: Config, kind: str) -> None:
    pull = 7 if kind in OF_PULLS else None
    environment = {**WEBHOOK, **ROOM, **GITHUB, **GITLAB}
    found: list[Sink] = sinks_of(settled(config, label="speed"), environment, io.StringIO(), only=[kind], pull=pull)
    assert {sink.kind for sink in found} == {kind}
    assert "hush" not in "".join(repr(sink) + sink.name for sink in found)


@pytest.mark.parametrize(
    ("kind", "environment", "missing"),
    [
        ("webhook", {}, "PERFWATCH_WEBHOOK_SECRET"),
        ("apprise", {}, "PERFWATCH_APPRISE_URLS"),
        ("github-issue", {"GITHUB_TOKEN": "hush"}, "GITHUB_REPOSITORY"),
        ("github-check", {"GITHUB_REPOSITORY": REPOSITORY}, "GITHUB_TOKEN or PERFWATCH_GITHUB_TOKEN"),
        ("gitlab-status", {"GITLAB_TOKEN": "hush"}, "CI_PROJECT_ID"),
        ("gitlab-issue", {"CI_PROJECT_ID": "7"}, "GITLAB_TOKEN or PERFWATCH_GITLAB_TOKEN"),
        ("github-comment", GITHUB, "--pull N"),
    ],
)
def test_a_sink_that_lacks_something_says_what(
    config: Config, kind: str, environment: dict[str, str], missing: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(missing)) as error:
        named(settled(config), environment, only=[kind])
    assert "hush" not in str(error.value)


def test_perfwatchs_own_token_comes_first(config: Config) -> None:
    (sink,) = sinks_of(config, {**GITHUB, "PERFWATCH_GITHUB_TOKEN": "own"}, io.StringIO(), only=["github-issue"])
    assert getattr(sink, "token") == "own"  # noqa: B009 (no part of what a sink is)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"sink": ["webhook"]}, "notify.sink: no such setting; known are sinks, label"),
        ({"sinks": ["carrier-pigeon"]}, "notify.sinks: no sink 'carrier-pigeon'; known are webhook,"),
        ({"sinks": "webhook"}, "notify.sinks: 'webhook' is no list of texts"),
        ({"sinks": []}, "notify.sinks: [] is no list of texts"),
        ({"label": ["a"]}, "notify.label: ['a'] is no label"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused(config: Config, table: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        named(settled(config, **table), WEBHOOK)


def test_a_flag_that_names_no_sink_is_refused(config: Config) -> None:
    with pytest.raises(UsageError, match="--sink: no sink 'slack'; known are"):
        named(settled(config), WEBHOOK, only=["slack"])
