"""A pull request as JUnit's XML: a test for each series, for the answers, and for each side that was not measured.

It has a failure or an error exactly where `perfwatch pr` does not end with 0, or was stopped:

    failure   a series that got worse, a broken answer; under --strict one that stayed unsure
    error     what fails or is not measured since the change, a side that was not measured, nothing to compare
    skipped   a series that stayed unsure, one that fails on both sides
    passed    everything else; with what was said of it where somebody lets it pass
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from perfwatch.analysis.pull import Pull, Row
from perfwatch.report import pull_words as words
from perfwatch.report.junit import Case, document

_ERRORS: Final = {"failed", "gone"}


def junit(pull: Pull, at: datetime) -> str:
    """Return it as a document of JUnit's XML.

    Parameters
    ----------
    at : when it was measured, UTC.
    """
    return document(f"perfwatch {pull.head.hash[:8]} {pull.head.subject}".strip(), _cases(pull), at)


def _cases(pull: Pull) -> Iterator[Case]:
    for side in pull.unbuilt:
        yield Case("perfwatch", "perfwatch", side.side, "error", f"{side.what}: {side.error}")
    if not pull.compared and not pull.answers and not pull.unbuilt:
        yield Case("perfwatch", "perfwatch", "measured", "error", words.title(pull))
    if pull.ended == "interrupted":
        yield Case("perfwatch", "perfwatch", "rounds", "error", words.title(pull))
    for found in pull.breaks:
        name = f"{found.architecture} {found.size}".strip()
        yield Case("equivalence", "equivalence", name, "failure", found.detail)
    if pull.answers and not pull.breaks:
        yield Case("equivalence", "equivalence", "answers", "passed", words.answers(pull))
    gating = {id(row) for row in pull.regressions}
    for row in pull.rows:
        module, _, name = row.label.partition(".") if row.kind != "derived" else ("derived", "", row.label)
        told = f"{words.change(row)} ({words.interval(row)})" if row.ratio is not None else row.error or ""
        result = _result(row, is_gating=id(row) in gating, strict=pull.strict)
        yield Case(module, f"{module} · {row.environment}", name or row.label, result, f"{row.word}: {told}")


def _result(row: Row, *, is_gating: bool, strict: bool) -> Literal["passed", "failure", "error", "skipped"]:
    if row.word in _ERRORS:
        return "error"
    if is_gating or (strict and row.word == "unsure"):
        return "failure"
    return "skipped" if row.word in ("unsure", "fails on both") else "passed"
