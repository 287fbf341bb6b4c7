"""What does a tick cost on its way from Python to Rust, through a ring in shared memory? 50,000 of them a call."""

from __future__ import annotations

from functools import partial

from .prepared import WITH_SPINNING_ENGINE, Prepared, like_a_call, needs, needs_member, pinned

_N_TICKS = 50_000


@like_a_call
def time_stream(way, affinity):
    _STREAMS[way, affinity]()


time_stream.param_names = ["way", "affinity"]
time_stream.params = [["packed", "extension", "batched"], WITH_SPINNING_ENGINE]
time_stream.version = "1"


def track_age(way, share, affinity):
    engine, ticks = _started(way, affinity)
    return engine.send(ticks, way).age_s(share)


# A hundred thousandth of a second and less: medians are the ring's, the last of a thousand is the scheduler's.
track_age.unit = "seconds"
track_age.param_names = ["way", "share", "affinity"]
track_age.params = [["packed", "extension", "batched"], [0.5, 0.99, 0.999, 1.0], WITH_SPINNING_ENGINE]
track_age.version = "1"


def track_ages(way, affinity):
    """How old the ticks of a stream were when they were read, as a histogram; `track_age` tells four shares of one."""
    histogram = needs("ticks", "histogram")
    engine, ticks = _started(way, affinity)
    return histogram(engine.send(ticks, way))


track_ages.unit = "ticks"
track_ages.param_names = ["way", "affinity"]
track_ages.params = [["packed", "extension", "batched"], WITH_SPINNING_ENGINE]
track_ages.version = "1"


def _started(way, affinity):
    needs_member("ticks", "WAYS", way)
    engine = needs("ticks", "TickEngine")(pinned(affinity))
    engine.start()
    return engine, needs("ticks", "stream")(_N_TICKS)


def _stream(way, affinity):
    engine, ticks = _started(way, affinity)
    # Raises unless the engine saw every tick, in its order.
    return partial(engine.send, ticks, way)


_STREAMS = Prepared(_stream)
