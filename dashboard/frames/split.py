"""A change of a sweep behind a boundary, split into what made it: host, numba, codegen, boundary. They multiply to it.

    behind = numba · (Rust in process / numba) · (behind / Rust in process)

holds at every commit, to the last digit, whatever the three are; so a change of the left side is the product of the
changes of the three on the right. Where the judge told the host's factor, it is taken out of numba and stands by
itself: numba in process is the one part of the three that feels the host.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from frames.lines import Lines, estimates, frame
from perfwatch.analysis.interval import Estimate, ratio

PARTS = ("host", "numba", "codegen", "boundary")


@dataclass(frozen=True)
class Service:
    """A sweep behind a boundary, and the same kernel without one: benchmark and architecture (or kernel) of each."""

    label: str
    behind: tuple[str, str]
    kernel: tuple[str, str, str]


_CHECKED = ("compute.time_sweep", "architecture", "rust_in_process")
_UNCHECKED = ("compute.time_sweep", "architecture", "rust_in_process_unchecked")
_CERTIFIED = ("kernels.time_sweep", "kernel", "rust_certified")
SERVICES = {
    "batched": Service("batched over the socket", ("boundary.time_sweep", "rust_batch_unix"), _CHECKED),
    "unchecked": Service("batched, unchecked", ("boundary.time_sweep", "rust_batch_unchecked"), _UNCHECKED),
    "chatty": Service("chatty, a call a combination", ("boundary.time_sweep", "rust_chatty_unix"), _CHECKED),
    "spawn": Service("a process started for it", ("boundary.time_sweep", "rust_spawn_stdin"), _CHECKED),
    "json": Service("the JSON service", ("deployed.time_sweep", "rust_batch_json"), _CHECKED),
    "session": Service("a session, series loaded once", ("sessions.time_sweep", "rust_session_unix"), _CHECKED),
    "certified": Service("certified kernel, batched", ("sessions.time_sweep", "rust_certified_batch_unix"), _CERTIFIED),
}
BENCHMARKS = tuple(dict.fromkeys(b for service in SERVICES.values() for b in (service.behind[0], service.kernel[0])))


@dataclass(frozen=True)
class Sweep:
    """What one commit's run says: seconds of numba and of the kernel in process, and of the kernel behind its boundary.

    `host` is the judge's factor, None where it told none.
    """

    numba: Estimate
    kernel: Estimate
    behind: Estimate
    host: float | None

    @property
    def codegen(self) -> Estimate:
        """Return kernel / numba, both in process."""
        return _positive(ratio(self.kernel, self.numba))

    @property
    def boundary(self) -> Estimate:
        """Return behind / in process, of the same kernel."""
        return _positive(ratio(self.behind, self.kernel))


@dataclass(frozen=True)
class Change:
    """After / before of the whole and of its parts: whole = host · numba · codegen · boundary.

    `host` is None where the judge did not tell both factors; it is then a part of numba's. `before_s` and `after_s`
    are the whole's seconds.
    """

    whole: Estimate
    host: Estimate | None
    numba: Estimate
    codegen: Estimate
    boundary: Estimate
    before_s: float
    after_s: float

    def part(self, name: str) -> Estimate | None:
        """Return a part by its name in `PARTS`, or the `whole`."""
        found: Estimate | None = getattr(self, name)
        return found

    def seconds(self, name: str) -> float | None:
        """Return the seconds that a part added; those of the parts add up to the whole's.

        Each part gets of the seconds what it has of the logarithm, so that neither an order of the parts nor a rest
        is needed (logarithmic mean Divisia index: Ang 2005, "The LMDI approach to decomposition analysis").
        """
        part, whole = self.part(name), math.log(self.after_s / self.before_s)
        if part is None:
            return None
        # The limit of (after − before) / log(after / before) where the two are the same.
        per_log = (self.after_s - self.before_s) / whole if abs(whole) > 1e-12 else self.before_s
        return per_log * math.log(part.value)


def sweeps(
    lines: Lines, service: Service, size: str | None, within: str | None, across: str | None, hosts: Mapping[str, float]
) -> dict[str, Sweep]:
    """Return what each commit's run says of a service, where all three were measured.

    Parameters
    ----------
    within, across : affinity of what runs in process, and of what runs behind the boundary.
    hosts : the judge's factor by commit.
    """
    benchmark, name, value = service.kernel
    numba = estimates(lines.find("compute.time_sweep", architecture="in_process", size=size, affinity=within))
    kernel = estimates(lines.find(benchmark, **{name: value}, size=size, affinity=within))
    behind = estimates(lines.find(service.behind[0], architecture=service.behind[1], size=size, affinity=across))
    return {
        commit: Sweep(numba[commit], kernel[commit], found, hosts.get(commit))
        for commit, found in behind.items()
        if commit in numba and commit in kernel
        and min(found.value, numba[commit].value, kernel[commit].value) > 0
    }  # fmt: skip


def change(before: Sweep, after: Sweep) -> Change:
    """Return the change from one commit to another, split."""
    numba = _positive(ratio(after.numba, before.numba))
    host = None
    if before.host and after.host:
        host = Estimate(after.host / before.host)
        numba = numba.scaled(before.host / after.host)
    return Change(
        whole=_positive(ratio(after.behind, before.behind)),
        host=host,
        numba=numba,
        codegen=_positive(ratio(after.codegen, before.codegen)),
        boundary=_positive(ratio(after.boundary, before.boundary)),
        before_s=before.behind.value,
        after_s=after.behind.value,
    )


def _positive(found: Estimate | None) -> Estimate:
    assert found is not None, "sweeps() lets positive seconds through only"
    return found


def changes(found: Mapping[str, Sweep], line: list[str], base: str | None) -> dict[str, Change]:
    """Return the change of each commit against `base`, or against the nearest one before it where that is None.

    Parameters
    ----------
    line : hashes in git's order, oldest first; commits without a sweep are left out.
    """
    measured = [commit for commit in line if commit in found]
    if base is not None:
        if base not in found:
            return {}
        return {c: _none(found[c]) if c == base else change(found[base], found[c]) for c in measured}
    return {after: change(found[before], found[after]) for before, after in pairwise(measured)}


def _none(sweep: Sweep) -> Change:
    """Return the change of a commit against itself: none, and nothing uncertain in it."""
    same = Estimate(1.0, 1.0, 1.0)
    host = same if sweep.host else None
    return Change(same, host, same, same, same, sweep.behind.value, sweep.behind.value)


def is_clear(part: Estimate) -> bool:
    """Return whether the interval of a change leaves 1 out; one that is not known is never clear."""
    return part.lower is not None and part.upper is not None and not part.lower <= 1 <= part.upper


def is_wide(found: Mapping[str, Change]) -> bool:
    """Return whether something at least doubled or halved."""
    parts = [part for change in found.values() for name in ("whole", *PARTS) if (part := change.part(name))]
    return any(not 0.5 < part.value < 2 for part in parts)


def lines_of(found: Mapping[str, Change]) -> dict[str, pd.DataFrame]:
    """Return the whole and each of its parts as a line over commits, by name; a part that nobody told is left out."""
    made = {}
    for name in ("whole", *PARTS):
        parts = [(commit, change.part(name)) for commit, change in found.items()]
        rows = [(commit, p.value, p.lower, p.upper, "ok", "") for commit, p in parts if p is not None]
        if rows:
            made[name] = frame(rows)
    return made
