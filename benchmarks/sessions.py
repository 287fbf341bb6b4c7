"""What does a call cost when the series stays with the engine? Parameters cross, by socket and by shared memory.

Beside it: the study's own way to cross, which copies each frame and parses floats one by one.
"""

from __future__ import annotations

from functools import partial

from .prepared import (
    SIZES,
    WITH_ENGINE,
    WITH_SPINNING_ENGINE,
    Prepared,
    like_a_call,
    like_a_sweep,
    needs,
    needs_member,
    pinned,
    sweep,
)

_ON_ANY_CORES = ["rust_session_unix", "rust_certified_batch_unix"]
_ON_TWO_CORES = ["rust_session_memory", "rust_certified_session_memory"]
ARCHITECTURES = [*_ON_ANY_CORES, *_ON_TWO_CORES]


@like_a_sweep
def time_sweep(oracles, architecture, size, affinity):
    sweep(oracles, architecture, size, affinity)


@like_a_sweep
def time_sweep_in_memory(oracles, architecture, size, affinity):
    sweep(oracles, architecture, size, affinity)


time_sweep.params = [_ON_ANY_CORES, SIZES, WITH_ENGINE]
time_sweep_in_memory.params = [_ON_TWO_CORES, SIZES, WITH_SPINNING_ENGINE]
for _benchmark in (time_sweep, time_sweep_in_memory):
    _benchmark.param_names = ["architecture", "size", "affinity"]
    _benchmark.version = "1"


@like_a_call
def time_call(affinity):
    _CALLS[(affinity,)]()


time_call.param_names = ["affinity"]
time_call.params = [WITH_ENGINE]
time_call.version = "1"


@like_a_call
def time_call_in_memory(client, wait, affinity):
    _CALLS_IN_MEMORY[client, wait, affinity]()


# Plain Python can only spin, and skips the rest.
time_call_in_memory.param_names = ["client", "wait", "affinity"]
time_call_in_memory.params = [["extension", "python"], ["spin", "hybrid", "futex"], WITH_SPINNING_ENGINE]
time_call_in_memory.version = "1"


@like_a_call
def time_study_round_trip(floats, affinity):
    _STUDY_ROUND_TRIPS[floats, affinity]()


time_study_round_trip.param_names = ["floats", "affinity"]
time_study_round_trip.params = [[1, 10_000, 150_000], WITH_ENGINE]
time_study_round_trip.version = "1"


def _checked(call):
    # The study's first combination needs more than the one bar that was loaded: no trade, and nothing to compute.
    needs("boundaries", "require_answer")(call(), (0.0, 0), "a call over one bar")
    return call


def _call(affinity):
    session, one_bar = needs("session", "Session"), needs("boundaries", "ONE_BAR")
    engine = needs("boundaries", "shared_engine")("plain", "unix", pinned(affinity))
    return _checked(partial(session(engine, one_bar).one, needs("boundaries", "FIRST_COMBINATION")))


def _call_in_memory(client, wait, affinity):
    needs_member("mailbox", "WAYS", (client, wait))
    mailbox = needs("boundaries", "shared_mailbox")("plain", pinned(affinity), wait, client)
    mailbox.load(needs("boundaries", "ONE_BAR"))
    return _checked(partial(mailbox.one, needs("boundaries", "FIRST_COMBINATION")))


def _study_round_trip(floats, affinity):
    study, opcode = needs("boundaries", "shared_study"), needs("wire", "OPCODE_ECHO")
    sent, none = needs("market", "close")(floats), needs("boundaries", "NO_PARAMS")
    call = partial(study(pinned(affinity)).call, opcode, sent, none)
    needs("boundaries", "require_answer")(bytes(call()), sent.tobytes(), f"the study's echo of {floats} floats")
    return call


_CALLS = Prepared(_call)
_CALLS_IN_MEMORY = Prepared(_call_in_memory)
_STUDY_ROUND_TRIPS = Prepared(_study_round_trip)
