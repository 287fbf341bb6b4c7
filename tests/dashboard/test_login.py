"""People who log in at a provider: who sees what, who may say something, and what is said when a login fails."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from provider import CLIENT_ID, CLIENT_SECRET, Provider, log_in, provider
from returning import page_of_ours
from sockets import Sent, fetched, pressed, recorded, replayed

from perfwatch.errors import UsageError
from perfwatch.launch import Dashboard, start
from perfwatch.login import read
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

TOKEN = "a token of more than sixteen characters"
# What an operator's own configuration of Streamlit might hold, and what must not open a door here.
HOSTILE = {
    "STREAMLIT_SERVER_TRUSTED_USER_HEADERS": json.dumps({"X-In": "is_logged_in", "X-Mail": "email", "X-Aud": "aud"}),
    "STREAMLIT_SERVER_ENABLE_AGENT_API": "true",
    "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "false",
    "STREAMLIT_SERVER_ENABLE_CORS": "false",
}


@dataclass(frozen=True)
class Shown:
    """A dashboard with a login, the provider it trusts, its store, an event in it, and its log."""

    dashboard: Dashboard
    provider: Provider
    store: Path
    event: str
    log: Path

    @property
    def page(self) -> str:
        return f"{self.dashboard.url}/events?machine=bench-01&environment=py3.11&event={self.event}"

    def words(self) -> list[Any]:
        with Reader(parse(self.store)) as reader:
            return reader.triages(self.event)


@pytest.fixture(scope="module")
def shown(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A dashboard on a copy of the judged store: addresses of example.org look, the group perf triages."""
    folder = tmp_path_factory.mktemp("login")
    store, log = folder / "perfwatch.duckdb", folder / "log"
    shutil.copy(judged, store)
    shutil.copytree(f"{judged}.d", f"{store}.d")
    with Reader(parse(store)) as reader:
        [event] = [e.id for e, _ in reader.events("bench-01") if e.kind == "regression"]
    with pytest.MonkeyPatch.context() as patch, provider() as found, log.open("wb") as out:
        for name, value in HOSTILE.items():
            patch.setenv(name, value)
        patch.setenv("PERFWATCH_CLIENT_SECRET", CLIENT_SECRET)
        patch.setenv("PERFWATCH_API_TOKEN", TOKEN)
        rules = read(
            {"provider": found.url, "client_id": CLIENT_ID, "viewers": ["@example.org"], "triagers": ["group:perf"]}
        )
        with start(str(store), login=rules, log=out) as dashboard:
            found.redirect_uris.add(f"{dashboard.url}/oauth2callback")
            yield Shown(dashboard, found, store, event, log)


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab of a browser that nobody has logged in with."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.fixture
def trusted(shown: Shown) -> Iterator[Provider]:
    """The provider, to be made to misbehave; it behaves again afterwards."""
    yield shown.provider
    shown.provider.claims, shown.provider.key = {}, None
    shown.provider.secret, shown.provider.is_down = CLIENT_SECRET, False


def cookies(tab: Any) -> str:
    return "; ".join(f"{c['name']}={c['value']}" for c in tab.context.cookies())


@pytest.fixture(scope="module")
def said(shown: Shown, browser: Any) -> Iterator[tuple[Sent, str, str]]:
    """What the browser of somebody who triages sent to say a word; their cookies, and those of somebody who looks."""
    triager, viewer = (browser.new_context().new_page() for _ in range(2))
    for page in (triager, viewer):
        page.set_default_timeout(60_000)
    sent = recorded(triager)
    log_in(triager, shown.page, "ada")
    triager.get_by_label("Why").fill("the cache is cold")
    triager.get_by_role("spinbutton", name="year, Until").click()
    triager.keyboard.type("20990131")
    triager.get_by_role("button", name="Say so").click()
    triager.get_by_text("ada@example.org, 20").wait_for()
    log_in(viewer, shown.page, "grace")
    viewer.get_by_text("grace@example.org").wait_for()
    yield sent, cookies(triager), cookies(viewer)
    for page in (triager, viewer):
        page.context.close()


def test_nothing_is_shown_to_whoever_has_not_logged_in(shown: Shown, tab: Any) -> None:
    tab.goto(shown.page)
    tab.get_by_role("heading", name="Log in").wait_for()
    assert "suite_3" not in tab.content()
    assert tab.get_by_role("link", name="Explore").count() == 0


def test_a_login_leads_back_to_the_page_that_was_asked_for_and_a_logout_closes_it(shown: Shown, tab: Any) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    log_in(tab, shown.page, "grace")
    tab.get_by_role("heading", name="What moved: 1 series").wait_for()
    assert f"event={shown.event}" in tab.url
    tab.get_by_text("grace@example.org").wait_for()
    tab.get_by_text("You may look").wait_for()
    for name in ("Say so", "Take the last word back"):
        assert tab.get_by_role("button", name=name).count() == 0
    tab.get_by_role("button", name="Log out").click()
    tab.get_by_role("heading", name="Log in").wait_for()
    tab.wait_for_url(f"{shown.dashboard.url}/")
    assert "/logout" in shown.provider.asked
    tab.goto(shown.page)
    tab.get_by_role("heading", name="Log in").wait_for()
    # No picture of a person, no font: nobody is asked but these two.
    ours = (shown.dashboard.url, shown.dashboard.url.replace("http", "ws"), shown.provider.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []


@pytest.mark.parametrize(
    ("page", "base", "expected"),
    [
        ("/events?event=1", "/", True),
        ("/perf/events?event=1", "/perf/", True),
        ("/other/", "/perf/", False),
        ("//elsewhere.example.org", "/", False),
        ("/\\elsewhere.example.org", "/", False),
        ("https://elsewhere.example.org/perf/", "/perf/", False),
        ("/\t/elsewhere.example.org", "/", False),
        ("/\r\nSet-Cookie: a=b", "/", False),
        ("/é", "/", False),
        ("/" + "a" * 9999, "/", False),
        ("", "/", False),
    ],
)
def test_a_login_leads_to_a_page_of_the_dashboard_and_to_nothing_else(page: str, base: str, expected: bool) -> None:
    assert page_of_ours(page, base) == (page if expected else None)


def test_the_author_is_who_logged_in_and_a_word_holds_until_its_day(shown: Shown, said: tuple[Sent, str, str]) -> None:
    word = shown.words()[0]
    assert (word.author, word.reason) == ("ada@example.org", "the cache is cold")
    assert f"{word.until:%Y-%m-%d}" == "2099-01-31"


def test_what_the_triager_s_browser_sent_says_a_word_again_when_the_triager_sends_it(
    shown: Shown, said: tuple[Sent, str, str]
) -> None:
    # Without this, the test below would hold for frames that say nothing at all.
    sent, triager, _ = said
    before = len(shown.words())
    assert pressed(sent)
    replayed(shown.dashboard.url, sent, triager)
    assert len(shown.words()) == before + 1


@pytest.mark.parametrize("who", ["nobody", "viewer", "viewer-in-the-triager-s-session", "headers", "forged-cookie"])
def test_the_same_sent_by_anybody_else_says_nothing(who: str, shown: Shown, said: tuple[Sent, str, str]) -> None:
    sent, triager, viewer = said
    before = shown.words()
    headers = {"X-In": "true", "X-Mail": "ada@example.org", "X-Aud": CLIENT_ID} if who == "headers" else {}
    session = sent.session if "session" in who else ""
    # The claims are the triager's, the signature is not.
    forged = triager.replace("_streamlit_user=", "_streamlit_user=x")
    worn = {"viewer": viewer, "viewer-in-the-triager-s-session": viewer, "forged-cookie": forged}.get(who, "")
    replayed(shown.dashboard.url, sent, worn, session=session, **headers)
    assert shown.words() == before


def test_no_program_drives_the_pages(shown: Shown) -> None:
    status, _, body = fetched(f"{shown.dashboard.url}/_stcore/agent/interact", b"{}", **{"X-In": "true"})
    assert status >= 400
    assert b"does not serve" in body


@pytest.mark.parametrize("who", ["mallory", "nobody"])
def test_whoever_the_rules_do_not_name_sees_who_they_are_and_nothing_else(who: str, shown: Shown, tab: Any) -> None:
    log_in(tab, shown.page, who)
    tab.get_by_role("heading", name="Not for you").wait_for()
    assert "suite_3" not in tab.content()
    assert tab.locator("[data-testid=stMain] b").count() == 0
    assert fetched(f"{shown.dashboard.url}/api/v1/status", Cookie=cookies(tab))[0] == 403
    tab.get_by_role("button", name="Log out").click()
    tab.get_by_role("heading", name="Log in").wait_for()


@pytest.mark.parametrize("what", ["secret", "signature", "nonce", "issuer", "expired"])
def test_an_answer_of_the_provider_that_cannot_be_trusted_is_told_on_a_page(
    what: str, shown: Shown, trusted: Provider, tab: Any
) -> None:
    if what == "secret":
        trusted.secret = "another one"
    elif what == "signature":
        trusted.key = RSAKey.generate_key(2048, {"kid": "1"})
    else:
        wrong = {"nonce": {"nonce": "x"}, "issuer": {"iss": "https://x.org"}, "expired": {"exp": time.time() - 9e3}}
        trusted.claims = wrong[what]
    log_in(tab, shown.page, "ada")
    tab.get_by_text("The login came to nothing").wait_for()
    assert "Traceback" not in tab.content()
    tab.get_by_role("button", name="Log in").wait_for()


def test_what_the_provider_made_for_another_client_lets_nobody_in(shown: Shown, trusted: Provider, tab: Any) -> None:
    trusted.claims = {"aud": "another"}
    log_in(tab, shown.page, "ada")
    tab.get_by_text("The login came to nothing").or_(tab.get_by_text("who may not look")).wait_for()
    assert "suite_3" not in tab.content()


def test_a_provider_that_does_not_answer_and_one_that_refuses_are_told_apart(
    shown: Shown, trusted: Provider, tab: Any
) -> None:
    log_in(tab, shown.page, "none")
    tab.get_by_text("did not let you in").wait_for()
    trusted.is_down = True
    tab.get_by_role("button", name="Log in").click()
    tab.get_by_text("does not answer").wait_for()
    trusted.is_down = False
    tab.get_by_role("button", name="Log in").click()
    tab.get_by_role("link", name="grace").click()
    tab.get_by_role("heading", name="Overview").wait_for()
    assert "login=" not in tab.url


def test_a_login_runs_out_on_an_open_page_too(shown: Shown, trusted: Provider, tab: Any) -> None:
    trusted.claims = {"iat": int(time.time()) - 12 * 3600 + 15}
    log_in(tab, shown.page, "ada")
    tab.get_by_role("button", name="Say so").wait_for()
    tab.get_by_text("Your login has run out").wait_for()
    assert tab.get_by_role("button", name="Say so").count() == 0
    status, _, body = fetched(f"{shown.dashboard.url}/api/v1/status", Cookie=cookies(tab))
    assert (status, "has run out" in json.loads(body)["error"]) == (401, True)


@pytest.mark.parametrize("what", ["api/v1/status", "api/v1/events", "badge.svg", "events.atom"])
def test_programs_are_told_what_the_pages_hide_only_with_the_token(what: str, shown: Shown) -> None:
    address = f"{shown.dashboard.url}/{what}"
    status, headers, body = fetched(address)
    assert status == 401
    assert "PERFWATCH_API_TOKEN" in json.loads(body)["error"]
    assert headers["www-authenticate"].startswith("Bearer")
    for header in (f"Bearer {TOKEN}x", "Bearer", f"Bearer {TOKEN[:-1]}", TOKEN, "Basic !", "Bearer \u00e9"):
        assert fetched(address, Authorization=header, **{"If-None-Match": "*"})[0] == 401, header
    password = base64.b64encode(f"reader:{TOKEN}".encode()).decode()
    for header in (f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Basic {password}"):
        status, headers, _ = fetched(address, Authorization=header)
        assert (status, headers["cache-control"]) == (200, "private, max-age=5")
        assert "access-control-allow-origin" not in headers


def test_a_browser_that_may_look_may_ask(shown: Shown, said: tuple[Sent, str, str]) -> None:
    address = f"{shown.dashboard.url}/api/v1/status"
    for worn, expected in ((said[1], 200), (said[2], 200), (said[2].replace("_user=", "_user=x"), 401)):
        assert fetched(address, Cookie=worn)[0] == expected
    assert fetched(f"{shown.dashboard.url}/api/v1/schema.json")[0] == 200


def test_secrets_are_in_no_log_no_command_line_and_no_store(shown: Shown, said: tuple[Sent, str, str]) -> None:
    kept = [shown.log, Path(f"/proc/{shown.dashboard.process.pid}/cmdline"), shown.store]
    kept += [path for path in Path(f"{shown.store}.d").iterdir() if path.is_file()]
    for path in kept:
        content = path.read_bytes()
        for secret in (CLIENT_SECRET, TOKEN):
            assert secret.encode() not in content, path


def test_a_public_address_and_a_base_path_agree(tmp_path: Path) -> None:
    for arguments in ({"base_path": "a", "public_url": "https://example.org/b/"}, {"public_url": "example.org"}):
        with pytest.raises(UsageError), start(str(tmp_path / "perfwatch.duckdb"), **arguments):  # type: ignore[arg-type]
            pass
