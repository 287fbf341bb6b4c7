"""Who may look at a dashboard and who may say something of events, by what an OpenID Connect provider tells of them.

The table `[tool.perfwatch.login]` holds the rules and no secret. Secrets come from variables of the environment alone:
PERFWATCH_CLIENT_SECRET, which the provider gave; PERFWATCH_COOKIE_SECRET, which signs what a browser keeps and is made
anew at each start where it is not set; PERFWATCH_API_TOKEN, for programs.
"""

from __future__ import annotations

import importlib.util
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from perfwatch.errors import HostError, UsageError

Role = Literal["viewer", "triager"]

RULES_VARIABLE: Final = "PERFWATCH_LOGIN"
PUBLIC_URL_VARIABLE: Final = "PERFWATCH_PUBLIC_URL"
CLIENT_SECRET_VARIABLE: Final = "PERFWATCH_CLIENT_SECRET"
COOKIE_SECRET_VARIABLE: Final = "PERFWATCH_COOKIE_SECRET"
API_TOKEN_VARIABLE: Final = "PERFWATCH_API_TOKEN"

_METADATA: Final = "/.well-known/openid-configuration"
# 128 bits as hexadecimal digits, and 64 as such: what is shorter was typed, not drawn.
_COOKIE_SECRET_CHARS, _TOKEN_CHARS = 32, 16
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_GROUP: Final = "group:"


@dataclass(frozen=True)
class Person:
    """Somebody who logged in.

    Attributes
    ----------
    name : what the provider calls them; anybody may call themselves anything, so it identifies nobody.
    author : who they are in the store: the address that the provider has verified, else its own name of them.
    role : what they may do, None where the rules do not let them look.
    until : when they have to log in again, UTC.
    """

    name: str
    author: str
    role: Role | None
    until: datetime


@dataclass(frozen=True)
class Login:
    """The rules.

    Attributes
    ----------
    provider : address of the provider, or of its metadata.
    client_id : what the provider calls this dashboard.
    viewers, triagers : who may look, and who may say something too: `ada@example.org`, `@example.org` for every address
        of a domain, `group:perf` for a value of `groups_claim`, `*` for all whom the provider knows.
    groups_claim : where the provider tells a person's groups; a dot leads into a claim (`realm_access.roles`).
    hours : how long a login holds.
    trust_email : take an address for theirs though the provider does not say that it has verified it.
    """

    provider: str
    client_id: str
    viewers: tuple[str, ...]
    triagers: tuple[str, ...] = ()
    groups_claim: str = "groups"
    hours: float = 12.0
    trust_email: bool = False

    @property
    def metadata_url(self) -> str:
        """Where the provider tells its addresses and keys."""
        return self.provider if self.provider.endswith(_METADATA) else self.provider.rstrip("/") + _METADATA

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Return who the claims of a signed identity are about; claims made for another client give no role."""
        email, groups = self._email(claims), _texts(_at(claims, self.groups_claim))
        role: Role | None = None
        if self.client_id in _texts(claims.get("aud")):
            role = "triager" if _named(self.triagers, email, groups) else None
            role = role or ("viewer" if _named(self.viewers, email, groups) else None)
        subject = str(claims.get("sub") or "nobody")
        name = str(claims.get("name") or claims.get("preferred_username") or email or subject)
        since = datetime.fromtimestamp(_moment(claims.get("iat")), UTC)
        return Person(name, email or f"{name} ({subject})", role, since + timedelta(hours=self.hours))

    def _email(self, claims: Mapping[str, Any]) -> str | None:
        # Some providers say "true" as text.
        verified = self.trust_email or claims.get("email_verified") in (True, "true")
        email = claims.get("email")
        return email if verified and isinstance(email, str) and "@" in email else None

    def to_json(self) -> str:
        """Return the rules as text, without a secret."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Login:
        """Return the rules that `to_json` wrote."""
        found = json.loads(text)
        return cls(**{**found, "viewers": tuple(found["viewers"]), "triagers": tuple(found["triagers"])})


def read(table: Mapping[str, Any]) -> Login:
    """Return the rules of the table `[tool.perfwatch.login]`.

    Errors
    ------
    UsageError : a key that is missing or does not exist, a value of the wrong kind, a provider without TLS.
    """
    known = {f.name: f for f in fields(Login)}
    for key in table:
        if key not in known:
            raise UsageError(f"login: unknown setting {key!r}; known are {', '.join(known)}; secrets are variables")
    for key in ("provider", "client_id", "viewers"):
        if not table.get(key):
            raise UsageError(f"login: {key} is missing; [tool.perfwatch.login] needs provider, client_id and viewers")
    for key in ("provider", "client_id", "groups_claim"):
        if not isinstance(table.get(key, ""), str):
            raise UsageError(f"login: {key} is {table[key]!r}, not a text")
    hours, trust = table.get("hours", Login.hours), table.get("trust_email", False)
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= 24 * 30:
        raise UsageError(f"login: hours is {hours!r}, not a number of hours up to 720")
    if not isinstance(trust, bool):
        raise UsageError(f"login: trust_email is {trust!r}, neither true nor false")
    _refuse_plain(table["provider"], "login: provider")
    return Login(
        table["provider"],
        table["client_id"],
        _people(table, "viewers"),
        _people(table, "triagers"),
        table.get("groups_claim", Login.groups_claim),
        float(hours),
        trust,
    )


def environment(login: Login, public_url: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables from which the dashboard's server knows the rules and the secrets.

    Parameters
    ----------
    public_url : address of the dashboard as browsers see it.
    given : the variables of this process.

    Errors
    ------
    UsageError : a secret that is missing or short, a public address without TLS.
    HostError : what speaks to the provider is not installed.
    """
    if any(importlib.util.find_spec(name) is None for name in ("authlib", "httpx2")):
        raise HostError("dashboard: people cannot log in without Authlib; pip install 'perfwatch[login]'")
    if not given.get(CLIENT_SECRET_VARIABLE):
        raise UsageError(
            f"dashboard: {CLIENT_SECRET_VARIABLE} is not set; set it to the secret that {login.provider} gave for "
            f"{login.client_id!r}, or look alone with --no-login"
        )
    cookie_secret = given.get(COOKIE_SECRET_VARIABLE) or secrets.token_hex()
    token = given.get(API_TOKEN_VARIABLE, "")
    for name, value, least in (
        (COOKIE_SECRET_VARIABLE, cookie_secret, _COOKIE_SECRET_CHARS),
        (API_TOKEN_VARIABLE, token, _TOKEN_CHARS),
    ):
        if value and len(value) < least:
            raise UsageError(f"dashboard: {name} is shorter than {least} characters; draw one: openssl rand -hex 32")
    _refuse_plain(public_url, "dashboard: --public-url")
    return {
        RULES_VARIABLE: login.to_json(),
        PUBLIC_URL_VARIABLE: public_url,
        COOKIE_SECRET_VARIABLE: cookie_secret,
        # Signs what a browser brings back from the provider: so that a login outlives a start of the server, too.
        "STREAMLIT_SERVER_COOKIE_SECRET": cookie_secret,
    }


def _people(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise UsageError(f"login: {key} is {found!r}, not a list of texts")
    for entry in found:
        _, at, domain = entry.partition("@")
        is_group = entry.startswith(_GROUP) and len(entry) > len(_GROUP)
        is_address = at and domain and not any(c in entry for c in "* \t") and "@" not in domain
        if not (entry == "*" or is_group or is_address):
            raise UsageError(
                f"login: {key}: {entry!r} is none of name@example.org, @example.org for a domain, group:NAME, * for all"
            )
    return tuple(found)


def _named(entries: Sequence[str], email: str | None, groups: Sequence[str]) -> bool:
    address = _folded(email or "")
    domain = address[address.rfind("@") :] if address else ""
    return any(
        entry == "*"
        or (entry.startswith(_GROUP) and entry.removeprefix(_GROUP) in groups)
        or (bool(address) and _folded(entry) in (address, domain))
        for entry in entries
    )


def _folded(address: str) -> str:
    # Beyond ASCII, letters of two people may fold into one: ß and ss, the Kelvin sign and k.
    return address.lower() if address.isascii() else address


def _at(claims: Mapping[str, Any], path: str) -> Any:
    # A claim may have a dot in its own name, as those that are addresses do.
    if path in claims:
        return claims[path]
    first, _, rest = path.partition(".")
    below = claims.get(first)
    return _at(below, rest) if rest and isinstance(below, Mapping) else None


def _moment(value: Any) -> float:
    """Return seconds since 1970, 0 for what is no moment before the year 2286: such a login has lapsed."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e10 else 0


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list | tuple) else []


def _refuse_plain(url: str, what: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise UsageError(f"{what} is {url!r}; a login needs an https:// address, or http://localhost to try it")
