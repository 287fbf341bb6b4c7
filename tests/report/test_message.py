"""What is told of an event: goldens in tests/expected/, bounds, and that no word breaks out."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from foreign import EVIL
from happenings import AROUND, BROKEN, GUILTY, HAPPENINGS, HISTORY, SLOWER, Happening
from jsonschema import Draft202012Validator
from lxml import etree
from lxml import html as parser
from situations import NOW
from test_markdown import by_github, read

from perfwatch.cli import cli
from perfwatch.model import Commit, Event, Failure, Triage
from perfwatch.report import event_commands
from perfwatch.report.bounds import MOST_LISTED
from perfwatch.report.chart import History
from perfwatch.report.context import Context
from perfwatch.report.message import LONGEST_HTML, LONGEST_TEXT, of_event
from perfwatch.report.notice import LONGEST_MARKDOWN, LONGEST_TITLE, Notice

EXPECTED = Path(__file__).parent.parent / "expected"


def told(happening: Happening) -> Notice:
    return of_event(happening.event, happening.word, happening.commit, context=happening.around)


def forms(notice: Notice) -> dict[str, str]:
    document = json.dumps(notice.document, indent=2, ensure_ascii=False) + "\n"
    found = {
        "txt": f"{notice.title}\n[{notice.level}]\n\n{notice.text}\n",
        "md": notice.markdown,
        "html": notice.html,
        "json": document,
    }
    return {**found, "svg": notice.chart} if notice.chart is not None else found


@pytest.mark.parametrize("name", HAPPENINGS)
def test_an_event_reads_as_expected(name: str) -> None:
    for form, said in forms(told(HAPPENINGS[name])).items():
        assert said == (EXPECTED / f"message_{name}.{form}").read_text(encoding="utf-8"), form


def test_each_golden_is_of_an_event() -> None:
    names = {path.stem for path in EXPECTED.glob("message_*")}
    assert names == {f"message_{name}" for name in HAPPENINGS}


@pytest.mark.parametrize("name", HAPPENINGS)
def test_a_notice_comes_back_from_the_outbox_as_it_went_in(name: str) -> None:
    notice = told(HAPPENINGS[name])
    assert Notice.from_json(notice.to_json()) == notice


@pytest.mark.parametrize("name", HAPPENINGS)
def test_the_document_is_as_its_schema_says(name: str) -> None:
    schema = json.loads(files("perfwatch.report").joinpath("schema/event-2.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    document = dict(told(HAPPENINGS[name]).document)
    Draft202012Validator(schema).validate(document)
    # Nothing is told that the schema does not name, and nothing that it names is missing.
    assert set(document) | {"key", "chart"} == set(schema["properties"])
    for part in ("event", "commit"):
        assert set(document[part]) == set(schema["properties"][part]["properties"])
    del document["level"]
    assert not Draft202012Validator(schema).is_valid(document)


def test_a_broken_equivalence_is_the_first_and_loudest_thing_said() -> None:
    notice = told(HAPPENINGS["broken_equivalence"])
    assert notice.title.startswith("EQUIVALENCE BROKEN")
    assert notice.level == "error"
    assert notice.markdown.startswith("> [!CAUTION]")
    assert "A faster wrong kernel is a failure" in notice.text
    # The first combination that differs, with both answers, before anything of speed.
    assert notice.text.index("PnL -934.1") < notice.text.index("FASTER")


def test_what_is_only_suspected_says_so_and_is_no_error() -> None:
    notice = told(HAPPENINGS["regression_suspected"])
    assert "NOT YET SURE" in notice.title
    assert "may be 4.0 % slower" in notice.text
    assert notice.level == "warning"


def test_what_is_over_or_known_to_somebody_is_quiet_until_the_word_runs_out() -> None:
    word = Triage(SLOWER.id, "acknowledged", "ada", NOW, "known", until=NOW + timedelta(days=1))
    levels = {
        of_event(SLOWER, word, GUILTY, context=replace(AROUND, now=now)).level
        for now in (NOW, NOW + timedelta(hours=23))
    }
    assert levels == {"notice"}
    assert of_event(SLOWER, word, GUILTY, context=replace(AROUND, now=NOW + timedelta(days=2))).level == "error"
    assert of_event(replace(SLOWER, standing="RESOLVED"), None, GUILTY).level == "notice"


@pytest.mark.parametrize(
    ("ratio", "lower", "upper", "words"),
    [
        (1.102, 1.098, 1.106, "10.2 % slower; with 95 % confidence between 9.8 and 10.6 %."),
        (0.9, 0.88, 0.92, "10.0 % faster; with 95 % confidence between 8.0 and 12.0 %."),
        (1.02, 0.99, 1.05, "2.0 % slower; with 95 % confidence between 1.0 % faster and 5.0 % slower."),
        (132.0, 128.0, 136.0, "× 132 slower; with 95 % confidence between × 128 and × 136."),
        (1.9, 1.8, 2.1, "90.0 % slower; with 95 % confidence between 80.0 % and × 2.1."),
        (0.25, 0.24, 0.26, "× 4 faster; with 95 % confidence between × 3.85 and × 4.17."),
        (1.1, None, None, "10.0 % slower."),
    ],
)
def test_how_much_and_how_sure_is_said_in_plain_words(
    ratio: float, lower: float | None, upper: float | None, words: str
) -> None:
    moved = {"label": "a.time_b", "ratio": ratio, "lower": lower, "upper": upper, "family": None}
    title = "a.time_b slower" if ratio > 1 else "a.time_b faster"
    notice = of_event(replace(SLOWER, title=title, moved=(moved,)), None, None)
    assert f"a.time_b is {words}" in notice.text


def test_of_what_is_no_time_more_or_less_is_said() -> None:
    moved = {"label": "a.track_b", "ratio": 1.1, "lower": 1.09, "upper": 1.11, "family": None}
    notice = of_event(replace(SLOWER, title="a.track_b 10.0 % worse", moved=(moved,)), None, None)
    assert notice.title == "WORSE · a.track_b 10.0 % worse"
    assert "is 10.0 % more; with 95 % confidence between 9.0 and 11.0 %" in notice.text


def test_the_chart_stands_in_a_message_only_where_everybody_may_see_it() -> None:
    shown = of_event(SLOWER, None, GUILTY, context=AROUND).markdown
    assert f"](<https://perf.example.org/api/v1/events/{SLOWER.id}.svg>)" in shown
    assert ".svg" not in of_event(SLOWER, None, GUILTY, context=replace(AROUND, is_chart_public=False)).markdown
    assert ".svg" not in of_event(SLOWER, None, GUILTY, context=replace(AROUND, public_url=None)).markdown


def test_addresses_that_are_none_of_the_web_are_left_out() -> None:
    around = replace(AROUND, public_url="javascript:alert(1)//", show_commit_url="file:///etc/")
    notice = of_event(SLOWER, None, GUILTY, context=around)
    assert all("javascript" not in form and "file:" not in form for form in forms(notice).values())
    assert notice.document["url"] is None
    assert notice.document["commit"]["url"] is None


def test_no_path_of_a_machine_is_told() -> None:
    assert all("/home/" not in form for form in forms(told(HAPPENINGS["failure"])).values())


@pytest.mark.parametrize("benchmark", ["a.time_b", "a.time_b[x y]", "it's $(rm -rf /)", "a|b`c`", "x" * 200])
def test_a_command_is_read_by_a_shell_as_it_was_meant(benchmark: str) -> None:
    moved = {"label": f"{benchmark}(1, 2)" if "(" not in benchmark else benchmark, "ratio": 1.1}
    found = event_commands.commands(replace(SLOWER, moved=(moved,)), None, 0, {})
    [line] = [line for line in found if line.startswith("perfwatch bench")]
    *_, option, pattern = shlex.split(line)
    assert option == "--bench"
    name = benchmark.partition("(")[0]
    # As asv searches it.
    assert re.search(pattern, name)
    assert re.search(pattern, f"{name}('1', 2)")
    assert not re.search(pattern, f"b.{name}")


@pytest.mark.parametrize("name", HAPPENINGS)
def test_every_command_of_a_message_is_one_that_perfwatch_takes(name: str) -> None:
    for line in told(HAPPENINGS[name]).document["commands"]:
        if line.startswith("#"):
            continue
        program, command, *arguments = shlex.split(line)
        assert program == "perfwatch"
        # Parsed, not carried out: an option or an argument that it does not take is an error here.
        cli.commands[command].make_context(command, list(arguments))


def test_a_pattern_does_not_choose_a_benchmark_that_only_begins_the_same() -> None:
    assert not re.search(event_commands.pattern("a.time_b"), "a.time_b2")
    assert not re.search(event_commands.pattern("a.time_b"), "aXtime_b")


# ---- bounds


def many(n: int, label: str = "module_{i}.time_work({i}, 30000x20)") -> Event:
    moved = tuple(
        {"label": label.format(i=i), "ratio": 1.5 - i / 10_000, "lower": 1.2, "upper": 1.6, "family": f"module {i}"}
        for i in range(n)
    )
    title = f"{moved[0]['label']} 50.0 % slower and {n - 1:,} more"
    return replace(SLOWER, title=title, moved=moved)


def is_bounded(notice: Notice) -> None:
    assert len(notice.title) <= LONGEST_TITLE
    assert len(notice.markdown) <= LONGEST_MARKDOWN
    assert len(notice.text) <= LONGEST_TEXT
    assert len(notice.html) <= LONGEST_HTML


def test_of_thousands_of_series_the_farthest_are_shown_and_the_rest_counted() -> None:
    notice = of_event(many(2000), None, GUILTY, context=AROUND)
    is_bounded(notice)
    assert "module_0.time_work" in notice.markdown
    assert "… and 1,990 more series" in notice.text
    assert notice.document["n_moved"] == 2000
    assert len(notice.document["event"]["moved"]) == MOST_LISTED
    assert len(of_event(many(5000), None, None).document["event"]["moved"]) == MOST_LISTED


def test_what_is_no_number_is_null_in_the_document() -> None:
    event = replace(SLOWER, facts={"environment": {"a": [float("nan"), float("inf")]}})
    notice = of_event(event, None, None)
    assert notice.document["event"]["facts"]["environment"]["a"] == [None, None]
    assert Notice.from_json(notice.to_json()) == notice


def test_a_label_too_long_is_cut_in_the_middle_and_keeps_both_ends() -> None:
    event = many(3, "begins_{i}_" + "x" * 10_000 + "_ends")
    notice = of_event(event, None, GUILTY, context=AROUND)
    is_bounded(notice)
    assert re.search(r"begins_0_x+…x+_ends", notice.title)
    assert "50.0 % slower and 2 more" in notice.title
    assert len(json.dumps(notice.document)) < 20_000


@pytest.mark.parametrize("sign", ["x", "<", "@", "|", "`", "\\", "日", "\u202e", "deadbeef"])
def test_whatever_is_long_is_bounded_in_every_form(sign: str) -> None:
    long = sign * (10_000 // len(sign))
    event = replace(
        many(2000, "{i}" + long[:2_000]),
        title=long,
        cause=long,
        machine=long,
        environment=long,
        facts={"environment": {f"{i}{long}": [long, long] for i in range(100)}},
    )
    word = Triage(event.id, "accepted", long, NOW, long, long)
    around = replace(
        AROUND,
        project=long,
        others=[replace(event, id=str(i)) for i in range(20)],
        words=[word] * 100,
        stood=[f"{i}{long}" for i in range(100)],
        history=replace(HISTORY, label=long),
    )
    notice = of_event(event, word, Commit("c" * 40, author=long, subject=long), context=around)
    is_bounded(notice)
    is_bounded(
        of_event(
            replace(event, kind="failure"),
            None,
            None,
            context=replace(around, failures=[Failure(long, 1, f"{long}\n" * 100)]),
        )
    )
    broken = replace(
        BROKEN, facts={"breaks": [{"kind": long, "architecture": long, "size": long, "detail": long}] * 100}
    )
    is_bounded(of_event(broken, word, None, context=around))
    assert len(notice.to_json()) < 6_000_000


# ---- markup


def evil_notices(evil: str) -> list[Notice]:
    label = f"{evil}(1)"
    moved = ({"label": label, "ratio": 1.1, "lower": 1.0, "upper": 1.2, "family": evil},) * 2
    facts: dict[str, Any] = {
        "environment": {evil: [evil, None]},
        "breaks": [{"kind": "MOVED", "architecture": evil, "size": evil, "differing": 1, "detail": evil}],
        "last_measured_at": evil,
        "expected_every_s": 60.0,
    }
    event = replace(
        SLOWER, title=f"{evil} 10.0 % slower", cause=evil, machine=evil, environment=evil, moved=moved, facts=facts
    )
    word = Triage(event.id, "accepted", evil, NOW, evil, evil)
    around = Context(
        project=evil,
        public_url="https://perf.example.org",
        show_commit_url="https://git.example.org/",
        before=Commit(evil),
        gap=1,
        others=(event,),
        words=(word,),
        stood=(evil,),
        failures=(Failure(evil, 1, evil),),
        history=History(evil, evil, [evil, "b"], [1.0, 2.0], [None] * 2, [None] * 2, 1),
        now=NOW,
    )
    commit = Commit("c" * 40, author=evil, subject=evil)
    kinds = ("regression", "improvement", "equivalence break", "failure", "vanished benchmark", "host change")
    return [
        of_event(replace(event, kind=kind, standing=standing), word, commit, context=around)  # type: ignore[arg-type]
        for kind in (*kinds, "two-state host", "stale runner")
        for standing in ("SUSPECT", "CONFIRMED", "RESOLVED")
    ]


MARKDOWN_TAGS = {"div", "h3", "blockquote", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
MAIL_TAGS = {"div", "h2", "h3", "p", "ul", "li", "table", "tr", "th", "td"}
WORD_TAGS = {"pre", "code", "strong", "a"}


@pytest.mark.parametrize("evil", EVIL)
def test_no_name_subject_author_reason_or_fact_is_more_than_words(evil: str) -> None:
    for notice in evil_notices(evil):
        lines = f"{notice.title}\n{notice.text}"
        assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in lines)
        assert "\n" not in notice.title
        page = read(notice.markdown, by_github)
        assert {e.tag for e in page.iter()} <= MARKDOWN_TAGS | WORD_TAGS | {"img"}
        mail = parser.fragment_fromstring(notice.html, create_parent="div")
        assert {e.tag for e in mail.iter()} <= MAIL_TAGS | WORD_TAGS
        for element in (*page.iter(), *mail.iter()):
            assert set(element.attrib) <= {"href", "src", "alt", "align", "lang", "style"}
            for address in (element.get("href"), element.get("src")):
                assert address is None or address.startswith(("https://perf.example.org/", "https://git.example.org/"))
        if notice.chart is not None:
            picture = etree.fromstring(notice.chart.encode())
            tags = {etree.QName(e).localname for e in picture.iter()}
            assert tags <= {"svg", "title", "desc", "style", "rect", "line", "path", "circle", "text"}
            assert not [name for e in picture.iter() for name in e.attrib if str(name).lower().startswith("on")]
        assert json.loads(json.dumps(notice.document)) == notice.document
        assert Notice.from_json(notice.to_json()).markdown == notice.markdown


@pytest.mark.parametrize("evil", EVIL)
def test_a_message_has_no_marker_that_is_not_the_sinks_own(evil: str) -> None:
    # Sinks know their own message by a comment in it: none comes from what is told.
    assert all("<!--" not in notice.markdown.replace("`", "") or _is_in_code(notice) for notice in evil_notices(evil))


def _is_in_code(notice: Notice) -> bool:
    return all("<!--" not in (e.text or "") for e in read(notice.markdown, by_github).iter(etree.Comment))
