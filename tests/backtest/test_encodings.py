from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfwatch.backtest import encodings, market
from perfwatch.backtest.encodings import ENCODINGS, Encoding
from perfwatch.errors import WrongAnswerError

names = pytest.mark.parametrize("name", list(ENCODINGS))


def test_the_three_of_the_study() -> None:
    assert list(ENCODINGS) == ["raw", "pickle", "json"]


@names
def test_the_studys_series_comes_back_to_the_last_bit(name: str) -> None:
    close = market.close()
    body = encodings.checked_bytes(ENCODINGS[name], close)
    assert isinstance(body, bytes)
    assert ENCODINGS[name].decode(body).dtype == np.float64


@names
@given(floats=st.lists(st.floats(allow_nan=False), max_size=20))
def test_any_floats_come_back_to_the_last_bit(name: str, floats: list[float]) -> None:
    encodings.checked_bytes(ENCODINGS[name], np.array(floats, dtype=np.float64))


def test_raw_is_the_numbers_and_nothing_else() -> None:
    assert ENCODINGS["raw"].encode(np.array([1.0, -2.5])) == struct.pack("<2d", 1.0, -2.5)


def test_json_is_plain_text() -> None:
    assert json.loads(ENCODINGS["json"].encode(np.array([1.0, -2.5]))) == [1.0, -2.5]


def test_an_encoding_that_loses_a_bit_is_caught() -> None:
    lossy = Encoding("lossy", lambda x: x.astype("<f4").tobytes(), lambda b: np.frombuffer(b, "<f4").astype(np.float64))
    with pytest.raises(WrongAnswerError, match="encoding lossy"):
        encodings.checked_bytes(lossy, market.close(3))
