"""What does the ready-made alternative cost? An echo through Arrow Flight, pyarrow at both ends."""

from __future__ import annotations

from functools import partial

from asv_runner.benchmarks.mark import SkipNotImplemented

from .prepared import WITH_ENGINE, Prepared, like_a_call, needs, pinned


@like_a_call
def time_round_trip(floats, affinity):
    _ROUND_TRIPS[floats, affinity]()


time_round_trip.param_names = ["floats", "affinity"]
time_round_trip.params = [[1, 10_000, 150_000], WITH_ENGINE]
time_round_trip.version = "1"


def _round_trip(floats, affinity):
    peer = needs("flight", "FlightPeer")(pinned(affinity))
    try:
        import pyarrow.flight  # noqa: F401
    except ImportError as error:
        raise SkipNotImplemented(f"pyarrow.flight is not installed here ({error})") from error
    peer.start()
    sent = needs("market", "close")(floats)
    needs("boundaries", "require_answer")(
        peer.echo(sent).tobytes(), sent.tobytes(), f"Flight's echo of {floats} floats"
    )
    return partial(peer.echo, sent)


_ROUND_TRIPS = Prepared(_round_trip)
