"""A pull request's document is what it was when it is read again; anything else is refused, wherever it differs."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pulls import CLEAN, KERNEL, PULLS

from perfwatch.analysis.pull import Pull
from perfwatch.errors import SourceError
from perfwatch.report import pull as say

REGRESSION = say.as_json(PULLS["regression"])


@pytest.mark.parametrize("name", PULLS)
def test_what_is_read_is_what_was_written(name: str) -> None:
    document = json.loads(json.dumps(say.as_json(PULLS[name]), allow_nan=False))
    assert say.as_json(say.read(document)) == document
    assert say.read(document).exit_code == PULLS[name].exit_code


def test_the_schema_is_one() -> None:
    schema = json.loads(files("perfwatch.report").joinpath("schema/pull-1.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)


def test_a_verdict_is_worked_out_again_and_no_other_is_believed() -> None:
    lied = copy.deepcopy(REGRESSION)
    lied["verdict"] = {"exit_code": 0, "conclusion": "success", "title": "all is well"}
    assert say.read(lied).exit_code == 1
    assert say.notice(say.read(lied)).standing == "failure"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to everything in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in inner:
        yield (*path, name)
        yield from places(child, (*path, name))


WRONG = (
    None,
    True,
    -1,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x" * 5_000,
    "\ud800",
    [],
    {},
    [[[]]],
    {"a": 1},
)


def changed(path: tuple[Any, ...], value: Any) -> Any:
    document = copy.deepcopy(REGRESSION)
    at = document
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return document


def test_whatever_stands_wherever_it_is_read_or_refused_with_one_line() -> None:
    rng = random.Random(5)
    everywhere = [(path, wrong) for path in places(REGRESSION) for wrong in WRONG]
    for path, wrong in rng.sample(everywhere, 250):
        found, refused = None, ""
        try:
            found = say.read(changed(path, wrong))
        except SourceError as error:
            refused = str(error)
        assert refused.isprintable()
        assert len(refused) <= 450
        # What is let in can be told, in every form.
        assert refused or (isinstance(found, Pull) and say.notice(found).to_json())


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("schema",), "perfwatch.pull/9", "schema is perfwatch.pull/9"),
        (("base", "hash"), "main", "base.hash"),
        (("head", "hash"), "C0FFEE" * 7, "head.hash"),
        (("head", "hash"), "c0ffee00" * 5 + "\n", "head.hash"),
        (("rows", 1, "ratio"), "1.2", r"rows\[1\].ratio"),
        (("rows", 0, "word"), "fine", r"rows\[0\].word"),
        (("rows", 0, "params"), [["a"]], r"rows\[0\].params"),
        (("rows", 0, "after"), float("inf"), "inf"),
        (("rows", 0, "n_after"), True, "n_after"),
        (("project",), "x" * 301, "project"),
        (("allowed",), [{"reason": "", "source": "x"}], "allowed"),
        (("surprise",), 1, "surprise"),
        (("controls",), {"a": "b"}, "controls"),
        (("elapsed_s",), -1.0, "elapsed_s"),
    ],
)
def test_it_says_where_and_what(path: tuple[Any, ...], value: Any, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        say.read(changed(path, value))


@pytest.mark.parametrize("document", [None, [], "x", 1, {}, {"schema": ["perfwatch.pull/1"]}, {"schema": say.SCHEMA}])
def test_what_is_no_such_document_is_refused(document: Any) -> None:
    with pytest.raises(SourceError):
        say.read(document)


def test_too_many_rows_and_too_many_values_are_refused() -> None:
    rows = REGRESSION["rows"] * 4_000
    with pytest.raises(SourceError, match="rows"):
        say.read(changed(("rows",), rows[:10_001]))
    with pytest.raises(SourceError, match="values"):
        say.read(changed(("rows",), [1] * 1_000_001))


def test_a_missing_part_is_named() -> None:
    document = copy.deepcopy(REGRESSION)
    del document["rows"][0]["word"]
    with pytest.raises(SourceError, match=r"rows\[0\].*word"):
        say.read(document)


def test_names_too_long_to_be_read_are_written_shorter() -> None:
    from dataclasses import replace

    long = replace(KERNEL, benchmark="x" * 900, params=(("case", "y" * 3_000),), error="z" * 9_000)
    pull = replace(CLEAN, rows=(long,), warnings=("w" * 4_000,), host={"cpu_model": "c" * 4_000})
    found = say.read(say.as_json(pull))
    assert len(found.rows[0].benchmark) == 500
    assert len(found.rows[0].params[0][1]) == 1_000
