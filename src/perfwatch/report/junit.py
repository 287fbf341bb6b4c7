"""Findings as JUnit's XML, which Jenkins, GitLab and most others show as tests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from xml.etree import ElementTree

import junitparser

# What XML 1.0 can hold; nothing else may stand in it, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RESULTS = {"failure": junitparser.Failure, "error": junitparser.Error, "skipped": junitparser.Skipped}


@dataclass(frozen=True)
class Case:
    """One test.

    Attributes
    ----------
    suite : what it is grouped by.
    classname : what it is told apart by from one of the same name in another suite.
    result : `failure` is a finding that somebody answers for, `error` what could not be found out.
    message : one line of why; for a test that passed, what it passes over.
    details : further lines.
    """

    suite: str
    classname: str
    name: str
    result: Literal["passed", "failure", "error", "skipped"] = "passed"
    message: str = ""
    details: str = ""


def document(name: str, cases: Iterable[Case], at: datetime) -> str:
    """Return the cases as a document of JUnit's XML, suites and cases in the order they first come.

    Parameters
    ----------
    name : of the whole.
    at : when it was found out, UTC.

    Notes
    -----
    Characters that XML cannot hold become a question mark. Two cases of one name are told apart by a number, since
    readers keep only one of them otherwise. Nothing is said of how long a test took: the times are in the findings.
    """
    suites: dict[str, junitparser.TestSuite] = {}
    seen: dict[tuple[str, str], int] = {}
    for case in cases:
        suite = suites.setdefault(case.suite, junitparser.TestSuite(_clean(case.suite)))
        n = seen[case.classname, case.name] = seen.get((case.classname, case.name), 0) + 1
        suite.append(_element(case, case.name if n == 1 else f"{case.name} #{n}"))
    whole = junitparser.JUnitXml(_clean(name))
    for suite in suites.values():
        suite.timestamp = f"{at:%Y-%m-%dT%H:%M:%S}"
        whole.append(suite)
        suite.update_statistics()
    whole.update_statistics()
    # Through the standard library, so that it looks the same whichever parser the other one found.
    root = ElementTree.fromstring(whole.tostring())
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _element(case: Case, name: str) -> junitparser.TestCase:
    element = junitparser.TestCase(_clean(name), classname=_clean(case.classname), time=0)
    if case.result == "passed":
        if said := "\n".join(t for t in (case.message, case.details) if t):
            element.system_out = _clean(said)
        return element
    result = _RESULTS[case.result](_clean(" ".join(case.message.split())), case.result)
    result.text = _clean(case.details or case.message)
    element.result = [result]
    return element


def _clean(text: str) -> str:
    return _NO_XML.sub("?", text)
