"""What a webhook is told, as documented: by the schema that is shipped, and by the lines in docs/notify.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from happenings import HAPPENINGS
from jsonschema import Draft202012Validator

from perfwatch.notify.webhook import body_of, signature
from perfwatch.report.message import of_event

SCHEMA = json.loads(files("perfwatch.report").joinpath("schema/event-2.json").read_text("utf-8"))
KEY = "0123456789abcdef" * 2


def body(name: str) -> bytes:
    told = HAPPENINGS[name]
    return body_of(KEY, of_event(told.event, told.word, told.commit, context=told.around))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", HAPPENINGS)
def test_what_is_told_of_any_event_is_what_the_schema_says_and_nothing_else(name: str) -> None:
    told = json.loads(body(name))
    Draft202012Validator(SCHEMA).validate(told)
    assert set(told) == set(SCHEMA["properties"])
    assert set(told["event"]) == set(SCHEMA["properties"]["event"]["properties"])


@pytest.fixture(scope="module")
def documented() -> dict[str, Callable[..., Any]]:
    """What the documentation tells receivers to write."""
    text = (Path(__file__).parents[2] / "docs" / "notify.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names


def test_a_receiver_written_after_the_documentation_takes_what_is_signed_and_nothing_else(
    documented: dict[str, Callable[..., Any]],
) -> None:
    said, at = body(next(iter(HAPPENINGS))), "1800000000"
    headers = {"X-Perfwatch-Timestamp": at, "X-Perfwatch-Signature": f"sha256={signature('hush', at, said)}"}
    is_genuine = documented["is_genuine"]
    assert is_genuine(b"hush", headers, said, now=1_800_000_010)
    assert not is_genuine(b"other", headers, said, now=1_800_000_010)
    assert not is_genuine(b"hush", headers, said + b" ", now=1_800_000_010)
    assert not is_genuine(b"hush", headers, said, now=1_800_001_000)
    assert not is_genuine(b"hush", {**headers, "X-Perfwatch-Timestamp": "1800000001"}, said, now=1_800_000_010)
    assert not is_genuine(b"hush", {}, said, now=1_800_000_010)
