"""The rules of who may look and who may triage: by what a provider tells, and by nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from perfwatch.config import load
from perfwatch.errors import UsageError
from perfwatch.login import Login, environment, read

TABLE = {"provider": "https://accounts.example.org", "client_id": "perfwatch", "viewers": ["@example.org"]}
ADA = {"aud": "perfwatch", "sub": "1", "name": "Ada", "email": "ada@example.org", "email_verified": True, "iat": 1e9}
SECRETS = {"PERFWATCH_CLIENT_SECRET": "given by the provider"}


def role(claims: dict[str, Any], **table: Any) -> str | None:
    return read({**TABLE, **table}).person({**ADA, **claims}).role


@pytest.mark.parametrize(
    ("claims", "table", "expected"),
    [
        ({}, {}, "viewer"),
        ({}, {"triagers": ["ada@example.org"]}, "triager"),
        ({"email": "ADA@Example.org"}, {"triagers": ["Ada@example.org"]}, "triager"),
        ({}, {"viewers": ["grace@example.org"]}, None),
        ({}, {"viewers": ["grace@example.org"], "triagers": ["@example.org"]}, "triager"),
        ({"email": "ada@example.com"}, {"viewers": ["*"]}, "viewer"),
        ({"email": "ada@mail.example.org"}, {}, None),
        ({"email": "ada@example.org@example.com"}, {}, None),
        ({"email": "ada@example.org.evil.com"}, {}, None),
        ({"groups": ["perf"]}, {"triagers": ["group:perf"]}, "triager"),
        ({"groups": "perf"}, {"triagers": ["group:perf"]}, "triager"),
        ({"groups": "performance"}, {"triagers": ["group:perf"]}, "viewer"),
        ({"groups": [["perf"], 7, None]}, {"triagers": ["group:perf"]}, "viewer"),
        ({"realm": {"roles": ["perf"]}}, {"triagers": ["group:perf"], "groups_claim": "realm.roles"}, "triager"),
        ({"https://x.org/g": ["perf"]}, {"triagers": ["group:perf"], "groups_claim": "https://x.org/g"}, "triager"),
        # Whoever is not seen to own an address does not have it; nor does who calls themselves so.
        ({"email_verified": False}, {"triagers": ["ada@example.org"]}, None),
        ({"email_verified": None}, {"triagers": ["ada@example.org"]}, None),
        ({"email_verified": "true"}, {"triagers": ["ada@example.org"]}, "triager"),
        ({"email_verified": None}, {"triagers": ["ada@example.org"], "trust_email": True}, "triager"),
        ({"email": None, "name": "ada@example.org"}, {"triagers": ["ada@example.org"], "trust_email": True}, None),
        ({"email": None, "groups": ["@example.org"]}, {}, None),
        # Letters that fold into others are others.
        ({"email": "ada@ex\u0430mple.org"}, {}, None),
        ({"email": "ma\u00df@example.org"}, {"triagers": ["mass@example.org"]}, "viewer"),
        # What was made for another client says nothing here.
        ({"aud": "another"}, {"viewers": ["*"], "triagers": ["*"]}, None),
        ({"aud": ["another", "perfwatch"]}, {}, "viewer"),
        ({"aud": None}, {"viewers": ["*"]}, None),
    ],
)
def test_a_role_is_what_the_rules_say_of_verified_claims(
    claims: dict[str, Any], table: dict[str, Any], expected: str | None
) -> None:
    assert role(claims, **table) == expected


def test_an_author_is_a_verified_address_or_what_the_provider_itself_calls_them() -> None:
    login = read(TABLE)
    assert login.person(ADA).author == "ada@example.org"
    # Two may call themselves alike; the provider's own name of them differs.
    assert login.person({**ADA, "email_verified": False}).author == "Ada (1)"
    assert login.person({"sub": "7"}).author == "7 (7)"


def test_a_login_holds_for_the_hours_of_the_rules_and_none_without_a_beginning() -> None:
    login = read({**TABLE, "hours": 2})
    assert login.person(ADA).until == datetime.fromtimestamp(1e9, UTC) + timedelta(hours=2)
    for began in (None, "1e12", True, float("inf"), 1e300):
        assert login.person({**ADA, "iat": began}).until < datetime(1971, 1, 1, tzinfo=UTC)


def test_rules_survive_the_way_to_the_server() -> None:
    login = read({**TABLE, "triagers": ["group:perf"], "groups_claim": "a.b", "hours": 1, "trust_email": True})
    assert Login.from_json(login.to_json()) == login


@pytest.mark.parametrize("provider", ["https://a.org/x", "https://a.org/x/.well-known/openid-configuration"])
def test_a_provider_is_named_by_its_address_or_that_of_its_metadata(provider: str) -> None:
    assert read({**TABLE, "provider": provider}).metadata_url == "https://a.org/x/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"provider": ""}, "provider is missing"),
        ({"viewers": []}, "viewers is missing"),
        ({"viewers": "@example.org"}, "not a list"),
        ({"viewers": ["example.org"]}, "none of name@example.org"),
        ({"viewers": ["*@example.org"]}, "none of name@example.org"),
        ({"triagers": ["group:"]}, "none of name@example.org"),
        ({"client_secret": "x"}, "secrets are variables"),
        ({"hours": 0}, "not a number of hours"),
        ({"hours": True}, "not a number of hours"),
        ({"trust_email": "yes"}, "neither true nor false"),
        ({"client_id": 7}, "not a text"),
        ({"provider": "http://accounts.example.org"}, "https"),
    ],
)
def test_a_wrong_rule_is_one_line_that_names_it(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("*", r"\*")) as caught:
        read({**TABLE, **changed})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "public_url", "words"),
    [
        ({}, "https://example.org", "PERFWATCH_CLIENT_SECRET is not set"),
        ({**SECRETS, "PERFWATCH_COOKIE_SECRET": "short"}, "https://example.org", "COOKIE_SECRET is shorter"),
        ({**SECRETS, "PERFWATCH_API_TOKEN": "short"}, "https://example.org", "API_TOKEN is shorter"),
        (SECRETS, "http://example.org", "https"),
    ],
)
def test_a_login_does_not_start_without_its_secrets_or_without_tls(
    given: dict[str, str], public_url: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        environment(read(TABLE), public_url, given)


def test_what_signs_the_cookies_is_drawn_anew_unless_it_is_given() -> None:
    first, second = (environment(read(TABLE), "https://example.org", SECRETS) for _ in range(2))
    assert first["PERFWATCH_COOKIE_SECRET"] != second["PERFWATCH_COOKIE_SECRET"]
    given = {**SECRETS, "PERFWATCH_COOKIE_SECRET": "0123456789abcdef" * 2}
    assert environment(read(TABLE), "https://example.org", given)["PERFWATCH_COOKIE_SECRET"] == "0123456789abcdef" * 2


def test_the_rules_stand_in_the_project_s_file_and_no_variable_can_set_them(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "perfwatch.toml").write_text('public_url = "https://example.org"\n[login]\nclient_id = "perfwatch"\n')
    monkeypatch.setenv("PERFWATCH_LOGIN", "{}")
    found = load(tmp_path)
    assert (found.login, found.public_url) == ({"client_id": "perfwatch"}, "https://example.org")
