from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from perfwatch.backtest import architectures, equivalence
from perfwatch.backtest.architectures import ARCHITECTURES
from perfwatch.backtest.grid import Workload
from perfwatch.backtest.kernels import KERNELS
from perfwatch.backtest.sweep import Sweep
from perfwatch.errors import UsageError

names = pytest.mark.parametrize("name", list(ARCHITECTURES))


def test_the_studys_five_the_two_kernels_without_a_boundary_and_every_further_kernel() -> None:
    assert {a.name: (a.kernel.name, a.boundary.name) for a in ARCHITECTURES.values()} == {
        "in_process": ("numba", "in_process"),
        "rust_in_process": ("rust_checked", "in_process"),
        "rust_in_process_unchecked": ("rust_unchecked", "in_process"),
        "rust_batch_unix": ("rust_checked", "batch_unix"),
        "rust_batch_unchecked": ("rust_unchecked", "batch_unix"),
        "rust_chatty_unix": ("rust_checked", "chatty_unix"),
        "rust_spawn_stdin": ("rust_checked", "spawn_stdin"),
        "rust_session_unix": ("rust_checked", "session_unix"),
        "rust_session_memory": ("rust_checked", "session_memory"),
        "rust_spawn_each": ("rust_checked", "spawn_each"),
        "rust_batch_json": ("rust_checked", "batch_json"),
        "rust_chatty_json": ("rust_checked", "chatty_json"),
        "rust_certified_batch_json": ("rust_certified", "batch_json"),
        "rust_certified_batch_unix": ("rust_certified", "batch_unix"),
        "rust_certified_session_memory": ("rust_certified", "session_memory"),
        **{name: (name, "in_process") for name in KERNELS if name not in ("numba", "rust_checked", "rust_unchecked")},
    }


@names
def test_every_architecture_gives_the_fingerprint(name: str, quick: Workload, quick_oracle: Sweep) -> None:
    got = architectures.run(name, quick.close, quick.params)
    assert equivalence.compare(got, quick_oracle, quick.lengths).ok
    assert equivalence.fingerprint(got) == equivalence.fingerprint(quick_oracle)
    assert equivalence.fingerprint(got).trades_sum == 32_951
    assert (round(float(got.pnl[0]), 6), got.trades[0]) == (-1022.344974, 11_398)


@names
def test_every_architecture_gives_the_published_combination(name: str, full: Workload) -> None:
    got = architectures.run(name, full.close, full.params[:1])
    assert equivalence.is_published(got, full.lengths[:1], len(full.close)) is True


@names
def test_a_core_for_the_engine_changes_no_answer(name: str, quick: Workload, quick_oracle: Sweep) -> None:
    core = min(os.sched_getaffinity(0))
    got = architectures.run(name, quick.close, quick.params, core)
    assert equivalence.compare(got, quick_oracle, quick.lengths).ok


def test_an_unknown_architecture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="'carrier_pigeon' is not known; give one of in_process, "):
        architectures.run("carrier_pigeon", [1.0], [[1] * 6])


def test_nothing_is_left_when_the_process_ends(tmp_path: Path) -> None:
    code = (
        "from perfwatch.backtest import architectures, boundaries, grid\n"
        "w = grid.workload('quick')\n"
        "for name in ('rust_batch_unix', 'rust_batch_unchecked', 'rust_chatty_unix', 'rust_spawn_stdin'):\n"
        "    architectures.run(name, w.close[:500], w.params[:2])\n"
        "boundaries.echo([1.0], 'tcp')\n"
        "print(*(e.pid for e in boundaries._engines.values()))\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 3
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert list(tmp_path.iterdir()) == []
