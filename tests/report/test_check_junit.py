"""A finding as JUnit's XML, held as goldens in tests/expected/ and against what Jenkins and GitLab read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import junitparser
import pytest
from lxml import etree
from situations import HEAD, MORE, NOW, REGRESSION, SITUATIONS, SUSPICION, SWEEP, place, verdict

from perfwatch.analysis.changes import Missing
from perfwatch.analysis.check import Check
from perfwatch.report.check_junit import junit
from perfwatch.report.junit import Case, document

EXPECTED = Path(__file__).parent.parent / "expected"
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "junit.xsd"))
CHECKS = {name: Check(HEAD, places, NOW) for name, places in SITUATIONS.items()} | MORE


def results(xml: str) -> dict[str, str]:
    """Return the result of each case by name."""
    found = {}
    for suite in junitparser.JUnitXml.fromstring(xml.encode()):
        for case in suite:
            found[case.name] = type(case.result[0]).__name__.lower() if case.result else "passed"
    return found


@pytest.mark.parametrize("name", CHECKS)
def test_a_finding_reads_as_expected(name: str) -> None:
    assert junit(CHECKS[name]) == (EXPECTED / f"check_{name}.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CHECKS)
def test_it_is_what_jenkins_and_gitlab_read(name: str) -> None:
    SCHEMA.assertValid(etree.fromstring(junit(CHECKS[name]).encode()))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", CHECKS)
def test_something_fails_in_it_exactly_where_the_check_does(name: str, strict: bool) -> None:
    check = replace(CHECKS[name], strict=strict)
    found = set(results(junit(check)).values())
    assert bool(found & {"failure", "error"}) == (check.exit_code != 0)


def test_a_series_of_two_events_fails_for_the_one_that_holds_the_gate() -> None:
    events = [(SUSPICION, None), (REGRESSION, None), (replace(SUSPICION, id="0" * 12), None)]
    check = Check(HEAD, [place(verdicts=[verdict(SWEEP, "REGRESSED", "SUSPECT")], events=events)], NOW)
    assert check.exit_code == 1
    assert results(junit(check))[SWEEP.label] == "failure"


def test_what_xml_cannot_hold_becomes_a_question_mark_and_markup_stays_text() -> None:
    evil = "a\x00\x1b[31m\ud800 ]]> </failure><system-out/> &amp; \"'\n\ufffe"
    check = Check(
        replace(HEAD, subject=evil),
        [place(missing=[Missing(replace(SWEEP, benchmark=f"b.{evil}"), "failed", evil)])],
        NOW,
    )
    xml = junit(check)
    root = etree.fromstring(xml.encode())
    SCHEMA.assertValid(root)
    (error,) = root.iter("error")
    assert error.text == "a??[31m? ]]> </failure><system-out/> &amp; \"'\n?"


def test_two_of_one_name_are_two_and_counted() -> None:
    cases = [Case("s", "c", "n"), Case("s", "c", "n", "failure", "why"), Case("t", "c", "n", "skipped", "blunt")]
    xml = document("all", cases, NOW)
    SCHEMA.assertValid(etree.fromstring(xml.encode()))
    assert results(xml) == {"n": "passed", "n #2": "failure", "n #3": "skipped"}
    whole = junitparser.JUnitXml.fromstring(xml.encode())
    assert (whole.tests, whole.failures, whole.errors, whole.skipped) == (3, 1, 0, 1)


def test_thousands_of_series_are_written_and_read() -> None:
    xml = document("all", (Case("s", "c", f"n({i})") for i in range(5_000)), NOW)
    assert len(results(xml)) == 5_000
