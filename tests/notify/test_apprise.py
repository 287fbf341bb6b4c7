"""Through Apprise: a mail to a real server, a room on this machine, and no address in anything that is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from post_office import PostOffice, open_office
from receiver import Receiver, listening

from perfwatch.errors import UsageError
from perfwatch.notify.apprise import Apprise, sinks_of
from perfwatch.notify.picture import png
from perfwatch.report.forest import Ratio, forest
from perfwatch.report.notice import Notice

NOTICE = Notice(
    "event 0123456789ab",
    "CONFIRMED",
    "warning",
    "c0ffee",
    "kernel <b>: 10 % slower & more",
    "REGRESSED … @everyone in <!channel> 10 %",
    "**kernel**",
    "<p>kernel is <b>slower</b></p>",
    {"schema": "perfwatch.event/2"},
    forest([Ratio("kernel", 1.1, 1.05, 1.15, True)], "after / before"),
)
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_office() as found:
        yield found


@pytest.fixture
def room() -> Iterator[Receiver]:
    with listening() as found:
        yield found


def test_a_mail_has_the_title_both_forms_the_chart_and_the_key(office: PostOffice) -> None:
    sink = Apprise(office.url)
    assert sink.name == "E-Mail 127.0.0.1"
    assert sink.send("key-1", NOTICE).status == "delivered"
    (mail,) = office.mails
    assert mail["Subject"] == NOTICE.title
    assert (mail["From"], mail["To"]) == ("perfwatch@example.org", "team@example.org")
    assert mail["X-Perfwatch-Key"] == "key-1"
    parts = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
    assert sorted(parts) == ["image/png", "text/html", "text/plain"]
    assert "kernel is slower" in parts["text/plain"].get_payload(decode=True).decode()
    assert "<b>slower</b>" in parts["text/html"].get_payload(decode=True).decode()
    assert parts["image/png"].get_payload(decode=True) == png(NOTICE.chart or "")


def test_a_room_that_shows_the_title_is_not_told_it_twice(room: Receiver) -> None:
    host = room.url.split("/")[2]
    Apprise(f"json://{host}/hush").send("key-1", replace(NOTICE, text=f"{NOTICE.title}\n\nsince beef"))
    assert json.loads(room.got[0][1])["message"] == "since beef"


def test_mails_of_one_event_are_one_thread_and_without_a_chart_nothing_is_attached(office: PostOffice) -> None:
    sink = Apprise(office.url)
    for key, notice in (("key-1", NOTICE), ("key-2", replace(NOTICE, standing="RESOLVED", chart=None))):
        assert sink.send(key, notice).status == "delivered"
    began, over = office.mails
    assert began["References"] == over["References"] == "<event-0123456789ab@perfwatch.invalid>"
    assert (began["X-Perfwatch-Key"], over["X-Perfwatch-Key"]) == ("key-1", "key-2")
    assert [part.get_content_type() for part in over.walk() if not part.is_multipart()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("answer", "status"), [("451 try later", "waiting"), ("550 no such mailbox", "refused"), ("554 no", "refused")]
)
def test_what_a_mail_server_says_decides_whether_it_is_asked_again(
    office: PostOffice, answer: str, status: str
) -> None:
    office.answer = lambda: answer
    outcome = Apprise(office.url).send("key-1", NOTICE)
    assert (outcome.status, outcome.error) == (status, f"E-Mail 127.0.0.1: answered {answer[:3]}")


def test_a_mail_server_that_is_down_leaves_the_message_waiting() -> None:
    with open_office() as office:
        url = office.url
    outcome = Apprise(url).send("key-1", NOTICE)
    assert (outcome.status, outcome.error) == ("waiting", "E-Mail 127.0.0.1: cannot be reached")


def test_a_room_is_told_plain_lines_that_call_nobody(room: Receiver) -> None:
    host = room.url.split("/")[2]
    assert Apprise(f"json://{host}/hush").send("key-1", NOTICE).status == "delivered"
    said = json.loads(room.got[0][1])
    assert said["title"] == NOTICE.title
    assert said["message"] == "REGRESSED … @\u200beveryone in <\u200b!channel> 10 %"
    assert said["attachments"][0]["mimetype"] == "image/png"


@pytest.mark.parametrize(
    ("answer", "status"), [(401, "refused"), (404, "refused"), (429, "waiting"), (503, "waiting"), (500, "waiting")]
)
def test_what_a_room_answers_decides_whether_it_is_asked_again(room: Receiver, answer: int, status: str) -> None:
    room.answers = [answer]
    outcome = Apprise(f"json://{room.url.split('/')[2]}/hush").send("key-1", NOTICE)
    assert (outcome.status, outcome.error) == (status, f"JSON 127.0.0.1: answered {answer}")


def test_no_address_is_shown_nor_logged(
    room: Receiver, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "apprise")
    room.answers = [401]
    sink = Apprise(f"json://ada:hush@{room.url.split('/')[2]}/hush")
    outcome = sink.send("key-1", NOTICE)
    with pytest.raises(UsageError) as wrong:
        sinks_of(f"{SLACK} bogus://hush/TIiajkdnlazkcOXrIdevi7FQ")
    said = capfd.readouterr()
    shown = [repr(sink), sink.name, str(outcome), str(wrong.value), caplog.text, said.out, said.err]
    assert not any(secret in text for text in shown for secret in ("hush", "TIiajkdnl"))
    assert "number 2" in str(wrong.value)
    assert "PERFWATCH_APPRISE_URLS" in str(wrong.value)


def test_each_address_is_a_sink_of_its_own_named_without_what_is_secret() -> None:
    found = sinks_of(f"{SLACK}\n  {SLACK}2 mailtos://ada:hush@example.org?smtp=mail.example.org&to=b@example.org\n")
    assert [sink.name for sink in found] == ["Slack", "Slack (2)", "E-Mail mail.example.org"]
    assert {sink.kind for sink in found} == {"apprise"}
