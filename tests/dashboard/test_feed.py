"""The feed of events is Atom as RFC 4287 has it: by a schema, and by the rules that no schema can say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from api.feed import atom
from lxml import etree

from perfwatch.model import Event, Triage
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://bench.example.org/perf/"
WHEN = datetime(2026, 11, 28, 9, tzinfo=UTC)
SCHEMA = etree.RelaxNG(etree.parse(str(Path(__file__).with_name("atom.rng"))))
MARKUP = 'a<b>&amp;"\x00\x1f\ud800\ufffe ]]> 日本'


def event(identity: str, title: str = "suite.time_work 33 % slower") -> Event:
    return Event(identity, "regression", "ab" * 20, "bench-01", "py3.11", "CONFIRMED", title, cause=title)


def valid(feed: bytes) -> etree._Element:
    """Return a feed that is valid, parsed."""
    root = etree.fromstring(feed)
    SCHEMA.assertValid(root)
    entries = root.findall(f"{ATOM}entry")
    # 4.1.1: an author of the feed, or of each entry. 4.1.2: a page beside it, or content.
    assert root.find(f"{ATOM}author") is not None or all(e.find(f"{ATOM}author") is not None for e in entries)
    for part in (root, *entries):
        links = part.findall(f"{ATOM}link")
        kinds = Counter((e.get("rel", "alternate"), e.get("type"), e.get("hreflang")) for e in links)
        assert all(n == 1 for (rel, *_), n in kinds.items() if rel == "alternate")
    for entry in entries:
        assert entry.find(f"{ATOM}content") is not None or entry.find(f"{ATOM}link[@rel='alternate']") is not None
    # 4.2.6: an identity is one entry's; 4.2.15: no entry is newer than the feed.
    assert len({e.findtext(f"{ATOM}id") for e in entries}) == len(entries)
    moments = [datetime.fromisoformat(str(e.findtext(f"{ATOM}updated"))) for e in (root, *entries)]
    assert moments[0] == max(moments)
    # 4.1.1: a feed says where it is itself.
    assert [e.get("href") for e in root.findall(f"{ATOM}link[@rel='self']")] == [root.findtext(f"{ATOM}id")]
    return root


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_feed_of_any_length_is_valid(n: int) -> None:
    root = valid(atom([(event(f"{i:012x}"), None) for i in range(n)], {"ab" * 20: WHEN}, "events", BASE))
    assert len(root.findall(f"{ATOM}entry")) == n


def test_the_feed_of_a_store_is_valid(judged: Path) -> None:
    with Reader(parse(judged)) as reader:
        times = {c.hash: c.committed_at for c in reader.commits() if c.committed_at is not None}
        root = valid(atom(reader.events(), times, "events", BASE))
        assert len(root.findall(f"{ATOM}entry")) == len(reader.events()) > 0


def test_markup_and_what_xml_cannot_say_stay_text() -> None:
    word = Triage("e", "noise", MARKUP, WHEN, MARKUP)
    root = valid(atom([(event("e", MARKUP), word)], {}, MARKUP, BASE))
    for name in ("title", "content"):
        shown = root.findtext(f"{ATOM}entry/{ATOM}{name}")
        assert 'a<b>&amp;"' in str(shown)
        assert "日本" in str(shown)


def test_a_word_makes_an_entry_newer_and_keeps_its_identity() -> None:
    before = valid(atom([(event("e"), None)], {"ab" * 20: WHEN}, "events", BASE))
    word = Triage("e", "noise", "Ada", WHEN + timedelta(hours=1))
    after = valid(atom([(event("e"), word)], {"ab" * 20: WHEN}, "events", BASE))
    for name, same in (("id", True), ("updated", False)):
        place = f"{ATOM}entry/{ATOM}{name}"
        assert (before.findtext(place) == after.findtext(place)) is same


@pytest.mark.parametrize("wrong", ["<id>no iri</id>", "<updated>yesterday</updated>", "<entry/>", "<colour/>", ""])
def test_the_schema_refuses_what_is_no_atom(wrong: str) -> None:
    kept = "<id>urn:x</id><title>t</title>" if wrong else "<title>t</title><updated>2026-11-28T09:00:00Z</updated>"
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{kept}{wrong}</feed>'
    assert not SCHEMA.validate(etree.fromstring(feed))
