"""The feed's rules in Python and in the engine: the same records, byte for byte, whatever comes."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfwatch.backtest import feed
from perfwatch.backtest.feed import DECODERS, MIX, RECORD, Transform

decoders = pytest.mark.parametrize("decode", list(DECODERS))


def told(kind: str, **fields: Any) -> bytes:
    return json.dumps({"type": kind, "symbol": "BTCUSDT", "ts": 7, **fields}).encode()


def book(kind: str, bids: list[Any], asks: list[Any]) -> bytes:
    return told(kind, bids=bids, asks=asks)


@pytest.fixture(scope="module")
def messages() -> list[bytes]:
    return feed.messages(20_000, seed=3)


def test_the_mix_is_the_stated_one(messages: list[bytes]) -> None:
    assert sum(MIX.values()) == 100
    assert len(MIX) >= 6
    transform = Transform()
    records = transform.records(messages)
    assert transform.counts.messages == 20_000
    assert 0.01 < transform.counts.malformed / 20_000 < 0.03
    assert 0.1 < transform.counts.foreign / 20_000 < 0.3
    assert set(records["kind"].tolist()) == {feed.TRADE, feed.QUOTE, feed.TICKER}
    assert any(b"\\u0073ymbol" in m for m in messages)
    assert any(b"e+0" in m for m in messages)


@decoders
def test_the_engine_makes_the_same_records_byte_for_byte(decode: str, messages: list[bytes]) -> None:
    transform = Transform(decode=DECODERS[decode])
    ours, (theirs, counts) = transform.records(messages), feed.by_engine(messages)
    assert len(ours) > 5_000
    assert ours.tobytes() == theirs.tobytes()
    assert transform.counts == counts


def test_a_quote_is_made_where_the_best_prices_or_what_is_there_changed() -> None:
    stream = [
        book("snapshot", [[99, 1], ["98", "2"]], []),
        book("update", [], [[101, 3]]),
        book("update", [[97, 9]], [[102, 1]]),
        book("update", [[99, 0]], []),
        told("trade", price=100, size=1),
        book("update", [[98, 0]], []),
        told("trade", price="1e2", size=0.001),
        told("trade", price=100, size=0.01),
    ]
    records = Transform().records(stream)
    assert records["kind"].tolist() == [feed.QUOTE, feed.QUOTE, feed.TRADE, feed.QUOTE, feed.TRADE]
    assert records["price"].tolist() == [100.0, 99.5, 100.0, 99.0, 100.0]
    assert records["size"].tolist() == [1.0, 2.0, 1.0, 3.0, 0.01]
    assert records["spread"].tolist() == [2.0, 3.0, 3.0, 4.0, 4.0]
    assert records["sequence"].tolist() == [1, 3, 4, 5, 7]
    assert feed.by_engine(stream)[0].tobytes() == records.tobytes()


def test_one_ticker_in_ten_is_handed_on_and_a_spread_without_both_sides_is_missing() -> None:
    stream = [told("ticker", last=100 + i) for i in range(25)]
    records = Transform().records(stream)
    assert records["sequence"].tolist() == [0, 10, 20]
    assert all(math.isnan(s) for s in records["spread"])
    assert feed.by_engine(stream)[0].tobytes() == records.tobytes()


_numbers = st.one_of(
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, "0", "1e3", "-1", "1E-2", "01", "1.", "", "nan", " 1", "1_0", "1e999", None, True, [], 10**30]),
    st.floats(0.01, 1e6).map(repr),
)
_levels = st.lists(st.one_of(st.lists(_numbers, max_size=3), _numbers), max_size=4)
_fields = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["trade", "snapshot", "update", "ticker", "heartbeat", "ack", "x", 1, None]),
        "symbol": st.sampled_from(["BTCUSDT", "ETHUSDT", "é", "DOGE", 5, None]),
        "price": _numbers,
        "size": _numbers,
        "last": _numbers,
        "ts": st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([-1, 2**64, 1.5, "1", None, False])),
        "bids": st.one_of(_levels, _numbers),
        "asks": st.one_of(_levels, _numbers),
        "more": st.recursive(
            _numbers, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
        ),
    },
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(_fields, st.booleans(), st.integers(0, 400), st.integers(0, 3), st.binary(max_size=2)), max_size=8
    )
)
def test_whatever_comes_is_judged_alike(drawn: list[tuple[dict[str, Any], bool, int, int, bytes]]) -> None:
    stream = []
    for fields, is_ascii, at, how, noise in drawn:
        body = json.dumps(fields, ensure_ascii=is_ascii).encode()
        # Half as it is; the rest cut, or with bytes put in.
        stream.append({0: body, 1: body, 2: body[:at], 3: body[:at] + noise + body[at:]}[how])
    transform = Transform()
    records = transform.records(stream)
    theirs, counts = feed.by_engine(stream)
    assert records.tobytes() == theirs.tobytes()
    assert transform.counts == counts


def test_a_record_is_48_bytes_and_reads_as_columns() -> None:
    assert RECORD.itemsize == 48
    records = Transform().records([told("trade", price=1, size=1)])
    assert (records["price"] * records["size"]).tolist() == [1.0]
    assert records.dtype == RECORD
    assert np.isnan(records["spread"]).all()
