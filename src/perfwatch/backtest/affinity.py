"""Which processor the client and the engine run on: part of a series' identity, never an accident of the caller's mask.

    one-core    work within the process, on the client's core
    both-cores  work within the process, on the client's core and the engine's
    same-core   client and engine share the client's core
    two-cores   the engine has a core of its own
    unpinned    the platform cannot pin; nothing is done

The cores are the first two of PERFWATCH_CORES ("client,engine"), else the two lowest that the process might use when
this module was imported, which is before anything here narrowed the mask.
"""

from __future__ import annotations

import os

from perfwatch.errors import HostError, UsageError

ONE_CORE = "one-core"
BOTH_CORES = "both-cores"
SAME_CORE = "same-core"
TWO_CORES = "two-cores"
UNPINNED = "unpinned"

CORES_VARIABLE = "PERFWATCH_CORES"

_CAN_PIN = hasattr(os, "sched_setaffinity")
_MASK_AT_IMPORT = tuple(sorted(os.sched_getaffinity(0))) if _CAN_PIN else ()


def labels() -> tuple[str, ...]:
    """Return the labels that this machine can do."""
    if not _CAN_PIN:
        return (UNPINNED,)
    return (ONE_CORE, SAME_CORE, TWO_CORES, BOTH_CORES) if len(cores()) > 1 else (ONE_CORE, SAME_CORE)


def cores() -> tuple[int, ...]:
    """Return the client's core and the engine's: two numbers, one where there is one core, none where none can be had.

    Errors
    ------
    UsageError : PERFWATCH_CORES is not a list of processor numbers.
    """
    if not _CAN_PIN:
        return ()
    given = os.environ.get(CORES_VARIABLE)
    if not given:
        return _MASK_AT_IMPORT[:2]
    try:
        numbers = tuple(dict.fromkeys(int(part) for part in given.split(",")))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 0:
        raise UsageError(f"{CORES_VARIABLE}={given!r} is not a list of processor numbers; write it like 0,1")
    return numbers[:2]


def pin(label: str) -> int | None:
    """Pin this process as `label` says and return the engine's core (None: it is not to be pinned).

    Errors
    ------
    UsageError : there is no such label.
    HostError : this machine cannot do it.
    """
    if label == UNPINNED:
        return None
    if label not in (ONE_CORE, BOTH_CORES, SAME_CORE, TWO_CORES):
        raise UsageError(f"affinity {label!r} is not known; give one of {', '.join(labels())}")
    if label not in labels():
        raise HostError(f"affinity {label!r} cannot be had on this machine; give one of {', '.join(labels())}")
    client, *others = cores()
    try:
        os.sched_setaffinity(0, {client, *others} if label == BOTH_CORES else {client})
    except OSError as error:
        raise HostError(f"cannot pin to processor {client} ({error.strerror}); set {CORES_VARIABLE}") from error
    return others[0] if label == TWO_CORES else client
