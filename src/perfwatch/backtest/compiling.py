"""How the kernels are compiled: no fastmath, kept on disk where a folder can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Return `function` compiled at its first call, kept on disk where a folder for it can be written."""
    # error_model: a price of zero gives an infinite return as in the other kernels, not a ZeroDivisionError.
    try:
        return cast(_Function, numba.njit(cache=True, error_model="numpy")(function))
    except RuntimeError:
        # numba found neither __pycache__ nor the user's cache folder writable: compile in each process instead.
        return cast(_Function, numba.njit(error_model="numpy")(function))
