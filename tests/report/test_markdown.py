"""No foreign word becomes more than a word: as GitHub's own parser, and another one, read the Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from foreign import EVIL, FORGES, words
from hypothesis import example, given
from lxml import html
from markdown_it import MarkdownIt

from perfwatch.report import markdown, plain
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

BREAK = "\u200b"


def by_github(text: str) -> str:
    return github_flavored_markdown_to_html(text, Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_UNSAFE)


def by_another(text: str) -> str:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


READERS = (by_github, by_another)


def shape(element: html.HtmlElement) -> str:
    """Return an element's tags without its words: `p(code em)`."""
    inner = " ".join(shape(child) for child in element)
    return f"{element.tag}({inner})" if inner else str(element.tag)


def read(text: str, reader: Callable[[str], str]) -> html.HtmlElement:
    return html.fragment_fromstring(reader(text), create_parent="div")


def said(element: html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).replace(BREAK, "").replace("＄", "$").split())


def outside_code(element: html.HtmlElement) -> Iterator[str]:
    if element.tag not in ("code", "pre"):
        yield element.text or ""
        for child in element:
            yield from outside_code(child)
            yield child.tail or ""


PLACES = {
    "a paragraph": ("{}", "div(p)"),
    "behind something": ("x {}", "div(p)"),
    "an item": ("- {}", "div(ul(li))"),
    "a heading": ("## {}", "div(h2)"),
    "a cell": ("| a | b |\n|---|---|\n| {} | c |", "div(table(thead(tr(th th)) tbody(tr(td td))))"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("place", PLACES)
@given(words=words)
@example(words="1. www.a.example \\| a@b.example #")
def test_words_stay_words_wherever_they_stand(words: str, place: str, reader: Callable[[str], str]) -> None:
    if not plain.clean(words):
        return
    before, expected = PLACES[place]
    found = read(before.format(markdown.text(words)), reader)
    assert shape(found) == expected
    assert said(found) == said(read(before.format("MARK"), reader)).replace(
        "MARK", plain.clean(words).replace("＄", "$")
    )


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("place", PLACES)
@given(words=words)
def test_code_is_code_with_these_words_wherever_it_stands(words: str, place: str, reader: Callable[[str], str]) -> None:
    cleaned = plain.clean(words)
    if not cleaned or "|" in cleaned:
        return
    before, expected = PLACES[place]
    found = read(before.format(markdown.code(words)), reader)
    assert shape(found) == re.sub(r"\b(p|li|h2|td)\b", r"\1(code)", expected, count=1)
    assert [" ".join(c.text_content().split()) for c in found.iter("code")] == [cleaned]


@given(words=words)
def test_a_forge_finds_nothing_to_refer_to_in_words(words: str) -> None:
    for text in outside_code(read(f"x {markdown.text(words)}", by_github)):
        for name, pattern in FORGES.items():
            assert not pattern.search(text), (name, text)


@given(lines=words.map(lambda w: w.split("\n")))
def test_no_line_ends_a_block_of_code(lines: list[str]) -> None:
    found = read(f"before\n\n{markdown.verbatim(lines, 'sh')}\n\nafter", by_github)
    assert shape(found) == "div(p pre(code) p)"
    assert found.findtext("pre/code") == "".join(f"{plain.verbatim(line)}\n" for line in lines)


@given(label=words, url=words)
def test_a_link_leads_where_it_says_or_nowhere(label: str, url: str) -> None:
    if not plain.clean(label):
        return
    for address in (url, f"https://a.example/{url}"):
        found = read(markdown.link(markdown.text(label), address), by_github)
        hrefs = [a.get("href") for a in found.iter("a")]
        assert shape(found) in ("div(p)", "div(p(a))")
        assert all(href.startswith(("https://", "http://")) for href in hrefs)
        assert said(found) == plain.clean(label).replace("＄", "$")


@pytest.mark.parametrize("evil", EVIL)
def test_every_block_keeps_its_shape(evil: str) -> None:
    blocks: tuple[Block, ...] = (
        Heading(evil, 1),
        Alarm((evil,)),
        Paragraph((Strong(evil), evil, Code(evil), Link(evil, evil), Link(Code(evil), "https://a.example"))),
        Bullets(((evil,), (Code(evil),))),
        Table(("a", evil), (((evil,), (Code(evil),)), ((Strong(evil),), (evil,)))),
        Verbatim(evil.split("\n"), "sh"),
        Details(evil, (Paragraph((evil,)), Table(("a",), (((evil,),),)))),
        Picture(evil, f"https://a.example/{evil}"),
    )
    found = read(markdown.render(blocks), by_github)
    assert [child.tag for child in found][:7] == ["h2", "blockquote", "p", "ul", "table", "pre", "details"]
    assert [child.tag for child in found.find("details")] == ["summary", "p", "table"]
    allowed = {"div", "h2", "blockquote", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "pre", "code"}
    assert {e.tag for e in found.iter()} <= allowed | {"strong", "a", "img", "details", "summary"}
    assert {a.get("href") for a in found.iter("a")} <= {"https://a.example"}
    assert all(not set(e.attrib) - {"href", "src", "alt", "lang", "class", "align"} for e in found.iter())
    for text in outside_code(found):
        for name, pattern in FORGES.items():
            assert not pattern.search(text.removeprefix("[!CAUTION]")), (name, text)
