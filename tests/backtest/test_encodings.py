from __future__ import annotations

import json
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfwatch.backtest import encodings, market
from perfwatch.backtest.encodings import ENCODINGS, Encoding
from perfwatch.errors import WrongAnswerError

names = pytest.mark.parametrize("name", list(ENCODINGS))


def test_the_studys_three_and_all_others_are_installed_here() -> None:
    assert {"raw", "pickle", "json"} < set(ENCODINGS)
    assert all(encoding.is_available for encoding in ENCODINGS.values())
    assert not Encoding("x", ENCODINGS["raw"].encode, ENCODINGS["raw"].decode, "no_such.library").is_available


@names
def test_the_studys_series_comes_back_to_the_last_bit(name: str) -> None:
    close = market.close()
    body = encodings.checked_bytes(ENCODINGS[name], close)
    # Binary ones are as long as the floats and a header; text is more than twice as long.
    assert 1_200_000 <= encodings.n_bytes(body) <= 3_000_000
    assert ENCODINGS[name].decode(body).dtype == np.float64


@names
@given(floats=st.lists(st.floats(allow_nan=False), max_size=20))
def test_any_floats_come_back_to_the_last_bit(name: str, floats: list[float]) -> None:
    if ENCODINGS[name].is_finite_only:
        floats = [x for x in floats if math.isfinite(x)]
    encodings.checked_bytes(ENCODINGS[name], np.array(floats, dtype=np.float64))


def test_what_is_not_copied_shares_the_arrays_memory() -> None:
    close = market.close(10)
    assert np.shares_memory(ENCODINGS["memoryview"].decode(ENCODINGS["memoryview"].encode(close)), close)
    assert np.shares_memory(
        ENCODINGS["pickle_out_of_band"].decode(ENCODINGS["pickle_out_of_band"].encode(close)), close
    )


def test_raw_is_the_numbers_and_nothing_else() -> None:
    assert ENCODINGS["raw"].encode(np.array([1.0, -2.5])) == struct.pack("<2d", 1.0, -2.5)


def test_json_is_plain_text() -> None:
    assert json.loads(ENCODINGS["json"].encode(np.array([1.0, -2.5]))) == [1.0, -2.5]


def test_an_encoding_that_loses_a_bit_is_caught() -> None:
    lossy = Encoding("lossy", lambda x: x.astype("<f4").tobytes(), lambda b: np.frombuffer(b, "<f4").astype(np.float64))
    with pytest.raises(WrongAnswerError, match="encoding lossy"):
        encodings.checked_bytes(lossy, market.close(3))
