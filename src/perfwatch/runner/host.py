"""What this machine tells of itself before it measures: plain facts, and what of them makes timings noisy.

pyperf knows how to read most of it; /sys and /proc give the rest. Reading never fails: a fact that cannot be read is
None and is shown as "not readable".
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from pyperf._collect_metadata import collect_metadata

from perfwatch.errors import HostError

_SYS = Path("/sys")
_PROC = Path("/proc")
_CPU = _SYS / "devices/system/cpu"

# Above this many runnable processes per core, something else is taking time from what is measured.
BUSY_LOAD_PER_CORE = 0.5

# A memory limit above this is the kernel's way to say "none" (cgroup v1 writes the largest page-aligned number).
_NO_MEMORY_LIMIT_BYTES = 1 << 60


def pinned_cores(configured: Sequence[int] | None) -> tuple[int, ...]:
    """Return the processors to pin to: (client, engine), one where there is one, none where the platform cannot pin.

    Parameters
    ----------
    configured : what the settings name; None for the two lowest of this process's mask.

    Errors
    ------
    HostError : a configured processor that this process may not use.
    """
    allowed = _affinity()
    if allowed is None:
        return ()
    if configured is None:
        return tuple(allowed[:2])
    for core in configured:
        if core not in allowed:
            shown = ",".join(map(str, allowed))
            raise HostError(f"cores: processor {core} is not one this process may use ({shown}); name two of those")
    return tuple(dict.fromkeys(configured))


def describe(cores: Sequence[int]) -> dict[str, Any]:
    """Return the facts of this machine, ready for JSON; None is a fact that could not be read.

    Parameters
    ----------
    cores : the processors that will be pinned to; governor and frequency are theirs.
    """
    told = collect_metadata(process=False)
    pinned = list(cores) or list(range(os.cpu_count() or 1))
    return {
        "hostname": platform.node() or None,
        "os": platform.system() or None,
        "kernel": platform.release() or None,
        "arch": platform.machine() or None,
        "python": platform.python_version(),
        "cpu_model": told.get("cpu_model_name") or told.get("cpu_machine") or platform.processor() or None,
        "logical_cores": psutil.cpu_count(),
        "physical_cores": psutil.cpu_count(logical=False),
        "memory_bytes": psutil.virtual_memory().total,
        "microcode": _cpuinfo("microcode"),
        "governor": _of_cores(pinned, "cpufreq/scaling_governor"),
        "scaling_driver": _of_cores(pinned, "cpufreq/scaling_driver"),
        "frequency": told.get("cpu_freq"),
        "turbo": _turbo(),
        "smt": _flag(_CPU / "smt/active"),
        "idle_driver": _line(_CPU / "cpuidle/current_driver"),
        "isolated_cores": _line(_CPU / "isolated", empty="none"),
        "aslr": told.get("aslr"),
        "clocksource": _line(_SYS / "devices/system/clocksource/clocksource0/current_clocksource"),
        "temperature": told.get("cpu_temp"),
        "load_1min": told.get("load_avg_1min"),
        "uptime_s": round(told["uptime"]) if "uptime" in told else None,
        "virtualised": _virtualised(),
        "cpu_limit_cores": _cpu_limit(),
        "memory_limit_bytes": _memory_limit(),
        "affinity": _affinity(),
        "cores": list(cores),
    }


def warnings(host: dict[str, Any]) -> list[str]:
    """Return one sentence for each fact that makes timings on this machine noisy or incomplete."""
    found = []
    load, logical = host["load_1min"], host["logical_cores"] or 1
    if load is not None and load > BUSY_LOAD_PER_CORE * logical:
        found.append(f"the machine is busy: load {load:.2f} on {logical} cores; stop what else is running")
    if host["governor"] not in (None, "performance"):
        found.append(f"the frequency governor is {host['governor']!r}, not 'performance'; `pyperf system tune` sets it")
    if host["turbo"]:
        found.append("turbo is on: speed depends on heat and on the other cores; `pyperf system tune` turns it off")
    if host["cpu_limit_cores"] is not None and host["cpu_limit_cores"] < min(2, logical):
        found.append(f"a limit of {host['cpu_limit_cores']:g} cores is set on this container: work will be throttled")
    if host["affinity"] is None:
        found.append("this platform cannot pin processes to cores: everything is measured unpinned")
    elif len(host["cores"]) == 1:
        found.append("one core only: client and engine on two cores cannot be measured")
    return found


def other_machine(host: dict[str, Any], registered: dict[str, Any]) -> str | None:
    """Return a sentence if `registered` (asv's machine.json under the configured name) is another machine than this."""
    before, now = registered.get("cpu"), host["cpu_model"]
    if not before or not now or before == now:
        return None
    return (
        f"{registered.get('machine')} was measured on {before!r} before and is {now!r} now; name it otherwise (machine)"
    )


def machine_facts(name: str, host: dict[str, Any]) -> dict[str, str]:
    """Return what asv keeps of a machine in its machine.json, under the name `name`."""
    return {
        "machine": name,
        "os": f"{host['os'] or ''} {host['kernel'] or ''}".strip(),
        "arch": host["arch"] or "",
        "cpu": host["cpu_model"] or "",
        "num_cpu": str(host["logical_cores"] or ""),
        "ram": str(host["memory_bytes"]),
    }


def _affinity() -> list[int] | None:
    return sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else None


def _line(path: Path, empty: str | None = None) -> str | None:
    """Return the first line of a kernel file; `empty` where it is empty, None where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return (lines[0].strip() if lines else "") or empty


def _flag(path: Path) -> bool | None:
    value = _line(path)
    return None if value not in ("0", "1") else value == "1"


def _of_cores(cores: Sequence[int], file: str) -> str | None:
    """Return what all `cores` say, `a, b` where they differ."""
    said = {value for core in cores if (value := _line(_CPU / f"cpu{core}" / file))}
    return ", ".join(sorted(said)) or None


def _turbo() -> bool | None:
    off = _flag(_CPU / "intel_pstate/no_turbo")
    return not off if off is not None else _flag(_CPU / "cpufreq/boost")


def _cpuinfo(key: str) -> str | None:
    try:
        text = (_PROC / "cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(rf"^{key}\s*:\s*(.+)$", text, re.MULTILINE)
    return found.group(1).strip() if found else None


def _virtualised() -> str | None:
    """Return what this machine runs under, "no" for bare metal; None where it cannot be told."""
    flags = _cpuinfo("flags")
    if flags is None:
        return None
    if "hypervisor" not in flags.split():
        return "no"
    product = _line(_SYS / "class/dmi/id/product_name")
    return _line(_SYS / "hypervisor/type") or product or "hypervisor"


def _cpu_limit() -> float | None:
    """Return the cores that cgroups allow this process; None for no limit or none that can be read."""
    for line in (_line(folder / "cpu.max") for folder in _cgroup_folders("")):
        if line and not line.startswith("max"):
            quota, period = line.split()
            return int(quota) / int(period)
    for folder in _cgroup_folders("cpu"):
        allowed, per = _line(folder / "cpu.cfs_quota_us"), _line(folder / "cpu.cfs_period_us")
        if allowed and per and int(allowed) > 0:
            return int(allowed) / int(per)
    return None


def _memory_limit() -> int | None:
    """Return the bytes that cgroups allow this process; None for no limit or none that can be read."""
    limits = [_line(folder / "memory.max") for folder in _cgroup_folders("")]
    limits += [_line(folder / "memory.limit_in_bytes") for folder in _cgroup_folders("memory")]
    numbers = [int(value) for value in limits if value and value.isdigit()]
    return min((n for n in numbers if n < _NO_MEMORY_LIMIT_BYTES), default=None)


def _cgroup_folders(controller: str) -> list[Path]:
    """Return this process's cgroup folder of a v1 controller ("" for v2) and the root's, innermost first."""
    try:
        lines = (_PROC / "self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    root = _SYS / "fs/cgroup" / controller
    inner = [path for _, names, path in (line.split(":", 2) for line in lines) if controller in names.split(",")]
    return [*(root / path.lstrip("/") for path in inner), root]
