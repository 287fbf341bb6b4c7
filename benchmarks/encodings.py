"""What does putting the study's 150,000 floats into bytes cost, and reading them back? JSON over raw is the tax."""

from __future__ import annotations

from functools import partial

from asv_runner.benchmarks.mark import SkipNotImplemented

from .prepared import WITHIN_PROCESS, Prepared, like_a_call, needs, needs_entry, pinned

# The study's three, then what people reach for instead; a library that is not installed skips its own.
_ENCODINGS = [
    "raw",
    "pickle",
    "json",
    "memoryview",
    "astype",
    "pickle_out_of_band",
    "orjson",
    "msgspec",
    "msgpack",
    "arrow",
    "protobuf",
]


@like_a_call
def time_encode(encoding):
    _ENCODES[(encoding,)]()


@like_a_call
def time_decode(encoding):
    _DECODES[(encoding,)]()


def track_size(encoding):
    body = _checked(encoding)[1]
    return needs("encodings", "n_bytes")(body)


track_size.unit = "bytes"

for _benchmark in (time_encode, time_decode, track_size):
    _benchmark.param_names = ["encoding"]
    _benchmark.params = [_ENCODINGS]
    _benchmark.version = "1"


def _checked(name):
    encoding = needs_entry("encodings", "ENCODINGS", name)
    # Packages of before had the study's three only, which need nothing.
    if not getattr(encoding, "is_available", True):
        raise SkipNotImplemented(f"{encoding.library} is not installed here")
    pinned(WITHIN_PROCESS[0])
    close = needs("market", "close")()
    # Raises unless every bit comes back.
    return encoding, needs("encodings", "checked_bytes")(encoding, close), close


def _encode(name):
    encoding, _, close = _checked(name)
    return partial(encoding.encode, close)


def _decode(name):
    encoding, body, _ = _checked(name)
    return partial(encoding.decode, body)


_ENCODES = Prepared(_encode)
_DECODES = Prepared(_decode)
