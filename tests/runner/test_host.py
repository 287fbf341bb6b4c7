"""What the machine tells is kept as it is; what it does not tell is None and never a guess."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from perfwatch.errors import HostError
from perfwatch.runner import host

QUIET: dict[str, Any] = {
    "load_1min": 0.1,
    "logical_cores": 8,
    "governor": "performance",
    "turbo": False,
    "cpu_limit_cores": None,
    "affinity": [0, 1],
    "cores": [0, 1],
    "cpu_model": "A",
}


def test_the_facts_are_json_and_hold_what_a_reader_asks_for() -> None:
    facts = host.describe(host.pinned_cores(None))
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    asked = {"cpu_model", "logical_cores", "governor", "turbo", "smt", "aslr", "load_1min", "kernel", "memory_bytes"}
    asked |= {"microcode", "cpu_limit_cores", "virtualised", "clocksource", "affinity", "python"}
    assert asked <= set(facts)
    assert facts["logical_cores"] == os.cpu_count()


def test_what_cannot_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_SYS", "_PROC", "_CPU"):
        monkeypatch.setattr(host, name, tmp_path)
    facts = host.describe((0,))
    unknown = ("governor", "turbo", "smt", "microcode", "clocksource", "virtualised", "cpu_limit_cores")
    assert [facts[name] for name in unknown] == [None] * len(unknown)
    assert host.warnings({**facts, "load_1min": None}) == [w for w in host.warnings(facts) if "one core" in w]


def test_a_quiet_machine_earns_no_warning() -> None:
    assert host.warnings(QUIET) == []


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        ({"load_1min": 4.1}, "busy"),
        ({"governor": "powersave"}, "powersave"),
        ({"turbo": True}, "turbo"),
        ({"cpu_limit_cores": 1.5}, "1.5 cores"),
        ({"cores": [3]}, "one core"),
        ({"affinity": None, "cores": []}, "cannot pin"),
    ],
)
def test_each_fact_that_makes_noise_is_said_once(fact: dict[str, Any], word: str) -> None:
    (said,) = host.warnings({**QUIET, **fact})
    assert word in said


def test_limits_of_both_kinds_of_cgroups_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_SYS", tmp_path / "sys")
    monkeypatch.setattr(host, "_PROC", tmp_path / "proc")
    own = tmp_path / "sys/fs/cgroup/box"
    own.mkdir(parents=True)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/box\n")
    (own / "cpu.max").write_text("150000 100000\n")
    (own / "memory.max").write_text("1073741824\n")
    facts = host.describe(())
    assert (facts["cpu_limit_cores"], facts["memory_limit_bytes"]) == (1.5, 1 << 30)

    (tmp_path / "proc/self/cgroup").write_text("4:memory:/box\n1:cpu,cpuacct:/\n")
    for controller in ("cpu", "memory/box"):
        (tmp_path / "sys/fs/cgroup" / controller).mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cpu/cpu.cfs_quota_us").write_text("200000\n")
    (tmp_path / "sys/fs/cgroup/cpu/cpu.cfs_period_us").write_text("100000\n")
    (tmp_path / "sys/fs/cgroup/memory/box/memory.limit_in_bytes").write_text("9223372036854771712\n")
    facts = host.describe(())
    assert (facts["cpu_limit_cores"], facts["memory_limit_bytes"]) == (2.0, None)


def test_another_processor_under_the_same_name_is_said() -> None:
    said = host.other_machine(QUIET, {"machine": "box", "cpu": "B"})
    assert said is not None
    assert "box" in said
    assert host.other_machine(QUIET, {"machine": "box", "cpu": "A"}) is None
    assert host.other_machine(QUIET, {}) is None


def test_cores_are_the_configured_ones_or_the_two_lowest() -> None:
    allowed = sorted(os.sched_getaffinity(0))
    assert host.pinned_cores(None) == tuple(allowed[:2])
    assert host.pinned_cores((allowed[-1], allowed[0])) == tuple(dict.fromkeys((allowed[-1], allowed[0])))
    with pytest.raises(HostError, match="processor 4711"):
        host.pinned_cores((4711, 0))
