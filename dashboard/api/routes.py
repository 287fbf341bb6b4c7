"""Addresses of what programs ask: answers, badge and feed; an error is JSON that says what to do."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from charts.palette import GREY
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api import badge, feed, picture, questions
from api.guard import Guard
from api.shared import SharedReader
from perfwatch.errors import NothingToCompareError, PerfwatchError, UsageError
from perfwatch.store.reader import Reader

_LOG = logging.getLogger("perfwatch.api")
_SCHEMAS = Path(__file__).with_name("schema.json")
_ALWAYS = {"X-Content-Type-Options": "nosniff"}
# Whoever looks again within this is told that nothing has changed without anything being read.
_FRESH = {"Cache-Control": "max-age=5", "Access-Control-Allow-Origin": "*"}
# What is for some only: no cache between them and the server keeps it, and no other site's page reads it.
_PRIVATE = {"Cache-Control": "private, max-age=5", "Vary": "Authorization, Cookie"}

# Whoever opens a picture by itself sees a page of this server: nothing in it runs, nothing is loaded by it.
_DRAWN = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


def routes(store: str, prefix: str, guard: Guard, public_url: str) -> list[Route]:
    """Return the routes of a store.

    Parameters
    ----------
    prefix : what the addresses begin with behind a proxy, "" or "/perf".
    guard : who may ask.
    public_url : address of the dashboard as browsers see it, "" for the one that is asked.
    """
    shared = SharedReader(store)
    asked = {
        "status": questions.status,
        "series": questions.series,
        "points": questions.points,
        "verdicts": questions.verdicts,
        "events": questions.events,
    }

    def base(request: Request) -> str:
        return f"{public_url or str(request.base_url).rstrip('/') + prefix}/"

    answers = {f"api/v1/{name}": _answered(shared, ask) for name, ask in asked.items()}
    answers["badge.svg"] = lambda request: _badge(shared, request)
    answers["api/v1/events/{event}.svg"] = lambda request: _picture(shared, request)
    answers["events.atom"] = lambda request: _feed(shared, base(request))
    found = [Route(f"{prefix}/{name}", _guarded(answer, guard)) for name, answer in answers.items()]
    # The form of the answers is no secret: it says nothing of the store.
    found.append(Route(f"{prefix}/api/v1/schema.json", lambda _: JSONResponse(json.loads(_SCHEMAS.read_text()))))
    return found


def _answered(
    shared: SharedReader, ask: Callable[[Reader, str, questions.Query], dict[str, Any]]
) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        version, reader = shared.newest()
        tag = f'"{version}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return JSONResponse(ask(reader, version, _query(request)), headers={"ETag": tag})

    return answer


def _badge(shared: SharedReader, request: Request) -> Response:
    try:
        _, reader = shared.newest()
        place = questions.one_place(reader, _query(request))
        here = (place.machine, place.environment)
        message, colour = badge.words(reader.said_of(*here), reader.judged_commit(*here))
    except NothingToCompareError:
        # Where a picture is asked for, words in JSON are a broken picture.
        message, colour = "not measured", GREY
    return Response(badge.svg("perfwatch", message, colour), media_type="image/svg+xml")


def _picture(shared: SharedReader, request: Request) -> Response:
    version, reader = shared.newest()
    tag = f'"{version}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    drawn = picture.of_event(reader, request.path_params["event"])
    return Response(drawn, media_type="image/svg+xml", headers={"ETag": tag, **_DRAWN})


def _feed(shared: SharedReader, base: str) -> Response:
    _, reader = shared.newest()
    times = {c.hash: c.committed_at for c in reader.commits() if c.committed_at is not None}
    content = feed.atom(reader.events(), times, "perfwatch: events", base)
    return Response(content, media_type="application/atom+xml")


def _query(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        found.setdefault(name, []).append(value)
    return found


def _guarded(answer: Callable[[Request], Response], guard: Guard) -> Callable[[Request], Response]:
    headers = {**_ALWAYS, **(_FRESH if guard.is_open else _PRIVATE)}

    # A plain function, not a coroutine: it runs in a thread, and a long question holds nobody up.
    def guarded(request: Request) -> Response:
        refusal = guard.refusal(request)
        found = _safely(answer, request) if refusal is None else _refused(*refusal)
        found.headers.update(headers)
        if found.status_code == 401:
            found.headers["WWW-Authenticate"] = 'Bearer realm="perfwatch"'
        return found

    return guarded


def _safely(answer: Callable[[Request], Response], request: Request) -> Response:
    try:
        return answer(request)
    except UsageError as error:
        return _refused(400, str(error))
    except NothingToCompareError as error:
        return _refused(404, str(error))
    except PerfwatchError as error:
        return _refused(503, str(error))
    except Exception:
        _LOG.exception("%s", request.url.path)
        return _refused(500, "this is a bug of perfwatch; the server's log has more")


def _refused(code: int, message: str) -> Response:
    return JSONResponse({"schema": "perfwatch.api.error/1", "error": message}, code)
