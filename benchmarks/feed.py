"""What does a feed cost, decoded and transformed in Python or in the engine? 5,000 messages a call."""

from __future__ import annotations

from functools import partial

from asv_runner.benchmarks.mark import SkipNotImplemented

from .prepared import WITHIN_PROCESS, Prepared, like_a_call, needs, needs_entry, pinned

_N_MESSAGES = 5_000
_ENGINE = "engine"


@like_a_call
def time_records(way):
    _WAYS[(way,)]()


def track_differing(way):
    """How many bytes of the records differ from the engine's: a parity, and never to change from 0."""
    messages = needs("feed", "messages")(_N_MESSAGES)
    theirs, _ = needs("feed", "by_engine")(messages)
    ours = _made(way, messages)().tobytes()
    return abs(len(ours) - theirs.nbytes) + sum(a != b for a, b in zip(ours, theirs.tobytes(), strict=False))


track_differing.unit = "bytes"
for _benchmark in (time_records, track_differing):
    _benchmark.param_names = ["way"]
    _benchmark.params = [["json", "orjson", "msgspec", _ENGINE]]
    _benchmark.version = "1"


def _made(way, messages):
    if way == _ENGINE:
        by_engine = needs("feed", "by_engine")
        return lambda: by_engine(messages)[0]
    decode, transform = needs_entry("feed", "DECODERS", way), needs("feed", "Transform")
    try:
        decode(b"{}")
    except ImportError as error:
        raise SkipNotImplemented(f"{way} is not installed here") from error
    return lambda: transform(decode=decode).records(messages)


def _way(way):
    pinned(WITHIN_PROCESS[0])
    messages = needs("feed", "messages")(_N_MESSAGES)
    call = _made(way, messages)
    expected, _ = needs("feed", "by_engine")(messages)
    needs("boundaries", "require_answer")(call().tobytes(), expected.tobytes(), f"the feed by {way}")
    return partial(call)


_WAYS = Prepared(_way)
