"""The study's tables with a run of ours beside them, as ratios: absolute times do not carry over to another machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from perfwatch.analysis.interval import Estimate, ratio
from perfwatch.model import Measurement
from perfwatch.units import SECONDS

FULL = "150000x80"

# Apple M2 Max, Python 3.14.6, numpy 2.4.3, numba 0.64.0, rustc 1.94; medians of 10, in seconds.
STUDY_SWEEP_S = {
    "in_process": 2.010,
    "rust_batch_unix": 2.276,
    "rust_batch_unchecked": 2.337,
    "rust_chatty_unix": 2.383,
    "rust_spawn_stdin": 2.300,
}
STUDY_ECHO_S = {1: 14.1e-6, 100: 16.4e-6, 1000: 18.1e-6, 10000: 192.5e-6, 100000: 1367.3e-6, 150000: 2043.4e-6}
STUDY_ENCODE_S = {"raw": 49.1e-6, "pickle": 29.8e-6, "json": 66243e-6}

# In process, next to the study's five: what the study could only derive.
_OURS_ONLY = ("rust_in_process", "rust_in_process_unchecked")

_Found = Mapping[tuple[str, frozenset[str]], Measurement]


def markdown(measurements: Sequence[Measurement], affinity: str) -> str:
    """Return three Markdown tables of one full-size run: sweeps, echo curve, encodings.

    Parameters
    ----------
    measurements : of one commit, machine and environment.
    affinity : where the engine ran: `same-core` or `two-cores`.
    """
    found = {(m.key.benchmark, frozenset(v for _, v in m.key.params)): m for m in measurements if m.value is not None}
    parts = [_sweeps(found, affinity), _echo(found, affinity), _encodings(found)]
    return "\n".join(line for part in parts for line in (*part, ""))


def _get(found: _Found, benchmark: str, *values: str) -> Estimate | None:
    m = found.get((benchmark, frozenset(values)))
    return None if m is None or m.value is None else Estimate(m.value, m.lower, m.upper)


def _sweeps(found: _Found, affinity: str) -> Iterator[str]:
    numba = _get(found, "compute.time_sweep", "in_process", FULL, "one-core")
    yield "| sweep, 150,000 bars × 80 combinations | study | study, ratio | here | here, ratio (99 % interval) |"
    yield "|---|---:|---:|---:|---:|"
    for name in ("in_process", *_OURS_ONLY, *(n for n in STUDY_SWEEP_S if n != "in_process")):
        ours = _get(found, "compute.time_sweep", name, FULL, "one-core") or _get(
            found, "boundary.time_sweep", name, FULL, affinity
        )
        theirs = STUDY_SWEEP_S.get(name)
        study = ("—", "—") if theirs is None else (f"{theirs:.3f} s", f"{theirs / STUDY_SWEEP_S['in_process']:.2f}")
        yield _row(f"`{name}`", *study, _shown(ours), _ratio(ours, numba, 3))


def _echo(found: _Found, affinity: str) -> Iterator[str]:
    one = _get(found, "echo.time_round_trip", "unix", "1", affinity)
    yield f"| echo over a Unix socket ({affinity}), floats | study | × its floor | here | × its floor (99 % interval) |"
    yield "|---:|---:|---:|---:|---:|"
    for floats, theirs in STUDY_ECHO_S.items():
        ours = _get(found, "echo.time_round_trip", "unix", str(floats), affinity)
        yield _row(
            f"{floats:,}",
            SECONDS.show(theirs),
            f"{theirs / STUDY_ECHO_S[1]:,.1f}",
            _shown(ours),
            _ratio(ours, one, 1),
        )


def _encodings(found: _Found) -> Iterator[str]:
    raw = _get(found, "encodings.time_encode", "raw")
    yield "| encoding 150,000 floats | study | × raw | here | × raw (99 % interval) |"
    yield "|---|---:|---:|---:|---:|"
    for name, theirs in STUDY_ENCODE_S.items():
        ours = _get(found, "encodings.time_encode", name)
        yield _row(
            name,
            SECONDS.show(theirs),
            f"{theirs / STUDY_ENCODE_S['raw']:,.1f}",
            _shown(ours),
            _ratio(ours, raw, 1),
        )


def _ratio(above: Estimate | None, below: Estimate | None, digits: int) -> str:
    found = ratio(above, below) if above is not None and below is not None else None
    if found is None:
        return "—"
    if above == below:
        return "1"
    bounds = (
        ""
        if found.lower is None or found.upper is None
        else f" ({found.lower:,.{digits}f} – {found.upper:,.{digits}f})"
    )
    return f"{found.value:,.{digits}f}{bounds}"


def _shown(estimate: Estimate | None) -> str:
    return SECONDS.show(None if estimate is None else estimate.value)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def host_line(facts: Iterable[tuple[str, object]]) -> str:
    """Return the machine in one line; a fact that is missing is left out."""
    return " · ".join(f"{name} {value}" for name, value in facts if value not in (None, ""))
