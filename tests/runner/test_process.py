"""A child is followed to its end, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from perfwatch.runner.process import Interruption, follow, interruptible

STUBBORN = """
import signal
for name in (signal.SIGINT, signal.SIGTERM):
    signal.signal(name, signal.SIG_IGN)
print("ready", flush=True)
while True: signal.pause()
"""

LEAVING = """
import os, subprocess, sys
left = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], process_group=0)
print(left.pid, flush=True)
os._exit(3)
"""


def test_a_child_that_will_not_stop_is_ended_by_the_second_word(tmp_path: Path) -> None:
    interruption = Interruption()

    def heard(text: str) -> None:
        interruption.asked += 2 if "ready" in text else 0

    ended = follow(
        [sys.executable, "-c", STUBBORN],
        cwd=tmp_path,
        environment=os.environ,
        log=tmp_path / "log",
        heard=heard,
        interruption=interruption,
    )
    assert ended.interrupted
    assert ended.exit_code == -signal.SIGKILL


def test_what_a_child_leaves_is_ended_even_if_it_holds_the_output(tmp_path: Path) -> None:
    ended = follow(
        [sys.executable, "-c", LEAVING],
        cwd=tmp_path,
        environment=os.environ,
        log=tmp_path / "log",
        heard=lambda text: None,
        interruption=Interruption(),
    )
    assert (ended.exit_code, ended.interrupted) == (3, False)
    left = int((tmp_path / "log").read_text())
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_counted_within_the_block_and_as_before_after_it(signum: signal.Signals) -> None:
    before = signal.getsignal(signum)
    with interruptible() as stop:
        signal.raise_signal(signum)
        signal.raise_signal(signum)
        assert stop.asked == 2
    assert signal.getsignal(signum) is before
