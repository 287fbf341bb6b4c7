"""Which benchmarks a change is to be measured by: rules of the project, told with the answer.

`[tool.perfwatch.pull]` holds them. Paths are patterns as a `.gitignore` has them, from the project's folder; benchmarks
are asv's own patterns.

    [tool.perfwatch.pull]
    ignored = ["*.md", "/docs/", "/tests/"]     # changes of these alone are not measured
    always = ["^smoke"]                         # measured whatever changed

    [[tool.perfwatch.pull.suite]]
    paths = ["/engine/"]
    bench = ["^compute", "^echo"]

A changed file that no rule knows has everything measured: what nobody thought of is no reason to look away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pathspec import GitIgnoreSpec

from perfwatch.analysis.equivalence import ANSWERS
from perfwatch.errors import UsageError

# How the benchmarks came to be measured: named by who asked, all of them, by rules; or that there are none to be.
How = Literal["asked", "everything", "rules", "nothing"]


@dataclass(frozen=True)
class Rules:
    """When which benchmarks are measured.

    Attributes
    ----------
    ignored : paths whose changes alone are not measured.
    always : benchmarks measured whatever changed.
    suites : (paths, benchmarks): what is measured when one of the paths changed.
    """

    ignored: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    suites: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Rules:
        """Return the rules of a project.

        Errors
        ------
        UsageError : an unknown setting, a value of the wrong kind, a pattern that is none.
        """
        _refuse_unknown(table, {"ignored", "always", "suite"}, "pull")
        suites = table.get("suite", [])
        if not (isinstance(suites, list) and all(isinstance(s, dict) for s in suites)):
            raise UsageError("pull: suite is not an array of tables; write [[tool.perfwatch.pull.suite]]")
        for suite in suites:
            _refuse_unknown(suite, {"paths", "bench"}, "pull: suite")
        rules = cls(
            _texts(table, "ignored"),
            _texts(table, "always"),
            tuple((_texts(suite, "paths"), _texts(suite, "bench")) for suite in suites),
        )
        for paths, bench in rules.suites:
            if not (paths and bench):
                raise UsageError("pull: a suite without paths or without bench says nothing; give it both")
        for pattern in (*rules.always, *(p for _, bench in rules.suites for p in bench)):
            _expression(pattern)
        for patterns in (rules.ignored, *(paths for paths, _ in rules.suites)):
            _spec(patterns)
        return rules


@dataclass(frozen=True)
class Choice:
    """What is measured, and why.

    Attributes
    ----------
    patterns : asv's; none for all benchmarks. Of `nothing` there are none either.
    why : lines for people.
    n_files : files that changed.
    """

    how: How
    patterns: tuple[str, ...]
    why: tuple[str, ...]
    n_files: int


def choose(
    files: Sequence[str],
    rules: Rules,
    *,
    asked: Sequence[str] = (),
    everything: bool = False,
    settings_files: Sequence[str] = (),
) -> Choice:
    """Return what a change is to be measured by.

    Parameters
    ----------
    files : that changed, from the project's folder.
    asked : patterns of benchmarks that somebody named; they outrank every rule.
    everything : somebody asked for all benchmarks.
    settings_files : that hold the rules, or what is built of a commit; a change of these has everything measured, since
        whoever changes the rules is not to choose by which ones he is measured.

    Notes
    -----
    The benchmarks of the answers are measured with every choice but `nothing`.
    """
    if asked:
        return Choice("asked", _with_answers(asked), ("--bench names the benchmarks",), len(files))
    if everything:
        return Choice("everything", (), ("--all asks for all benchmarks",), len(files))
    if not files:
        return Choice("nothing", (), ("no file changed",), 0)
    ruling = next((f for f in files if f in settings_files), None)
    if ruling is not None:
        return Choice("everything", (), (f"{ruling} changed, which rules what is built and measured",), len(files))
    ignored = _spec(rules.ignored)
    counted = [f for f in files if not ignored.match_file(f)]
    if not counted:
        said = f"only files changed that are not measured: {_named(files)}"
        return Choice("nothing", (), (said, f"by the project's own rule, ignored = {list(rules.ignored)}"), len(files))
    return _by_rules(counted, rules, len(files))


def _by_rules(counted: Sequence[str], rules: Rules, n_files: int) -> Choice:
    if not rules.suites:
        return Choice("everything", (), (f"{_named(counted)} changed, and no rule says what that touches",), n_files)
    patterns: dict[str, None] = dict.fromkeys(rules.always)
    why, left = [], list(counted)
    for paths, bench in rules.suites:
        spec = _spec(paths)
        touched = [f for f in counted if spec.match_file(f)]
        if touched:
            patterns |= dict.fromkeys(bench)
            why.append(f"{', '.join(bench)}: {_named(touched)} changed")
            left = [f for f in left if f not in touched]
    if left:
        return Choice("everything", (), (f"{_named(left)} changed, which no rule knows",), n_files)
    return Choice("rules", _with_answers(tuple(patterns)), tuple(why), n_files)


def _with_answers(patterns: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*patterns, *ANSWERS)))


def _named(files: Sequence[str]) -> str:
    """Return the first of some files and how many more there are."""
    more = len(files) - 1
    return files[0] if more == 0 else f"{files[0]} and {more:,} more"


def _refuse_unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise UsageError(f"{where}: unknown setting {name!r}; known are {', '.join(sorted(known))}")


def _texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = table.get(name, [])
    if not (isinstance(value, list) and all(isinstance(v, str) and v for v in value)):
        raise UsageError(f'pull: {name} is {value!r}, not a list of patterns; write {name} = ["…"]')
    return tuple(value)


def _expression(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise UsageError(f"pull: bench {pattern!r} is no regular expression ({error}); mend it") from error


def _spec(patterns: Sequence[str]) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise UsageError(f"pull: {list(patterns)} cannot be read as paths ({error}); write as in .gitignore") from error


def without_answers(patterns: Sequence[str], measured: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns of what scatters, and so is measured more than once: an answer is the same each time.

    Parameters
    ----------
    patterns : of a choice; none for everything.
    measured : the benchmarks that were, by name. Where they were answers alone, the patterns stay as they are.
    """
    left = tuple(p for p in patterns if p not in ANSWERS)
    answers = re.compile("|".join(ANSWERS))
    return left if left and any(not answers.search(name) for name in measured) else tuple(patterns)
