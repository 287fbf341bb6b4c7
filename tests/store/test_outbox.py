"""Messages that wait: queued once, kept until they arrived, and those of an older store kept with it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from places import rows

from perfwatch.report.notice import Notice
from perfwatch.store.location import AnyLocation, Location, parse
from perfwatch.store.outbox import Attempt, Delivery
from perfwatch.store.reader import Reader
from perfwatch.store.writer import Writer

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
FIRST = Delivery("k1", "event e1", "CONFIRMED", None, "webhook", "example.org", '{"a": "…"}', NOW)
SECOND = Delivery("k2", "event e1", "RESOLVED", None, "webhook", "example.org", "{}", NOW)
ISSUE = Delivery("k3", "event e1", "CONFIRMED", "d1", "github-issue", "octo/engine", "{}", NOW)


def deliveries(store: AnyLocation, status: str | None = None) -> list[Delivery]:
    with Reader(store) as reader:
        return reader.deliveries(status)


def test_a_message_goes_in_and_comes_out_as_it_is_and_the_same_key_only_once(store: Location) -> None:
    with Writer(store) as writer:
        assert writer.queue([FIRST, FIRST]) == 1
        assert writer.queue([FIRST, SECOND, ISSUE]) == 2
        assert writer.queue([]) == 0
    assert deliveries(store) == [FIRST, SECOND, ISSUE]


def test_an_attempt_is_counted_and_what_did_not_arrive_still_waits(store: Location) -> None:
    later, until = NOW + timedelta(seconds=5), NOW + timedelta(minutes=1)
    with Writer(store) as writer:
        writer.queue([FIRST, SECOND])
        writer.attempted([Attempt("k1", "waiting", NOW, "example.org: answered 503", until)])
        writer.attempted(
            [Attempt("k1", "delivered", later), Attempt("k2", "waiting", later, "example.org: down", until)]
        )
        writer.attempted([])
    (waiting,) = deliveries(store, "waiting")
    assert waiting == replace(SECOND, attempts=1, last_error="example.org: down", tried_at=later, not_before=until)
    (arrived,) = deliveries(store, "delivered")
    assert arrived == replace(FIRST, status="delivered", attempts=2, tried_at=later, notice=None)


def test_a_newer_state_supersedes_what_waits_only_where_it_is_an_update_of_it(store: Location) -> None:
    newer = replace(ISSUE, idempotency_key="k4", content="d2")
    elsewhere = [
        replace(ISSUE, idempotency_key="k5", receiver="octo/other"),
        replace(ISSUE, idempotency_key="k6", sink="gitlab-issue"),
        replace(ISSUE, idempotency_key="k7", subject="event e2"),
    ]
    with Writer(store) as writer:
        writer.queue([FIRST, ISSUE, *elsewhere])
        writer.queue([SECOND, newer])
    found = {d.idempotency_key: d for d in deliveries(store)}
    assert (found["k3"].status, found["k3"].notice) == ("superseded", None)
    assert {key for key, d in found.items() if d.status == "waiting"} == {"k1", "k2", "k4", "k5", "k6", "k7"}


def test_what_was_refused_waits_anew_when_somebody_says_so_and_what_arrived_does_not(store: Location) -> None:
    with Writer(store) as writer:
        writer.queue([FIRST, SECOND])
        writer.attempted([Attempt("k1", "delivered", NOW), Attempt("k2", "refused", NOW, "example.org: answered 401")])
        writer.retry(["k1", "k2"], NOW + timedelta(days=20))
    first, second = deliveries(store)
    assert first.status == "delivered"
    assert (second.status, second.attempts, second.queued_at) == ("waiting", 0, NOW + timedelta(days=20))
    assert second.last_error == "example.org: answered 401"


def test_a_teams_store_keeps_its_outbox_the_same(team: str, store: Location) -> None:
    for place in (parse(team), store):
        with Writer(place) as writer:
            writer.queue([FIRST, ISSUE])
            writer.queue([SECOND, replace(ISSUE, idempotency_key="k4", content="d2")])
            writer.rest()
            writer.attempted([Attempt("k1", "delivered", NOW), Attempt("k2", "refused", NOW, "no …", NOW)])
            writer.rest()
            writer.retry(["k2"], NOW)
    assert deliveries(parse(team)) == deliveries(store)
    assert rows(parse(team))["outbox"] == rows(store)["outbox"]


def test_what_an_older_store_was_to_tell_is_told_as_it_was_and_what_it_told_is_not_told_again(tmp_path: Path) -> None:
    path = tmp_path / "perfwatch.duckdb"
    path.write_bytes(gzip.decompress((GOLDEN / "schema_5.duckdb.gz").read_bytes()))
    with Writer(parse(path)) as writer:
        writer.queue([])
    found = deliveries(parse(path))
    assert [(d.subject, d.standing, d.status, d.attempts) for d in found] == [
        ("event 000000000001", "CONFIRMED", "delivered", 1),
        ("event 000000000001", "RESOLVED", "waiting", 1),
        ("event 000000000002", "CONFIRMED", "waiting", 0),
        ("event 000000000003", "CONFIRMED", "refused", 1),
    ]
    assert {(d.sink, d.receiver, d.content) for d in found} == {("webhook", None, None)}
    assert found[0].notice is None
    waiting = found[1]
    assert waiting.last_error == "example.org: answered 503 Service Unavailable"
    notice = Notice.from_json(waiting.notice or "")
    assert (notice.subject, notice.standing) == (waiting.subject, waiting.standing)
    assert notice.title == "sort.time_sort(1) 10.0 % slower <b>"
    assert notice.document["key"] == waiting.idempotency_key
    assert notice.document["schema"] == "perfwatch.event/1"
    assert notice.document["event"]["standing"] == "RESOLVED"
    assert notice.text == notice.document["text"]
    assert json.loads(notice.to_json())["chart"] is None
