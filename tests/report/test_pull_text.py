"""What is told of a pull request: goldens, limits, and words of a fork that stay words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import junitparser
import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from foreign import EVIL, FORGES
from lxml import html
from pulls import BASE, BETTER, BROKEN, CLEAN, ECHO, FLOOR, GAP, KERNEL, LINES, PULLS, row, worse

from perfwatch.analysis.pull import Allowed, Pull, Revision, rows_of
from perfwatch.model import Measurement, SeriesKey
from perfwatch.report import pull as say
from perfwatch.report import pull_github
from perfwatch.report.bars import bars
from perfwatch.report.forest import Ratio
from perfwatch.report.notice import LONGEST_MARKDOWN
from perfwatch.report.pull_junit import junit
from perfwatch.report.pull_words import LONGEST_TITLE

EXPECTED = Path(__file__).parent.parent / "expected"


@pytest.mark.parametrize("name", PULLS)
@pytest.mark.parametrize("form", ["txt", "md", "json"])
def test_a_pull_request_reads_as_expected(name: str, form: str) -> None:
    pull = PULLS[name]
    golden = EXPECTED / f"pull_{name}.{form}"
    found = {
        "txt": lambda: say.text(pull) + "\n",
        "md": lambda: say.markdown(pull),
        "json": lambda: json.dumps(say.as_json(pull), indent=1, ensure_ascii=False) + "\n",
    }[form]()
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "code", "conclusion"),
    [
        ("clean", 0, "success"),
        ("improvement", 0, "success"),
        ("regression", 1, "failure"),
        ("a_faster_kernel_that_changes_an_answer", 6, "failure"),
        ("inconclusive", 7, "neutral"),
        ("not_built", 9, "failure"),
        ("a_benchmark_fails_at_head", 9, "failure"),
        ("nothing_comparable", 5, "neutral"),
        ("only_documentation_changed", 5, "neutral"),
        ("allowed_to_get_worse", 0, "neutral"),
        ("built_to_the_same", 0, "success"),
        ("stopped_and_suite_changed", 2, "neutral"),
    ],
)
def test_each_kind_has_its_exit_code_and_nothing_but_clean_is_green(name: str, code: int, conclusion: str) -> None:
    assert (PULLS[name].exit_code, PULLS[name].conclusion) == (code, conclusion)


def test_of_several_the_answers_come_first_and_what_was_not_measured_before_what_got_worse() -> None:
    failed = replace(KERNEL, word="failed", ratio=None)
    everything = replace(CLEAN, rows=(failed, *worse()), breaks=BROKEN)
    assert everything.exit_code == 6
    assert replace(everything, breaks=()).exit_code == 9
    assert replace(CLEAN, rows=worse()).exit_code == 1


def test_without_strict_what_stayed_unsure_is_neutral_and_not_green() -> None:
    lax = replace(PULLS["inconclusive"], strict=False)
    assert (lax.exit_code, lax.conclusion) == (0, "neutral")
    assert "could hide it" in say.notice(lax).title


def test_only_what_a_word_means_is_let_pass() -> None:
    one, other = worse()
    half = replace(CLEAN, rows=(replace(one, is_allowed=True), other), allowed=(Allowed("a reason", "--override"),))
    assert half.exit_code == 1
    assert half.regressions == [other]
    assert "1 of 2 that did" in say.text(half)


def test_a_word_lets_no_broken_answer_and_no_failure_pass() -> None:
    allowed = (Allowed("we know", "--override"),)
    assert replace(CLEAN, breaks=BROKEN, allowed=allowed).exit_code == 6
    assert replace(PULLS["not_built"], allowed=allowed).exit_code == 9


def test_the_first_line_is_the_verdict_and_a_status_has_room_for_it() -> None:
    for pull in PULLS.values():
        notice = say.notice(pull)
        assert len(notice.title) <= LONGEST_TITLE
        assert notice.text.splitlines()[0] == f"perfwatch: {notice.title}"
        assert notice.markdown.startswith("## perfwatch: ")
        assert notice.subject == f"pull {pull.head.hash}"
        assert notice.standing == pull.conclusion
        assert type(notice).from_json(notice.to_json()).title == notice.title


def test_a_base_that_is_named_by_its_hash_is_told_short_and_once() -> None:
    at_the_tip = replace(CLEAN, base=replace(BASE, named=BASE.hash))
    assert say.text(at_the_tip).splitlines()[2].endswith(" against beefbeef engine: tidy")
    moved_on = replace(CLEAN, base=replace(BASE, named="0123456789" * 4))
    assert say.text(moved_on).splitlines()[2].endswith(" against beefbeef engine: tidy (where it left 01234567)")


def test_of_a_suite_without_sizes_no_size_is_told() -> None:
    pull = replace(CLEAN, rows=(ECHO, LINES), answers=0)
    assert "30000x20" in say.text(CLEAN)
    assert "30000x20" not in say.notice(pull).markdown


def test_two_thousand_changed_series_fit_a_comment() -> None:
    rows = tuple(row(f"suite{i % 50}.time_it", "worse", 1.2 + i / 1e4, 0.01, ("case", str(i))) for i in range(2_000))
    pull = replace(CLEAN, rows=rows, breaks=BROKEN * 400)
    notice = say.notice(pull)
    assert len(notice.markdown) <= LONGEST_MARKDOWN
    assert len(notice.document["rows"]) == 2_000
    assert "All 2,000 series" in notice.markdown
    assert say.read(say.as_json(pull)) == pull


@pytest.mark.parametrize("evil", EVIL[:6:2])
def test_two_thousand_series_of_a_fork_fit_a_comment_too(evil: str) -> None:
    name = (evil.replace("\ud800", "") * 60)[:500]
    rows = tuple(row(name, "worse", 1.5, 0.01, (name, name), (name, str(i)), unit=name[:100]) for i in range(2_000))
    pull = replace(PULLS["hostile_names_of_a_fork"], rows=rows)
    notice = say.notice(pull)
    assert len(notice.markdown) <= LONGEST_MARKDOWN
    assert len(notice.title) <= LONGEST_TITLE


def evil_pull(evil: str) -> Pull:
    """Return a pull request with these words wherever a fork has a word."""
    text = json.dumps(say.as_json(PULLS["hostile_names_of_a_fork"]))
    from pulls import EVIL as PLACEHOLDER

    kept = json.dumps(evil.replace("\ud800", ""))[1:-1]
    return say.read(json.loads(text.replace(json.dumps(PLACEHOLDER)[1:-1], kept)))


@pytest.mark.parametrize("evil", EVIL)
def test_no_word_of_a_fork_is_more_than_a_word(evil: str) -> None:
    notice = say.notice(evil_pull(evil))
    options = Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_UNSAFE
    found = html.fragment_fromstring(github_flavored_markdown_to_html(notice.markdown, options), create_parent="div")
    tags = {"h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "pre", "code", "strong", "div"}
    assert {e.tag for e in found.iter()} <= tags | {"blockquote", "details", "summary"}
    assert len(list(found.iter("details"))) == 1
    outside = [t for e in found.iter() if e.tag not in ("code", "pre") for t in (e.text, *(c.tail for c in e)) if t]
    for text in outside:
        for name, pattern in FORGES.items():
            assert not pattern.search(text.removeprefix("[!CAUTION]")), (name, text)
    assert "\x1b" not in notice.text
    mail = html.fragment_fromstring(notice.html, create_parent="div")
    assert not {e.tag for e in mail.iter()} & {"script", "img", "a", "iframe"}
    assert notice.chart is not None
    picture = ElementTree.fromstring(notice.chart)
    assert not [e for e in picture.iter() if e.tag.rpartition("}")[2] in ("script", "a", "image", "foreignObject")]


@pytest.mark.parametrize("name", PULLS)
def test_junit_fails_exactly_where_the_command_does_not_end_with_0(name: str) -> None:
    pull = PULLS[name]
    read = junitparser.JUnitXml.fromstring(junit(pull, datetime(2026, 5, 1, tzinfo=UTC)).encode())
    assert (read.failures + read.errors > 0) == (pull.exit_code != 0)
    assert read.tests >= len(pull.rows)


def test_annotations_are_a_few_and_no_word_of_a_fork_is_a_command() -> None:
    many = replace(CLEAN, rows=tuple(row(f"x.time_{i}", "worse", 1.2) for i in range(50)))
    lines = pull_github.commands(many).splitlines()
    assert len(lines) == 9
    assert lines[0] == "::error title=perfwatch%3A WORSE::x.time_0 +20.0 %25 (+18.8 %25 … +21.2 %25)"
    assert "42 more" in lines[-1]
    for line in pull_github.commands(PULLS["hostile_names_of_a_fork"]).splitlines():
        assert line.startswith(("::error title=perfwatch", "::warning title=perfwatch", "::notice title=perfwatch"))


def test_what_got_better_with_a_broken_answer_is_said_not_to_count() -> None:
    told = say.markdown(replace(CLEAN, rows=BETTER, breaks=BROKEN))
    assert "that does not count" in told
    assert told.index("EQUIVALENCE BROKEN") < told.index("combination 0") < told.index("-29.0 %")


def test_the_command_measures_the_same_two_commits_again() -> None:
    evil = replace(CLEAN, choice=replace(CLEAN.choice, patterns=("^a b; rm -rf $HOME",)))
    command = next(line for line in say.text(evil).splitlines() if line.strip().startswith("perfwatch pr"))
    assert f"{CLEAN.base.hash} {CLEAN.head.hash} --no-merge-base" in command
    assert "'^a b; rm -rf $HOME'" in command


def test_a_host_that_was_another_for_each_side_is_said() -> None:
    assert "not the same for both" not in say.text(CLEAN)
    assert "not the same for both" in say.text(replace(CLEAN, controls={"echo": 1.3}))


def test_bars_keep_the_same_in_the_middle_and_mark_what_lies_beyond_the_edge() -> None:
    axis, one, far, open_ended = bars(
        [Ratio("one", 1.0, 0.9, 1.1), Ratio("far", 5.0, 4.0, 6.0), Ratio("low", 0.5, None, None)]
    )
    middle = axis.index("same") + 2
    assert abs(one.index("●") - middle) <= 1
    assert "▶" in far
    assert "├" not in far
    assert open_ended.index("●") < middle
    assert bars([Ratio("none", float("nan"))]) == []


KEY = SeriesKey("x.time_y", "1", (), "m", "e", "seconds", "time")


def measured(status: str, key: SeriesKey = KEY) -> list[Measurement]:
    return [Measurement(key, "c", status, 1.0 if status == "ok" else None)]


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("ok", "failed", "failed"),
        ("failed", "ok", "mended"),
        ("failed", "failed", "fails on both"),
        ("ok", "skipped", "gone"),
        ("skipped", "ok", "new"),
        ("skipped", "failed", "failed"),
    ],
)
def test_a_series_that_one_side_has_no_value_of_is_told(before: str, after: str, word: str) -> None:
    (found,) = rows_of([], measured(before), measured(after), {KEY: "ValueError: no"})
    assert found.word == word
    assert found.error == ("ValueError: no" if word in ("failed", "fails on both", "gone") else None)


def test_a_series_that_neither_side_has_is_none() -> None:
    assert rows_of([], measured("skipped"), measured("skipped"), {}) == ()
    assert [r.word for r in rows_of([], measured("ok"), [], {})] == ["gone"]


def test_a_clean_pull_request_of_another_project_has_no_derived_series() -> None:
    plain = replace(CLEAN, rows=(ECHO,), answers=0, artefacts={}, base=Revision("a" * 40, "", "main"))
    told = say.text(plain)
    assert "Within one run" not in told
    assert "not whether it is still right" in told
    assert GAP.label == "compute gap · 30000x20"
    assert FLOOR.label == "boundary floor · same-core · unix"
