"""What a pull request's own commits and a flag let pass, as git tells the commits' messages."""

from __future__ import annotations

from typing import Any

from perfwatch.pipeline.allowing import heard
from perfwatch.pipeline.overriding import Overrides


def allow(value: str) -> str:
    return f"change\n\nPerfwatch-Allow: {value}"


def test_only_the_pull_request_s_own_commits_are_heard_each_with_its_reason(project: Any) -> None:
    project.commit("first")
    base = project.commit(allow("regression; of the base"))
    one = project.commit(allow("regression ^sort; slower is right"))
    head = project.commit(allow("improvement; told, and no matter here"))
    words = heard(project.config, base, head, Overrides())
    ((pattern, allowed),) = words.heard
    assert (pattern, allowed.reason) == ("^sort", "slower is right")
    assert allowed.source == f"Perfwatch-Allow in {one[:8]} by Ada"
    assert words.in_vain == ()


def test_what_lets_nothing_pass_is_told(project: Any) -> None:
    base = project.commit("first")
    for value in ("regression", "equivalence; I meant it", "0123abcd; an event", "regression; no\n\nabove the end"):
        head = project.commit(allow(value))
    words = heard(project.config, base, head, Overrides())
    assert not words.heard
    said = " | ".join(sorted(words.in_vain))
    assert len(words.in_vain) == 4
    for why in ("gives no reason", "perfwatch accept", "names an event", "last paragraph only"):
        assert why in said


def test_of_a_stranger_s_messages_nothing_is_heard_and_of_the_flag_all(project: Any) -> None:
    base = project.commit("first")
    head = project.commit(allow("regression; believe me"))
    assert not heard(project.config, base, head, Overrides(are_trailers_heard=False)).heard
    flag = Overrides("label perfwatch-allow", "grace", are_trailers_heard=False)
    ((pattern, allowed),) = heard(project.config, base, head, flag).heard
    assert (pattern, allowed.reason, allowed.source) == (None, "label perfwatch-allow", "grace --override")
