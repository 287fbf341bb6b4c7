"""Frames as bytes: laid out as written down, and refused where they are not."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from perfwatch.backtest import wire
from perfwatch.errors import EngineError, FrameError

NO_PARAMS = np.empty((0, 6), dtype=np.int64)


def test_a_request_is_laid_out_as_written_down() -> None:
    frame = wire.build_request(wire.OPCODE_SWEEP, [1.0, -2.0], [[3, 6, 2, 1, 2, 3]])
    assert frame == (
        bytes.fromhex("49000000" + "00" + "02000000" + "01000000")
        + struct.pack("<2d", 1.0, -2.0)
        + struct.pack("<6q", 3, 6, 2, 1, 2, 3)
    )


@given(
    close=arrays(np.float64, st.integers(0, 50)),
    params=arrays(np.int64, st.tuples(st.integers(0, 5), st.just(6))),
    opcode=st.sampled_from([wire.OPCODE_SWEEP, wire.OPCODE_ECHO]),
)
def test_a_request_holds_every_bit_and_counts_itself(close: np.ndarray, params: np.ndarray, opcode: int) -> None:
    frame = wire.build_request(opcode, close, params)
    body_len, code, n_bars, n_combos = struct.unpack_from("<IBII", frame)
    assert (body_len, code, n_bars, n_combos) == (len(frame) - 4, opcode, len(close), len(params))
    assert frame[13:] == close.tobytes() + params.tobytes()


def test_arrays_of_other_types_and_orders_are_sent_as_what_the_frame_holds() -> None:
    close = np.arange(6, dtype=">f4")[::2]
    params = np.asfortranarray(np.arange(12, dtype=np.int32).reshape(2, 6))
    plain = wire.build_request(0, np.array([0.0, 2.0, 4.0]), np.arange(12, dtype=np.int64).reshape(2, 6))
    assert wire.build_request(0, close, params) == plain


@pytest.mark.parametrize(
    ("close", "params", "said"),
    [
        (np.zeros((2, 2)), NO_PARAMS, r"close: expected the shape \(n,\), got \(2, 2\)"),
        (np.zeros(2), np.zeros(6, dtype=np.int64), r"params: expected the shape \(m, 6\), got \(6,\)"),
        (np.zeros(2), np.zeros((1, 5), dtype=np.int64), r"params: expected the shape \(m, 6\), got \(1, 5\)"),
    ],
)
def test_a_shape_that_no_frame_holds_is_refused(close: np.ndarray, params: np.ndarray, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        wire.build_request(0, close, params)


def test_more_bars_than_a_length_can_name_are_refused_before_they_are_copied() -> None:
    # 2 GB of zeros that the system never has to back with memory: nothing reads them.
    with pytest.raises(FrameError, match="fits no frame: expected at most 2147483647"):
        wire.build_request(0, np.zeros(1 << 28), NO_PARAMS)


def test_a_sweep_comes_back_as_it_was_written() -> None:
    body = struct.pack("<2d2q", -1.5, 2.25, 7, -1)
    sweep = wire.parse_sweep(body, 2)
    assert sweep.pnl.tolist() == [-1.5, 2.25]
    assert sweep.trades.tolist() == [7, -1]


@given(arrays(np.float64, st.integers(0, 50)))
def test_an_echo_comes_back_to_the_last_bit(close: np.ndarray) -> None:
    assert wire.parse_echo(close.tobytes(), len(close)).tobytes() == close.tobytes()


@pytest.mark.parametrize("body", [b"", bytes(15), bytes(17), bytes(32)])
def test_a_body_of_another_length_than_asked_for_is_no_answer(body: bytes) -> None:
    with pytest.raises(FrameError, match=f"expected 16 bytes for 1 combinations, got {len(body)}"):
        wire.parse_sweep(body, 1)
    with pytest.raises(FrameError, match=f"expected 16 bytes for 2 bars, got {len(body)}"):
        wire.parse_echo(body, 2)


def test_a_reply_gives_its_body() -> None:
    assert wire.parse_reply(b"\x03\0\0\0abc") == b"abc"


def test_an_error_reply_is_the_engines_error() -> None:
    with pytest.raises(EngineError, match="the engine refused the request: körper"):
        wire.parse_reply(b"\x07\0\0\x80" + "körper".encode())


@pytest.mark.parametrize("frame", [b"", b"\x03\0\0", b"\x03\0\0\0ab", b"\x03\0\0\0abcd", b"\x03\0\0\x80ab"])
def test_a_reply_of_the_wrong_length_is_no_frame(frame: bytes) -> None:
    with pytest.raises(FrameError, match="reply: expected"):
        wire.parse_reply(frame)
