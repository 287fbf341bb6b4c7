"""Slack, Discord, Teams, mail and a hundred more, through Apprise: one sink for each address."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from perfwatch.errors import UsageError
from perfwatch.notify.picture import png
from perfwatch.notify.sink import Outcome
from perfwatch.report.notice import Notice

VARIABLE = "PERFWATCH_APPRISE_URLS"
# Of one message, with all that Apprise does for it.
TIMEOUT_S = 30
# HTTP: a wrong token, a channel that is gone, a message that will not be had. The rest may fare better another time.
_REFUSED = (400, 401, 403, 404, 405, 410, 413, 422)
# Apprise writes an HTTP answer as `error=401`, and what an SMTP server said as Python shows it: `(535, b'5.7.8 …')`.
_HTTP = re.compile(r"error=(\d{3})\b")
_SMTP = re.compile(r"(?:^|[\s(:])([45]\d\d)(?:, b'|\s)")
# What calls everybody in a room, in Slack and in Discord, when it stands in the name of a benchmark.
_CALL = re.compile(r"@(?=\w)|<(?=[!@#])")


@dataclass(frozen=True)
class Apprise:
    """One address of a service that Apprise knows.

    Attributes
    ----------
    url : as Apprise has it, `slack://…`, `mailtos://…`; it holds secrets, and is in no error and no repr.
    number : which one it is among those of one name, from 1: two rooms of one service are told apart by their order.

    Errors
    ------
    UsageError : Apprise is not installed, or knows no such address.

    Notes
    -----
    None of these services changes what it told before, and none but mail takes a key: a message whose answer was lost
    may be read twice. A mail has the key in `X-Perfwatch-Key`, and those of one event name one thread. Several
    receivers in one address are told together, again also those who had it, until all of them have it.
    """

    url: str = field(repr=False)
    number: int = 1
    _service: Any = field(init=False, repr=False, compare=False)

    kind: ClassVar[str] = "apprise"

    def __post_init__(self) -> None:
        object.__setattr__(self, "_service", _service(self.url))

    @property
    def name(self) -> str:
        """The service, and its host where that is no secret: `E-Mail mail.example.org`, `Slack (2)`."""
        host = getattr(self._service, "smtp_host", None)
        if host is None and "host" in self._service.template_tokens:
            host = self._service.host
        called = f"{self._service.service_name} {host}" if host else str(self._service.service_name)
        return called if self.number == 1 else f"{called} ({self.number})"

    def send(self, key: str, notice: Notice) -> Outcome:
        """Return what came of a notice after one attempt; mails carry `key`."""
        import apprise

        title, body, form = self._said(notice)
        if _is_mail(self._service):
            thread = re.sub(r"[^\w-]+", "-", notice.subject)
            self._service.headers |= {"X-Perfwatch-Key": key, "References": f"<{thread}@perfwatch.invalid>"}
        service = apprise.Apprise(asset=self._service.asset)
        service.add(self._service)
        with _listening() as heard:
            result = service.notify(
                body=body,
                title=title,
                body_format=form,
                notify_type={"error": "failure", "warning": "warning", "notice": "info"}[notice.level],
                attach=self._attached(notice),
            )
        if result:
            return Outcome("delivered")
        return self._failed(heard, timed_out=result.status == apprise.AppriseResultStatus.TIMEOUT)

    def _said(self, notice: Notice) -> tuple[str, str, str]:
        """Return title and body as the service takes them, and what they are written in."""
        if _is_mail(self._service):
            return notice.title, notice.html, "html"
        # Of Markdown and HTML each room understands another part; plain lines are read alike everywhere. The text of an
        # event begins with its title, for whoever shows nothing else; here that stands above it already.
        text = notice.text.removeprefix(notice.title).lstrip("\n")
        return _without_calls(notice.title), _without_calls(text), "text"

    def _attached(self, notice: Notice) -> Any:
        from apprise.attachment import memory

        picture = None if notice.chart is None or not self._service.attachment_support else png(notice.chart)
        if picture is None:
            return None
        attached: Any = memory.AttachMemory
        return attached(content=picture, name="chart.png", mimetype="image/png")

    def _failed(self, heard: list[str], *, timed_out: bool) -> Outcome:
        """Return what Apprise's log says of a failure; only numbers are taken of it, for the rest holds secrets."""
        said = "\n".join(heard)
        http, smtp = _HTTP.findall(said), _SMTP.findall(said)
        status: Literal["waiting", "refused"] = "waiting"
        if timed_out:
            why = f"no answer within {TIMEOUT_S} s"
        elif http:
            status = "refused" if int(http[-1]) in _REFUSED else "waiting"
            why = f"answered {http[-1]}"
        elif smtp and _is_mail(self._service):
            # RFC 5321: what begins with 5 is for good.
            status = "refused" if smtp[-1].startswith("5") else "waiting"
            why = f"answered {smtp[-1]}"
        elif re.search(r"connection error|refused|timed out|Errno", said, re.IGNORECASE):
            why = "cannot be reached"
        else:
            why = "did not take it; Apprise does not say why"
        return Outcome(status, f"{self.name}: {why}")


def sinks_of(urls: str) -> list[Apprise]:
    """Return a sink for each address in a text that separates them by spaces or lines.

    Errors
    ------
    UsageError : Apprise is not installed, or an address that it does not know; which one is said by its place.
    """
    found: list[Apprise] = []
    for place, url in enumerate(urls.split(), 1):
        try:
            one = Apprise(url)
        except UsageError as error:
            raise UsageError(f"{error}; it is number {place}") from None
        same = sum(other.name.partition(" (")[0] == one.name for other in found)
        found.append(Apprise(url, same + 1))
    return found


def _service(url: str) -> Any:
    """Return what Apprise makes of an address."""
    try:
        import apprise
    except ImportError as error:
        raise UsageError(
            f"notify: {VARIABLE} is set, and Apprise is not installed; pip install 'perfwatch[notify]'"
        ) from error
    asset = apprise.AppriseAsset(app_id="perfwatch", app_desc="perfwatch", app_url="", service_timeout=TIMEOUT_S)
    # Pictures of another project, from its server.
    asset.image_url_mask = asset.image_url_logo = ""
    with _listening():
        service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        raise UsageError(f"notify: {VARIABLE} holds an address that Apprise does not know, or half of one")
    # Better the beginning of a message than none.
    if service.overflow_mode == apprise.OverflowMode.UPSTREAM:
        service.overflow_mode = apprise.OverflowMode.TRUNCATE
    if _is_mail(service):
        # Five seconds between two mails, for servers of others; they say themselves when it is too much.
        service.request_rate_per_sec = 0
    return service


def _is_mail(service: Any) -> bool:
    from apprise.plugins.email import NotifyEmail

    return isinstance(service, NotifyEmail)


def _without_calls(text: str) -> str:
    """Return text that reads the same and calls nobody."""
    return _CALL.sub(lambda found: found[0] + "\u200b", text)


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    """Yield what Apprise writes to its log meanwhile, which goes nowhere else: there are secrets in it."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    log, ear = logging.getLogger("apprise"), Ear()
    level, propagate, handlers = log.level, log.propagate, log.handlers
    log.handlers, log.propagate = [ear], False
    log.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)
