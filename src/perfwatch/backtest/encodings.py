"""Ways to put a series of prices into bytes and to read it back, bit for bit.

The study compared three; the rest is what people reach for instead. Libraries are imported when their encoding is first
used: an environment without one skips that encoding and keeps the others.
"""

from __future__ import annotations

import importlib.util
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from perfwatch.errors import WrongAnswerError

FloatArray = NDArray[np.float64]
# One piece of memory, or several that would be sent one after the other.
Body = bytes | memoryview | tuple[bytes | memoryview, ...]


@dataclass(frozen=True)
class Encoding:
    """An encoding: `decode(encode(close))` is `close`, float64 (n,), to the last bit.

    Attributes
    ----------
    name : key in ENCODINGS.
    library : module it needs beyond numpy and the standard library, None for none.
    is_finite_only : whether infinities are lost, as JSON has no word for them.
    """

    name: str
    encode: Callable[[FloatArray], Body]
    decode: Callable[[Any], FloatArray]
    library: str | None = None
    is_finite_only: bool = False

    @property
    def is_available(self) -> bool:
        """Whether its library can be imported here."""
        try:
            return self.library is None or importlib.util.find_spec(self.library) is not None
        except ModuleNotFoundError:
            # The package that the module would be in.
            return False


def checked_bytes(encoding: Encoding, close: FloatArray) -> Body:
    """Return `close` encoded.

    Errors
    ------
    WrongAnswerError : decoding the bytes does not give `close` back, bit for bit.
    """
    body = encoding.encode(close)
    if encoding.decode(body).tobytes() != close.tobytes():
        raise WrongAnswerError(f"encoding {encoding.name} does not give back the floats it was given; it is broken")
    return body


def n_bytes(body: Body) -> int:
    """Return how many bytes a body has, over all its pieces."""
    pieces = body if isinstance(body, tuple) else (body,)
    return sum(memoryview(piece).nbytes for piece in pieces)


def _encode_raw(close: FloatArray) -> bytes:
    return close.tobytes()


def _encode_memoryview(close: FloatArray) -> memoryview:
    # Nothing is copied: what is sent is the array's own memory.
    return close.data


def _encode_astype(close: FloatArray) -> bytes:
    # The study's own: the conversion copies although there is nothing to convert.
    return close.astype("<f8").tobytes()


def _decode_raw(body: bytes | memoryview) -> FloatArray:
    # A view of the bytes, read-only and uncopied: that is what raw means.
    return np.frombuffer(body, dtype="<f8")


def _encode_pickle(close: FloatArray) -> bytes:
    return pickle.dumps(close, protocol=5)


def _decode_pickle(body: bytes) -> FloatArray:
    return cast(FloatArray, pickle.loads(body))


def _encode_pickle_out_of_band(close: FloatArray) -> tuple[bytes | memoryview, ...]:
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(close, protocol=5, buffer_callback=buffers.append)
    return head, *(buffer.raw() for buffer in buffers)


def _decode_pickle_out_of_band(body: tuple[bytes | memoryview, ...]) -> FloatArray:
    head, *buffers = body
    return cast(FloatArray, pickle.loads(head, buffers=buffers))


def _encode_json(close: FloatArray) -> bytes:
    return json.dumps(close.tolist()).encode("ascii")


def _decode_json(body: bytes) -> FloatArray:
    return np.array(json.loads(body), dtype=np.float64)


def _encode_orjson(close: FloatArray) -> bytes:
    import orjson

    return orjson.dumps(close, option=orjson.OPT_SERIALIZE_NUMPY)


def _decode_orjson(body: bytes) -> FloatArray:
    import orjson

    return np.array(orjson.loads(body), dtype=np.float64)


def _encode_msgspec(close: FloatArray) -> bytes:
    import msgspec

    return msgspec.json.encode(close.tolist())


def _decode_msgspec(body: bytes) -> FloatArray:
    import msgspec

    return np.array(msgspec.json.decode(body, type=list[float]), dtype=np.float64)


def _encode_msgpack(close: FloatArray) -> bytes:
    import msgpack

    return cast(bytes, msgpack.packb(close.tolist()))


def _decode_msgpack(body: bytes) -> FloatArray:
    import msgpack

    return np.array(msgpack.unpackb(body), dtype=np.float64)


def _encode_arrow(close: FloatArray) -> memoryview:
    import pyarrow as pa

    batch = pa.record_batch([pa.array(close)], names=["close"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return memoryview(sink.getvalue())


def _decode_arrow(body: memoryview) -> FloatArray:
    import pyarrow as pa

    with pa.ipc.open_stream(body) as reader:
        return cast(FloatArray, reader.read_next_batch().column(0).to_numpy())


@cache
def _series_message() -> Any:
    """Return the class of `message Series { repeated double close = 1; }`, made without a compiler."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="perfwatch_series.proto", package="perfwatch", syntax="proto3")
    message = file.message_type.add(name="Series")
    field = descriptor_pb2.FieldDescriptorProto
    message.field.add(name="close", number=1, type=field.TYPE_DOUBLE, label=field.LABEL_REPEATED)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("perfwatch.Series"))


def _encode_protobuf(close: FloatArray) -> bytes:
    return cast(bytes, _series_message()(close=close.tolist()).SerializeToString())


def _decode_protobuf(body: bytes) -> FloatArray:
    return np.array(_series_message().FromString(body).close, dtype=np.float64)


ENCODINGS: dict[str, Encoding] = {
    encoding.name: encoding
    for encoding in (
        Encoding("raw", _encode_raw, _decode_raw),
        Encoding("memoryview", _encode_memoryview, _decode_raw),
        Encoding("astype", _encode_astype, _decode_raw),
        Encoding("pickle", _encode_pickle, _decode_pickle),
        Encoding("pickle_out_of_band", _encode_pickle_out_of_band, _decode_pickle_out_of_band),
        Encoding("json", _encode_json, _decode_json),
        Encoding("orjson", _encode_orjson, _decode_orjson, "orjson", is_finite_only=True),
        Encoding("msgspec", _encode_msgspec, _decode_msgspec, "msgspec", is_finite_only=True),
        Encoding("msgpack", _encode_msgpack, _decode_msgpack, "msgpack"),
        Encoding("arrow", _encode_arrow, _decode_arrow, "pyarrow"),
        Encoding("protobuf", _encode_protobuf, _decode_protobuf, "google.protobuf"),
    )
}
