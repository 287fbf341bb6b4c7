"""What does crossing cost, by payload? A round trip that computes nothing: one float is the floor, more the slope."""

from __future__ import annotations

from functools import partial

from .prepared import WITH_ENGINE, Prepared, like_a_call, needs, pinned


@like_a_call
def time_round_trip(transport, floats, affinity):
    _ROUND_TRIPS[transport, floats, affinity]()


time_round_trip.param_names = ["transport", "floats", "affinity"]
# The study's six, and 30,000: the whole series of the quick size, as 150,000 is that of the full one.
time_round_trip.params = [["unix", "tcp"], [1, 100, 1_000, 10_000, 30_000, 100_000, 150_000], WITH_ENGINE]
time_round_trip.version = "1"


def _round_trip(transport, floats, affinity):
    echo, round_trip = needs("boundaries", "echo"), needs("boundaries", "round_trip")
    core = pinned(affinity)
    sent = needs("market", "close")(floats)
    # Raises unless every bit comes back.
    echo(sent, transport, core)
    return partial(round_trip, needs("boundaries", "shared_engine")("checked", transport, core), sent)


_ROUND_TRIPS = Prepared(_round_trip)
