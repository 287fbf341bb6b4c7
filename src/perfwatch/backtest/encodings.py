"""Ways to put a series of prices into bytes and to read it back, bit for bit."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from perfwatch.errors import WrongAnswerError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Encoding:
    """An encoding: `decode(encode(close))` is `close`, float64 (n,), to the last bit."""

    name: str
    encode: Callable[[FloatArray], bytes]
    decode: Callable[[bytes], FloatArray]


def checked_bytes(encoding: Encoding, close: FloatArray) -> bytes:
    """Return `close` encoded.

    Errors
    ------
    WrongAnswerError : decoding the bytes does not give `close` back, bit for bit.
    """
    body = encoding.encode(close)
    if encoding.decode(body).tobytes() != close.tobytes():
        raise WrongAnswerError(f"encoding {encoding.name} does not give back the floats it was given; it is broken")
    return body


def _encode_raw(close: FloatArray) -> bytes:
    return close.tobytes()


def _decode_raw(body: bytes) -> FloatArray:
    # A view of the bytes, read-only and uncopied: that is what raw means.
    return np.frombuffer(body, dtype="<f8")


def _encode_pickle(close: FloatArray) -> bytes:
    return pickle.dumps(close, protocol=5)


def _decode_pickle(body: bytes) -> FloatArray:
    return cast(FloatArray, pickle.loads(body))


def _encode_json(close: FloatArray) -> bytes:
    return json.dumps(close.tolist()).encode("ascii")


def _decode_json(body: bytes) -> FloatArray:
    return np.array(json.loads(body), dtype=np.float64)


ENCODINGS: dict[str, Encoding] = {
    encoding.name: encoding
    for encoding in (
        Encoding("raw", _encode_raw, _decode_raw),
        Encoding("pickle", _encode_pickle, _decode_pickle),
        Encoding("json", _encode_json, _decode_json),
    )
}
