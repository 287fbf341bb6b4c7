"""Frames as bytes: what is sent to the engine and what comes back. Little-endian; no sockets in here.

request : [u32 body_len][u8 opcode][u32 n_bars][u32 n_combos][n_bars × f64 close][n_combos × 6 × i64 params]
reply   : [u32 body_len][body]      sweep: [n_combos × f64 pnl][n_combos × i64 trades]; echo: the close array
                                    load: nothing; sweep of what was loaded: as sweep
error   : [u32 0x8000_0000 | n][n bytes of UTF-8]
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perfwatch.backtest.sweep import N_PARAMS, Sweep
from perfwatch.errors import EngineError, FrameError

OPCODE_SWEEP: Final = 0
OPCODE_ECHO: Final = 1
OPCODE_LOAD: Final = 2
OPCODE_SWEEP_LOADED: Final = 3

# Bytes of the length that every frame begins with.
LENGTH_BYTES: Final = 4
# Set in the length of a reply whose body is an error message.
ERROR_BIT: Final = 0x8000_0000
# The longest body a length can name without that bit.
MAX_BODY: Final = ERROR_BIT - 1

_HEADER = struct.Struct("<IBII")
_LENGTH = struct.Struct("<I")
_F64 = np.dtype("<f8")
_I64 = np.dtype("<i8")


def build_request(opcode: int, close: ArrayLike, params: ArrayLike) -> bytes:
    """Return the frame that asks for `opcode`.

    Parameters
    ----------
    opcode : one of the OPCODEs.
    close : float64 (n,), price, oldest first.
    params : int64 (m, 6), windows in bars, columns (half, full, sq, p3, p2, p); m may be 0.

    Errors
    ------
    FrameError : another shape, or more than a frame can hold. Opcodes and windows are the engine's to judge.
    """
    return b"".join(request_parts(opcode, close, params))


def request_parts(opcode: int, close: ArrayLike, params: ArrayLike) -> tuple[bytes, memoryview, memoryview]:
    """Return the frame of `build_request` in parts that share the arrays' memory: nothing is copied to be sent."""
    bars = np.ascontiguousarray(close, dtype=_F64)
    rows = np.ascontiguousarray(params, dtype=_I64)
    if bars.ndim != 1:
        raise FrameError(f"close: expected the shape (n,), got {bars.shape}")
    if rows.ndim != 2 or rows.shape[1] != N_PARAMS:
        raise FrameError(f"params: expected the shape (m, {N_PARAMS}), got {rows.shape}")
    body_len = _HEADER.size - LENGTH_BYTES + bars.nbytes + rows.nbytes
    if body_len > MAX_BODY:
        raise FrameError(f"a request of {body_len} bytes fits no frame: expected at most {MAX_BODY}; send fewer bars")
    header = _HEADER.pack(body_len, opcode, bars.size, len(rows))
    return header, bars.data, rows.data


def reply_bytes(opcode: int, n_bars: int, n_combos: int) -> int:
    """Return the length of the body that answers a request of these counts."""
    if opcode == OPCODE_LOAD:
        return 0
    return 8 * n_bars if opcode == OPCODE_ECHO else 16 * n_combos


def reply_length(length: bytes | memoryview) -> tuple[int, bool]:
    """Return what a reply's first four bytes say: the length of its body, and whether that is an error message."""
    if len(length) != LENGTH_BYTES:
        raise FrameError(f"reply: expected {LENGTH_BYTES} bytes of length, got {len(length)}")
    (marked,) = _LENGTH.unpack(length)
    return marked & MAX_BODY, marked > MAX_BODY


def parse_reply(frame: bytes | memoryview) -> memoryview:
    """Return the body of a whole reply.

    Errors
    ------
    EngineError : the reply is an error; its message.
    FrameError : the frame is cut short, or goes on after its end.
    """
    view = memoryview(frame)
    n, refused = reply_length(view[:LENGTH_BYTES])
    body = view[LENGTH_BYTES:]
    if len(body) != n:
        raise FrameError(f"reply: expected a body of {n} bytes, got {len(body)}")
    if refused:
        raise refusal(body)
    return body


def refusal(body: bytes | memoryview) -> EngineError:
    """Return the error that an error reply's body tells of."""
    return EngineError(f"the engine refused the request: {bytes(body).decode(errors='replace')}")


def parse_sweep(body: bytes | memoryview, n_combos: int) -> Sweep:
    """Return the sweep that `body` is; its arrays share the body's memory.

    Errors
    ------
    FrameError : another length than `n_combos` combinations have.
    """
    _expect(body, 16 * n_combos, f"{n_combos} combinations")
    pnl = np.frombuffer(body, dtype=_F64, count=n_combos)
    trades = np.frombuffer(body, dtype=_I64, count=n_combos, offset=pnl.nbytes)
    return Sweep(pnl, trades)


def parse_echo(body: bytes | memoryview, n_bars: int) -> NDArray[np.float64]:
    """Return the close array that `body` is, float64 (n_bars,), sharing the body's memory.

    Errors
    ------
    FrameError : another length than `n_bars` floats have.
    """
    _expect(body, 8 * n_bars, f"{n_bars} bars")
    return np.frombuffer(body, dtype=_F64)


def _expect(body: bytes | memoryview, expected: int, what: str) -> None:
    if len(body) != expected:
        raise FrameError(f"reply: expected {expected} bytes for {what}, got {len(body)}")
