"""The script that asv builds each commit with; what it builds is proven by test_run, which uses it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import json5


def test_a_commit_without_the_package_fails_with_its_reason(root: Path, tmp_path: Path) -> None:
    script = root / "benchmarks" / "build_wheel"
    done = subprocess.run([script, tmp_path, tmp_path, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("build_wheel: no pyproject.toml in this commit")


def test_asv_is_told_to_call_the_script(root: Path) -> None:
    conf = json5.loads((root / "asv.conf.json").read_text())
    command = conf["build_command"][0].split()
    script = Path(command[0].format(conf_dir=root))
    assert os.access(script, os.X_OK)
    # asv takes only names found in the environment's bin unless there is a slash.
    assert "/" in command[0]
    assert "pythons" not in conf
