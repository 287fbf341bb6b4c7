"""What does a feed cost, decoded and transformed in Python or in the engine? 5,000 messages a call.

`time_live` has the exchange's WebSocket before it: from the word to send to the last record in Python's hands.
"""

from __future__ import annotations

import time
from functools import partial
from statistics import median

from asv_runner.benchmarks.mark import SkipNotImplemented

from .prepared import (
    WITH_SPINNING_ENGINE,
    WITHIN_PROCESS,
    Prepared,
    like_a_call,
    needs,
    needs_entry,
    needs_member,
    pinned,
)

_N_MESSAGES = 5_000
_N_PLAYS = 9
_ENGINE = "engine"


@like_a_call
def time_records(way):
    _WAYS[(way,)]()


@like_a_call
def time_live(way, affinity):
    _LIVE[way, affinity]()


def track_brain(way, affinity):
    """Processor time that Python pays for a message, seconds: what is left of it for deciding is what counts."""
    play = _LIVE[way, affinity]
    taken = []
    for _ in range(_N_PLAYS):
        started = time.thread_time()
        play()
        taken.append(time.thread_time() - started)
    return median(taken) / _N_MESSAGES


track_brain.unit = "seconds"
for _benchmark in (time_live, track_brain):
    _benchmark.param_names = ["way", "affinity"]
    _benchmark.params = [["json", "orjson", "msgspec", _ENGINE], WITH_SPINNING_ENGINE]
    _benchmark.version = "1"


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
    decode, transform = _decoder(way), needs("feed", "Transform")
    return lambda: transform(decode=decode).records(messages)


def _decoder(way):
    decode = needs_entry("feed", "DECODERS", way)
    try:
        decode(b"{}")
    except ImportError as error:
        raise SkipNotImplemented(f"{way} is not installed here") from error
    return decode


def _live(way, affinity):
    needs_member("feed_live", "WAYS", way)
    if way != _ENGINE:
        _decoder(way)
    try:
        import websockets  # noqa: F401
    except ImportError as error:
        raise SkipNotImplemented("websockets is not installed here") from error
    live = needs("feed_live", "Live")(way, _N_MESSAGES, core=pinned(affinity))
    # Raises unless the records are those of the definition.
    live.start()
    return live.play


def _way(way):
    pinned(WITHIN_PROCESS[0])
    messages = needs("feed", "messages")(_N_MESSAGES)
    call = _made(way, messages)
    expected, _ = needs("feed", "by_engine")(messages)
    needs("boundaries", "require_answer")(call().tobytes(), expected.tobytes(), f"the feed by {way}")
    return partial(call)


_WAYS = Prepared(_way)
_LIVE = Prepared(_live)
