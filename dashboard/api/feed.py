"""Events as an Atom feed (RFC 4287): an entry an event, its identity the event's, so that a change updates it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from perfwatch.model import Event, Triage

_ATOM = "http://www.w3.org/2005/Atom"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def atom(
    found: Sequence[tuple[Event, Triage | None]], commit_times: Mapping[str, datetime], title: str, base: str
) -> bytes:
    """Return the feed.

    Parameters
    ----------
    found : events with the newest word on each, the newest first.
    commit_times : when each commit was made, by hash; an event is as old as its commit, or as the newest word on it.
    base : address of the dashboard, with a slash at its end.
    """
    ElementTree.register_namespace("", _ATOM)
    feed = ElementTree.Element(_name("feed"))
    _add(feed, "id", f"{base}events.atom")
    _add(feed, "title", title)
    entries = [(event, word, _updated(event, word, commit_times)) for event, word in found]
    _add(feed, "updated", max((at for *_, at in entries), default=_LONG_AGO).isoformat())
    ElementTree.SubElement(feed, _name("link"), rel="self", href=f"{base}events.atom")
    ElementTree.SubElement(_add(feed, "author", None), _name("name")).text = "perfwatch"
    for event, word, at in entries:
        entry = _add(feed, "entry", None)
        _add(entry, "id", f"urn:perfwatch:event:{event.id}")
        _add(entry, "title", event.title)
        _add(entry, "updated", at.isoformat())
        ElementTree.SubElement(entry, _name("link"), rel="alternate", href=f"{base}events?event={event.id}")
        ElementTree.SubElement(entry, _name("category"), term=event.kind)
        _add(entry, "content", _words(event, word)).set("type", "text")
    return ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)


def _updated(event: Event, word: Triage | None, commit_times: Mapping[str, datetime]) -> datetime:
    at = commit_times.get(event.commit, _LONG_AGO)
    return max(at, word.said_at) if word is not None else at


def _words(event: Event, word: Triage | None) -> str:
    lines = [f"{event.kind} at {event.commit[:8]} on {event.machine}, {event.environment}: {event.standing.lower()}"]
    if event.cause:
        lines.append(f"likely cause: {event.cause}")
    if word is not None:
        lines.append(f"{word.state} by {word.author}" + (f": {word.reason}" if word.reason else ""))
    return "\n".join(lines)


def _clean(text: str) -> str:
    """Return a text without the characters that XML has no way to say: controls, and halves of pairs."""
    return "".join(
        c if c in "\t\n\r" or " " <= c < "\ud800" or (c > "\udfff" and c not in "\ufffe\uffff") else "\ufffd"
        for c in text
    )


def _name(tag: str) -> str:
    return f"{{{_ATOM}}}{tag}"


def _add(parent: ElementTree.Element, tag: str, text: str | None) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, _name(tag))
    made.text = None if text is None else _clean(text)
    return made
