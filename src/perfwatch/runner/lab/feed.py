"""What a message of the feed costs Python: decoded and transformed there, or read as the engine's records.

Once without the socket, once with it: from the exchange's WebSocket to records in Python's hands.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from statistics import median

import numpy as np

from perfwatch.backtest import affinity, feed, feed_live
from perfwatch.backtest.feed import DECODERS, RECORD, SYMBOLS, Transform, decoders
from perfwatch.backtest.feed_live import Live
from perfwatch.errors import WrongAnswerError
from perfwatch.report.lab import Finding
from perfwatch.runner.lab.turns import in_turns, ratio

_N_MESSAGES = 20_000
_RECORD = struct.Struct("<IIQdddQ")
# A record that is read against a message that is parsed and used, by a decoder: (gate, stretch), times.
_GATES = {"json": (20.0, 40.0), "msgspec": (4.0, 8.0)}


def turns(rounds: int) -> int:
    """Return how many turns `findings` takes."""
    return (2 * len(decoders()) + 3 + len(_live_ways())) * (rounds + 1)


def _live_ways() -> list[str]:
    """Return the ways to read a feed over a WebSocket whose packages are installed."""
    return [*decoders(), feed_live.ENGINE] if find_spec("websockets") is not None else []


def findings(rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return nanoseconds a message of each way, and how much cheaper the engine's records are.

    Errors
    ------
    EngineError : the exchange or the engine did not start.
    WrongAnswerError : a decoder's records are not the engine's.
    """
    affinity.pin(affinity.ONE_CORE if affinity.ONE_CORE in affinity.labels() else affinity.UNPINNED)
    messages = feed.messages(_N_MESSAGES)
    records, _ = feed.by_engine(messages)
    body = records.tobytes()
    for name, decode in decoders().items():
        if Transform(decode=decode).records(messages).tobytes() != body:
            raise WrongAnswerError(f"lab: the records by {name} are not the engine's; its time counts for nothing")

    def decoding(name: str) -> Callable[[], object]:
        # A transform keeps books: each turn begins with new ones.
        return lambda: Transform(decode=DECODERS[name]).records(messages)

    def parsing(name: str) -> Callable[[], object]:
        return lambda: _parsed_and_used(DECODERS[name], messages)

    work = {
        **{f"parse {name}": parsing(name) for name in decoders()},
        **{name: decoding(name) for name in decoders()},
        "one by one": lambda: _used(body),
        "as columns": lambda: _used_as_columns(body),
        "engine": lambda: feed.by_engine(messages),
    }
    taken = in_turns(work, rounds, told)
    says = {
        **{f"parse {name}": f"{name}: parsed and used, nothing transformed" for name in DECODERS},
        **{name: f"{name}: decoded and transformed in Python" for name in DECODERS},
        "one by one": "the engine's records, one by one",
        "as columns": "the engine's records, as numpy's columns",
        "engine": "decoded and transformed in the engine",
    }
    section = f"feed, a message of {len(b''.join(messages)) // _N_MESSAGES} bytes, one core"
    found = []
    for name, laps in taken.items():
        each = [1e9 * lap / _N_MESSAGES for lap in laps]
        found.append(Finding(section, says[name], "ns", median(each), min(each), max(each), higher_is_better=False))
    a_record = [lap / len(records) for lap in taken["one by one"]]
    for name, (gate, stretch) in _GATES.items():
        if name not in decoders():
            continue
        a_message = [lap / _N_MESSAGES for lap in taken[f"parse {name}"]]
        middle, least, most = ratio(a_message, a_record)
        what = f"a record read, against a message parsed and used by {name}"
        found.append(Finding(section, what, "× cheaper", middle, least, most, gate, stretch))
    return found + _live_findings(rounds, told)


def _live_findings(rounds: int, told: Callable[[], None]) -> list[Finding]:
    """Return what a message costs with the socket before it: until it is in Python's hands, and of Python's core."""
    if not _live_ways():
        return []
    core = affinity.pin(affinity.TWO_CORES if affinity.TWO_CORES in affinity.labels() else affinity.UNPINNED)
    spent: dict[str, list[float]] = {way: [] for way in _live_ways()}
    with ExitStack() as stack:
        lives = {way: stack.enter_context(Live(way, _N_MESSAGES, core=core)) for way in _live_ways()}

        def playing(way: str) -> Callable[[], object]:
            def play() -> None:
                started = time.thread_time()
                lives[way].play()
                spent[way].append(time.thread_time() - started)

            return play

        taken = in_turns({way: playing(way) for way in lives}, rounds, told)
    section = "feed, over a WebSocket from another core"
    found = []
    for way in lives:
        # The first is the untimed one.
        for what, laps in (("until it is in Python's hands", taken[way]), ("of Python's core", spent[way][1:])):
            each = [1e9 * lap / _N_MESSAGES for lap in laps]
            says = f"{way}: {what}"
            found.append(Finding(section, says, "ns", median(each), min(each), max(each), higher_is_better=False))
    for way in decoders():
        middle, least, most = ratio(spent[way][1:], spent[feed_live.ENGINE][1:])
        what = f"Python's core by the engine, against {way}"
        found.append(Finding(section, what, "× cheaper", middle, least, most))
    return found


def _parsed_and_used(decode: feed.Decode, messages: list[bytes]) -> tuple[dict[str, float], float]:
    """Return what a brain keeps that parses for itself: the last price of each symbol, and what was traded."""
    last, turnover = dict.fromkeys(SYMBOLS, 0.0), 0.0
    for message in messages:
        try:
            told = decode(message)
            kind = told["type"]
            if kind == "trade":
                price = last[told["symbol"]] = float(told["price"])
                turnover += price * float(told["size"])
            elif kind == "ticker":
                last[told["symbol"]] = float(told["last"])
        except (ValueError, KeyError):
            continue
    return last, turnover


def _used(body: bytes) -> tuple[list[float], float]:
    """Return what a brain keeps of records: the last price of each symbol, and what was traded."""
    last, turnover = [0.0] * len(SYMBOLS), 0.0
    for kind, symbol, _, price, size, _, _ in _RECORD.iter_unpack(body):
        last[symbol] = price
        if kind == feed.TRADE:
            turnover += price * size
    return last, turnover


def _used_as_columns(body: bytes) -> tuple[list[float], float]:
    records = np.frombuffer(body, RECORD)
    price, symbol = records["price"], records["symbol"]
    trades = records["kind"] == feed.TRADE
    last = [float(price[symbol == place][-1]) for place in range(len(SYMBOLS))]
    return last, float((price[trades] * records["size"][trades]).sum())
