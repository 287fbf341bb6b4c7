"""Where a benchmark spends its time at two commits: sampled by py-spy or perf, as folded stacks.

Each commit is installed into asv's environment by a turn of asv itself; then its benchmark is measured again and again
under the profiler, in a process of its own (`repeated`), so that neither asv nor an installation is in the picture.
asv's own `asv profile` is not used: it counts calls with cProfile, which slows what calls much more than what computes
much, sees nothing below Python, and keeps callers and callees in pairs, from which no stack can be told.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Literal

from perfwatch.config import Config
from perfwatch.errors import CommitError, HostError, UsageError
from perfwatch.runner import asv, host, labels, repeated
from perfwatch.runner.interleave import configuration
from perfwatch.runner.run import run
from perfwatch.runner.selection import select
from perfwatch.sources import asv as tree
from perfwatch.sources.asv_benchmarks import parse_benchmarks

Folded = Mapping[str, int]
Tool = Literal["py-spy", "perf"]

# Samples a second: odd, so that what happens every hundredth is not met every time.
RATE = 199
# Enough for a thousand samples, of which a hundredth is ten.
SECONDS = 5.0
# Beyond this a process that was to end after `SECONDS` hangs.
_PATIENCE_S = 120.0
_HOW = "install py-spy (`pip install py-spy`) or perf (Debian: linux-perf) on this machine"
# A frame of py-spy: `name (file:line)`, of a library `name (library.so)`. What measures is no part of the benchmark.
_OF_ASV = re.compile(r"\((?:[^)]*/)?(?:asv_runner/.*|timeit\.py|<timeit-src>|timeit-src|repeated\.py)(?::\d+)?\)$")
# What is below it is the benchmark; the import of the suite and its preparation are not.
_MEASURED = re.compile(r"^(?:\w+\.)?do_run \(")
_LINE = re.compile(r":\d+\)$")


@dataclass(frozen=True)
class Profiler:
    """A profiler that is here."""

    tool: Tool
    program: str

    def command(self, out: Path, asked: Sequence[str]) -> list[str]:
        """Return the command that samples another one, and writes what it saw to `out`."""
        if self.tool == "py-spy":
            # Frames of libraries too, where this build of it can tell them.
            native = ["--native"] if sys.platform == "linux" else []
            return [
                self.program,
                "record",
                *native,
                "--rate",
                str(RATE),
                "--format",
                "raw",
                "-o",
                str(out),
                "--",
                *asked,
            ]
        return [self.program, "record", "-q", "-g", "-F", str(RATE), "-o", str(out), "--", *asked]

    def folded(self, out: Path) -> Folded:
        """Return what the profiler wrote as folded stacks: `root;…;leaf` → samples."""
        if self.tool == "py-spy":
            return of_py_spy(out.read_text(encoding="utf-8", errors="replace"))
        script = [self.program, "script", "-i", str(out), "-F", "comm,ip,sym"]
        done = subprocess.run(script, capture_output=True, text=True, errors="replace", check=False)
        return of_perf(done.stdout)


def find() -> Profiler:
    """Return py-spy, also beside this Python, or else perf.

    Errors
    ------
    HostError : neither is here.
    """
    beside = Path(sys.executable).parent / "py-spy"
    for tool, program in (("py-spy", shutil.which("py-spy")), ("py-spy", beside), ("perf", shutil.which("perf"))):
        if program is not None and os.access(program, os.X_OK):
            return Profiler("perf" if tool == "perf" else "py-spy", str(program))
    raise HostError(f"--profile: no profiler here; {_HOW}")


def of_commit(config: Config, commit: str, label: str, profiler: Profiler, *, seconds: float = SECONDS) -> Folded:
    """Return folded stacks of one benchmark at one commit.

    Errors
    ------
    UsageError : a series that asv does not measure itself.
    CommitError : the commit does not build, or the benchmark does not run.
    HostError : the profiler may not look.
    """
    if config.asv_conf is None or not labels.is_runnable(label):
        raise UsageError(f"--profile: {label} is nothing that asv runs; name a benchmark of the suite with --bench")
    with tempfile.TemporaryDirectory(prefix="perfwatch-profile-") as name:
        folder, results = Path(name), Path(name) / "results"
        conf = configuration(config.asv_conf, folder, results)
        here = replace(config, size="all", asv_conf=conf, results_dir=results, runs_dir=folder / "runs")
        run(here, commit, bench=labels.patterns([label]), rerun=True, quiet=True)
        python = _python(conf, results, commit)
        asked = [*(str(python), repeated.__file__), *_benchmark(config, results, label), str(seconds)]
        cores = host.pinned_cores(config.cores)
        out = folder / "sampled"
        variables = asv.environment(cores, select("all"))
        # The commit is installed in its environment; nothing of ours belongs there.
        variables.pop("PYTHONPATH", None)
        # perf sees Python's functions where the interpreter tells it of them, from 3.12 on.
        variables["PYTHONPERFSUPPORT"] = "1"
        done = _ended(profiler.command(out, [*asked, ",".join(map(str, cores[:1]))]), folder, variables)
        folded = profiler.folded(out) if out.exists() else {}
        if not folded:
            said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            # What the benchmark said tells more than the profiler's own report of having ended.
            said = [line for line in said if not line.startswith(("py-spy>", "[ perf"))] or said
            raise HostError(
                f"--profile: {profiler.tool} saw nothing of {label} ({said[-1] if said else done.returncode}); it may "
                "need the right to look into processes (kernel.yama.ptrace_scope, kernel.perf_event_paranoid)"
            )
        return folded


def _ended(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except subprocess.TimeoutExpired as error:
        raise HostError(f"--profile: no end after {_PATIENCE_S:g} s; the benchmark or the profiler hangs") from error


def _python(conf: Path, results: Path, commit: str) -> Path:
    """Return the Python of the environment that the commit is installed in now."""
    for found in tree.discover(results) if results.is_dir() else ():
        if found.kind == "asv-results":
            name = found.path.stem.partition("-")[2]
            folder = asv.environment_folder(conf, name)
            if asv.holds(folder, commit):
                return folder / "bin" / "python"
    raise CommitError(f"{commit[:8]}: not installed in any environment of asv, so there is nothing to profile")


def _benchmark(config: Config, results: Path, label: str) -> list[str]:
    """Return the suite's folder, the benchmark's name and the number of its set of parameters, -1 for none."""
    declared = results / "benchmarks.json"
    name = label.partition("(")[0]
    found = parse_benchmarks(declared.read_bytes(), declared).get(name) if declared.is_file() else None
    if found is None:
        raise UsageError(f"--profile: the suite has no benchmark {name}")
    suite = str(_suite(results))
    if not found.params:
        return [suite, name, "-1"]
    sets = [f"{name}({', '.join(values)})" for values in product(*found.params)]
    if label not in sets:
        raise UsageError(f"--profile: {name} has no such parameters now: {label}")
    return [suite, name, str(sets.index(label))]


def _suite(results: Path) -> Path:
    """Return the folder of the benchmarks, as the configuration written for this run names it."""
    settings = json.loads((results.parent / "asv.conf.json").read_text(encoding="utf-8"))
    return Path(settings["benchmark_dir"])


def of_py_spy(text: str) -> Folded:
    """Return py-spy's raw stacks without what measures the benchmark; stacks without a benchmark are left out."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        measuring = [at for at, frame in enumerate(frames) if _OF_ASV.search(frame)]
        is_measured = any(_MEASURED.search(frame) for frame in frames)
        own = frames[measuring[-1] + 1 :] if is_measured else []
        if own and count.isdigit():
            # A function is the same wherever in it the sample fell.
            found[";".join(_LINE.sub(")", frame) for frame in own)] += int(count)
    return dict(found)


def of_perf(text: str) -> Folded:
    """Return the stacks of `perf script -F comm,ip,sym`; the whole process, since perf knows of no benchmark."""
    found: Counter[str] = Counter()
    for sample in text.split("\n\n"):
        lines = sample.strip("\n").splitlines()
        if len(lines) < 2:
            continue
        # From the leaf to the root; `ffff name`, where no name is known `ffff [unknown]`.
        frames = [line.strip().partition(" ")[2].replace(";", ":") for line in lines[1:] if line.strip()]
        found[";".join([lines[0].strip(), *reversed(frames)])] += 1
    return dict(found)
