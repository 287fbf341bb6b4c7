"""Foreign words in a terminal and in a mail are words, all of them seen."""

from __future__ import annotations

import unicodedata

import pytest
from foreign import EVIL, words
from hypothesis import given
from lxml import html as parser

from perfwatch.report import html, plain
from perfwatch.report.blocks import (
    Alarm,
    Block,
    Bullets,
    Code,
    Details,
    Heading,
    Link,
    Paragraph,
    Picture,
    Strong,
    Table,
    Verbatim,
)

TAGS = {
    "div",
    "h2",
    "h3",
    "p",
    "ul",
    "li",
    "table",
    "tr",
    "th",
    "td",
    "pre",
    "code",
    "strong",
    "a",
    "details",
    "summary",
}


def everywhere(evil: str) -> tuple[Block, ...]:
    """Return blocks that have these words in every place that words can have."""
    return (
        Heading(evil, 1),
        Heading(evil),
        Alarm((evil,)),
        Paragraph((Strong(evil), evil, Code(evil), Link(evil, evil), Link(Code(evil), f"https://a.example/{evil}"))),
        Bullets(((evil,), (Code(evil),))),
        Table(("a", evil), (((evil,), (Code(evil),)), ((Strong(evil),), (evil,))), frozenset({1})),
        Verbatim(evil.split("\n"), "sh"),
        Details(evil, (Paragraph((evil,)), Verbatim(evil.split("\n"), "text"))),
        Picture(evil, f"https://a.example/{evil}"),
    )


@given(words=words)
def test_what_is_shown_is_one_line_of_signs_that_are_seen(words: str) -> None:
    cleaned = plain.clean(words)
    assert cleaned == cleaned.strip()
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in cleaned)
    assert cleaned == plain.clean(cleaned)
    cleaned.encode()


@pytest.mark.parametrize(
    "words", ["compute.time_sweep(in_process, 30000x20)", "Ærøskøbing · 日本語 — “ё”", "+10.2 % × 132", "🚀"]
)
def test_what_is_seen_is_left_as_it_is(words: str) -> None:
    assert plain.clean(words) == words


@given(words=words)
def test_no_word_moves_a_terminal_nor_ends_a_line_that_is_not_its_own(words: str) -> None:
    shown = plain.render(everywhere(words))
    assert all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown)
    assert len(plain.render([Bullets(((words,),))]).splitlines()) <= 1


@given(words=words)
def test_words_in_a_mail_are_words(words: str) -> None:
    found = parser.fragment_fromstring(html.render(everywhere(words)), create_parent="div")
    assert {e.tag for e in found.iter()} <= TAGS
    assert all(set(e.attrib) <= {"style", "href"} for e in found.iter())
    assert all(a.get("href").startswith(("https://", "http://")) for a in found.iter("a"))
    assert " ".join(str(found.findtext("h2")).split()) == plain.clean(words)


@pytest.mark.parametrize("evil", EVIL)
def test_the_style_of_a_mail_is_its_own(evil: str) -> None:
    styles = {
        e.get("style") for e in parser.fragment_fromstring(html.render(everywhere(evil)), create_parent="div").iter()
    }
    assert styles == {
        e.get("style") for e in parser.fragment_fromstring(html.render(everywhere("a")), create_parent="div").iter()
    }


@given(words=words)
def test_a_long_text_is_cut_in_the_middle_and_keeps_both_ends(words: str) -> None:
    long = f"begin {words * 200} end"
    assert plain.short(long, 20).startswith("begin ")
    assert plain.short(long, 20).endswith(" end")
    assert all(len(plain.short(long, n)) <= n for n in (1, 2, 3, 20, 200))
    assert plain.short("abc", 3) == "abc"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "/x",
        "https://a.example/ b",
        "https://a.example/\n",
        "",
    ],
)
def test_only_an_address_of_the_web_is_led_to(address: str) -> None:
    assert plain.address(address) is None
    assert html.link("x", address) == "x"
