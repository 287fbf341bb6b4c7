"""A pull request as JSON, `perfwatch.pull/1`: written where it was measured, read where nobody there is trusted.

Who measures a fork's pull request runs the fork's code, so the document may hold anything. It is held against
`schema/pull-1.json`, which bounds each length, names each word and lets nothing else in; what a schema cannot say is
looked at here. Its verdict is not read but worked out again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

from perfwatch.analysis.affected import Choice
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.pull import Allowed, Pull, Revision, Row, Unbuilt
from perfwatch.errors import SourceError
from perfwatch.report.plain import clean, short
from perfwatch.report.pull_words import title

SCHEMA = "perfwatch.pull/1"
# Objects, arrays and plain values of a document with as many rows as the schema takes.
_MOST_VALUES = 1_000_000
# What the schema takes of each, so that what is written here can be read there.
_LONGEST = {
    **dict.fromkeys(("project", "named", "tool", "machine", "size", "what", "source"), 300),
    **dict.fromkeys(("unit",), 100),
    **dict.fromkeys(("kind",), 30),
    **dict.fromkeys(("host", "environment", "benchmark"), 500),
    **dict.fromkeys(("subject", "params", "architecture", "patterns", "warnings", "reason"), 1_000),
    **dict.fromkeys(("error", "detail", "why"), 2_000),
}
_MOST_ROWS = 10_000


def as_json(pull: Pull) -> dict[str, Any]:
    """Return a pull request as an object of the schema `perfwatch.pull/1`; of its rows the gravest 10,000."""
    verdict = {"exit_code": pull.exit_code, "conclusion": pull.conclusion, "title": title(pull)}
    fields = {name: _fitted(name, value) for name, value in asdict(pull).items()}
    fields["rows"] = fields["rows"][:_MOST_ROWS]
    # Through text, so that what is handed on is what will be read: lists for tuples, and no number that JSON lacks.
    document: dict[str, Any] = json.loads(json.dumps({"schema": SCHEMA, "verdict": verdict, **fields}, allow_nan=False))
    return document


def _fitted(name: str, value: Any) -> Any:
    """Return a value with its texts as short as the schema takes them."""
    if isinstance(value, str):
        return short(value, _LONGEST[name]) if name in _LONGEST else value
    if isinstance(value, Mapping):
        return {k: _fitted(name if name == "host" else k, v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_fitted(name, v) for v in value]
    return value


def read(document: Any) -> Pull:
    """Return the pull request that `as_json` wrote, whoever says that it did.

    Errors
    ------
    SourceError : anything else; says where in it, and what.
    """
    _refuse_what_is_no_json(document)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        told = document.get("schema") if isinstance(document, dict) else type(document).__name__
        raise SourceError(
            f"a pull request's document: schema is {_shown(told)}, not {SCHEMA}; `perfwatch pr --out FILE` writes one"
        )
    from jsonschema.exceptions import best_match

    error = best_match(_validator().iter_errors(document))
    if error is not None:
        where = error.json_path.removeprefix("$.")
        raise SourceError(
            f"a pull request's document: {_shown(where, 100)}: {_shown(error.message, 200)}; measure anew"
        )
    return _pull(document)


def _shown(told: Any, longest: int = 80) -> str:
    return short(clean(str(told)), longest)


def _refuse_what_is_no_json(document: Any) -> None:
    """Raise where there is more than can be looked at, a number that is none, or text that no file can hold."""
    left, seen = [document], 0
    while left:
        value = left.pop()
        seen += 1
        if seen > _MOST_VALUES:
            raise SourceError(f"a pull request's document: more than {_MOST_VALUES:,} values; measure fewer benchmarks")
        if isinstance(value, dict):
            left += [*value, *value.values()]
        elif isinstance(value, list):
            left += value
        elif isinstance(value, float) and not math.isfinite(value):
            raise SourceError(f"a pull request's document: holds {value}, which is no number in JSON; measure anew")
        elif isinstance(value, str) and not _is_text(value):
            raise SourceError(f"a pull request's document: holds {ascii(value)[:80]}, which is no text; measure anew")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(files("perfwatch.report").joinpath("schema/pull-1.json").read_text("utf-8")))


def _pull(document: Mapping[str, Any]) -> Pull:
    """Return the record of a document that the schema has let through."""
    d = {name: value for name, value in document.items() if name not in ("schema", "verdict")}
    choice = d["choice"]
    return Pull(
        **{
            **d,
            "base": Revision(**d["base"]),
            "head": Revision(**d["head"]),
            "choice": Choice(choice["how"], tuple(choice["patterns"]), tuple(choice["why"]), choice["n_files"]),
            "warnings": tuple(d["warnings"]),
            "rows": tuple(Row(**{**row, "params": tuple((k, v) for k, v in row["params"])}) for row in d["rows"]),
            "breaks": tuple(Break(**b) for b in d["breaks"]),
            "breaks_before": tuple(Break(**b) for b in d["breaks_before"]),
            "unbuilt": tuple(Unbuilt(**u) for u in d["unbuilt"]),
            "suite_files": tuple(d["suite_files"]),
            "allowed": tuple(Allowed(**a) for a in d["allowed"]),
        }
    )
