"""An exchange's JSON feed: what it sends, what is handed on of it, and two ways to get from one to the other.

The rules are written twice on purpose, here to be read and used in research, and in the engine (`engine/core/src/feed`)
for speed; a difference between the two would be a strategy that is validated on one transform and traded on another.
The tests hold them together, byte for byte.

Handed on are 48-byte records: trades that are not dust, the best prices where they changed, one ticker in ten.

Messages are JSON objects with a `type`: trade (symbol, price, size, ts), snapshot and update (symbol, bids, asks, ts;
levels are [price, size]), ticker (symbol, last, ts), heartbeat (ts), ack. Fields come in any order, unknown ones are
passed over; prices and sizes are numbers or strings that hold one; ts is whole nanoseconds.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perfwatch.errors import EngineError

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
SMALLEST: Final = 0.01
ONE_TICKER_IN: Final = 10
TRADE, QUOTE, TICKER = 1, 2, 3
RECORD: Final = np.dtype(
    [
        ("kind", "<u4"),
        ("symbol", "<u4"),
        ("time", "<u8"),
        ("price", "<f8"),
        ("size", "<f8"),
        ("spread", "<f8"),
        ("sequence", "<u8"),
    ]
)
Decode = Callable[[bytes], Any]
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)


class MalformedError(ValueError):
    """A message that is none; it is counted, and the feed goes on."""


@dataclass
class Counts:
    """How many messages came: all, those that were none, those of other symbols, those that were handed on."""

    messages: int = 0
    malformed: int = 0
    foreign: int = 0
    records: int = 0


@dataclass
class _Book:
    bids: dict[float, float] = field(default_factory=dict)
    asks: dict[float, float] = field(default_factory=dict)
    tickers: int = 0

    def best(self) -> tuple[float, float, float, float] | None:
        """Return best bid and its size, best ask and its size; None where one is missing."""
        if not self.bids or not self.asks:
            return None
        bid, ask = max(self.bids), min(self.asks)
        return bid, self.bids[bid], ask, self.asks[ask]

    def spread(self) -> float:
        best = self.best()
        return math.nan if best is None else best[2] - best[0]


class Transform:
    """Makes records of messages, one after the other.

    Parameters
    ----------
    symbols : those that are handed on; a record names them by their place.
    smallest : trades below this size are passed over.
    decode : a message's bytes → what json.loads gives for them; raises a ValueError where they are no JSON.
    """

    def __init__(
        self, symbols: Sequence[str] = SYMBOLS, smallest: float = SMALLEST, decode: Decode | None = None
    ) -> None:
        self._place = {symbol: place for place, symbol in enumerate(symbols)}
        self._books = [_Book() for _ in symbols]
        self._smallest = smallest
        self._decode = decode or by_json
        self.counts = Counts()
        # The newest time that a message of the exchange named, nanoseconds since 1970.
        self.newest = 0

    def records(self, messages: Iterable[bytes]) -> NDArray[np.void]:
        """Return what is handed on of `messages`, RECORD (k,), in their order."""
        found = [record for message in messages if (record := self.record(message)) is not None]
        return np.array(found, dtype=RECORD)

    def record(self, message: bytes) -> tuple[int, int, int, float, float, float, int] | None:
        """Return the record that `message` makes, in RECORD's order; None where it makes none."""
        sequence = self.counts.messages
        self.counts.messages += 1
        try:
            made = self._made(self._decode(message))
        except (ValueError, RecursionError):
            self.counts.malformed += 1
            return None
        if made is None:
            return None
        self.counts.records += 1
        place, kind, time, price, size = made
        return kind, place, time, price, size, self._books[place].spread(), sequence

    def _made(self, told: Any) -> tuple[int, int, int, float, float] | None:
        """Return (symbol, kind, time, price, size) of a message, after it has done what it does to the book."""
        if not isinstance(told, dict):
            raise MalformedError
        kind = told.get("type")
        if kind == "ack":
            return None
        if kind == "heartbeat":
            self.newest = max(self.newest, _time(told))
            return None
        if kind not in ("trade", "snapshot", "update", "ticker"):
            raise MalformedError
        symbol, time = _text(told, "symbol"), _time(told)
        if kind == "trade":
            price, size = _above_zero(told.get("price")), _above_zero(told.get("size"))
        elif kind == "ticker":
            price, size = _above_zero(told.get("last")), 0.0
        else:
            bids, asks = _levels(told.get("bids")), _levels(told.get("asks"))
        self.newest = max(self.newest, time)
        place = self._place.get(symbol)
        if place is None:
            self.counts.foreign += 1
            return None
        book = self._books[place]
        if kind == "trade":
            return (place, TRADE, time, price, size) if size >= self._smallest else None
        if kind == "ticker":
            book.tickers += 1
            return (place, TICKER, time, price, size) if book.tickers % ONE_TICKER_IN == 1 else None
        before = book.best()
        _apply(book.bids, bids, kind == "snapshot")
        _apply(book.asks, asks, kind == "snapshot")
        now = book.best()
        if now is None or now == before:
            return None
        bid, bid_size, ask, ask_size = now
        return place, QUOTE, time, (bid + ask) / 2.0, min(bid_size, ask_size)


def _apply(side: dict[float, float], levels: list[tuple[float, float]], is_snapshot: bool) -> None:
    if is_snapshot:
        side.clear()
    for price, size in levels:
        if size > 0:
            side[price] = size
        else:
            side.pop(price, None)


def _text(told: dict[str, Any], name: str) -> str:
    found = told.get(name)
    if not isinstance(found, str):
        raise MalformedError
    # Half of a surrogate pair is no text; encoding it raises a ValueError.
    found.encode()
    return found


def _time(told: dict[str, Any]) -> int:
    found = told.get("ts")
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < 1 << 64:
        raise MalformedError
    return found


def _number(found: Any) -> float:
    if isinstance(found, str):
        if not _NUMBER.fullmatch(found):
            raise MalformedError
    elif isinstance(found, bool) or not isinstance(found, int | float):
        raise MalformedError
    try:
        number = float(found)
    except OverflowError as error:
        raise MalformedError from error
    if not math.isfinite(number):
        raise MalformedError
    return number


def _above_zero(found: Any) -> float:
    number = _number(found)
    if number <= 0:
        raise MalformedError
    return number


def _levels(found: Any) -> list[tuple[float, float]]:
    if not isinstance(found, list):
        raise MalformedError
    levels = []
    for level in found:
        if not isinstance(level, list) or len(level) != 2:
            raise MalformedError
        price, size = _above_zero(level[0]), _number(level[1])
        if size < 0:
            raise MalformedError
        levels.append((price, size))
    return levels


def _no_constant(name: str) -> Any:
    raise MalformedError(name)


def by_json(message: bytes) -> Any:
    """Return what the standard library makes of a message; NaN and Infinity are no JSON."""
    return json.loads(message.decode(), parse_constant=_no_constant)


def by_orjson(message: bytes) -> Any:
    """Return what orjson makes of a message."""
    import orjson

    return orjson.loads(message)


def by_msgspec(message: bytes) -> Any:
    """Return what msgspec makes of a message."""
    import msgspec

    return msgspec.json.decode(message)


DECODERS: Final[dict[str, Decode]] = {"json": by_json, "orjson": by_orjson, "msgspec": by_msgspec}


def decoders() -> dict[str, Decode]:
    """Return those of DECODERS whose package is installed."""
    return {name: decode for name, decode in DECODERS.items() if find_spec(name) is not None}


def by_engine(
    messages: Sequence[bytes], symbols: Sequence[str] = SYMBOLS, smallest: float = SMALLEST
) -> tuple[NDArray[np.void], Counts]:
    """Return what the engine hands on of `messages`, RECORD (k,), and how many came.

    Errors
    ------
    EngineError : the extension cannot be loaded.
    """
    try:
        from perfwatch._engine import feed_records
    except ImportError as error:
        raise EngineError(f"the extension perfwatch._engine cannot be loaded ({error}); reinstall perfwatch") from error
    body, counts = feed_records(list(messages), list(symbols), smallest)
    return np.frombuffer(body, RECORD), Counts(*counts)


# Shares of the messages, in percent.
MIX: Final = {"update": 45, "trade": 20, "ticker": 20, "snapshot": 5, "heartbeat": 5, "ack": 3, "malformed": 2}


def messages(n: int = 100_000, seed: int = 1) -> list[bytes]:
    """Return `n` messages in the shares of MIX, drawn from `seed`.

    Numbers come plain, with exponents and as strings; keys in any order, some with escapes; unknown fields among them;
    a fifth of the symbols is of nobody's list; malformed ones are cut, or not what they must be.
    """
    rng = np.random.default_rng(seed)
    kinds = rng.choice(list(MIX), n, p=np.array(list(MIX.values())) / 100)
    mids = dict.fromkeys((*SYMBOLS, "DOGEUSDT"), 100.0)
    now, made = 1_700_000_000_000_000_000, []
    for kind in kinds.tolist():
        now += int(rng.exponential(2_000_000))
        symbol = str(rng.choice(list(mids)))
        mids[symbol] *= math.exp(1e-4 * rng.standard_normal())
        made.append(_written(_told(kind, symbol, mids[symbol], now, rng), kind, rng))
    return made


def _told(kind: str, symbol: str, mid: float, now: int, rng: np.random.Generator) -> dict[str, Any]:
    def level(side: int, depth: int) -> list[Any]:
        price = round(mid * (1 + side * 1e-4 * (1 + depth)), 2)
        size = 0 if rng.random() < 0.2 else round(float(rng.exponential(2.0)), 3)
        return [_shown(price, rng), _shown(size, rng)]

    if kind in ("snapshot", "update"):
        depths = range(20) if kind == "snapshot" else rng.integers(0, 20, rng.integers(1, 5)).tolist()
        sides = {name: [level(side, d) for d in depths] for name, side in (("bids", -1), ("asks", 1))}
        return {"type": kind, "symbol": symbol, **sides, "ts": now}
    if kind in ("trade", "malformed"):
        size = round(float(rng.exponential(0.05)), 4) + 0.0001
        told = {
            "price": _shown(round(mid, 2), rng),
            "size": _shown(size, rng),
            "side": "buy",
            "id": int(rng.integers(10**9)),
        }
        return {"type": "trade", "symbol": symbol, **told, "ts": now}
    if kind == "ticker":
        volume = {"bid": round(mid, 2), "ask": round(mid, 2), "volume": 1.25e9}
        return {"type": kind, "symbol": symbol, "last": _shown(round(mid, 2), rng), **volume, "ts": now}
    return {"type": kind, "ts": now, "channel": "book \\ tape"}


def _shown(number: float, rng: np.random.Generator) -> Any:
    """Return a number as exchanges write it: as itself, or as a string, now and then with an exponent."""
    way = rng.random()
    if way < 0.6:
        return repr(number)
    return f"{number:e}" if way < 0.65 else number


def _written(told: dict[str, Any], kind: str, rng: np.random.Generator) -> bytes:
    keys = list(told)
    if rng.random() < 0.3:
        rng.shuffle(keys)
    told = {key: told[key] for key in keys}
    if rng.random() < 0.2:
        told["extra"] = {"note": 'a "quoted" word, é', "list": [1, None, True, {"deep": []}]}
    text = json.dumps(told, separators=(",", ":") if rng.random() < 0.8 else None, ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.05:
        text = text.replace('"symbol"', '"\\u0073ymbol"')
    body = text.encode()
    if kind != "malformed":
        return body
    wrong = rng.integers(4)
    if wrong == 0:
        return body[: rng.integers(len(body))]
    if wrong == 1:
        return body.replace(b'"trade"', b'"tirade"')
    return body.replace(b'"ts":', b'"ts":-') if wrong == 2 else body + b"}"
