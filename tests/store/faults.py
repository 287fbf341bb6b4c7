"""Programs that load and read a store in a process of their own, to be killed or run side by side."""

from __future__ import annotations

import os
import subprocess
import sys

N_LOADS = int(os.environ.get("SOAK_LOADS", "8"))
SOAK_S = float(os.environ.get("SOAK_S", "5"))

LOAD = """
import sys
from pathlib import Path
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer
store, root, batch = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
print("begun", flush=True)
with Writer(parse(store), wait_s=120) as writer:
    writer.load(root / "results", root / "runs", batch_points=batch, progress=lambda *_: print("file", flush=True))
    print("loaded", flush=True)
print("published", flush=True)
"""
# The largest file that may be written, as a disk that is full so far; then as above.
FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
from perfwatch.cli import run_command
sys.exit(run_command(["ingest", sys.argv[2], "--store", sys.argv[1]]))
"""
INGESTER = """
import json, sys, time
from pathlib import Path
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer
store, root, name, end = sys.argv[1], Path(sys.argv[2]), sys.argv[3], time.monotonic() + float(sys.argv[4])
number = 0
while time.monotonic() < end:
    number += 1
    commit = f"{name}{number:07x}" * 5
    document = {
        "commit_hash": commit, "env_name": "py", "date": 1_700_000_000_000 + number, "params": {"machine": "m" + name},
        "python": "3", "requirements": {}, "env_vars": {}, "result_columns": ["result", "params", "version"],
        "results": {"a.time_it": [[float(number), None], [["1", "2"]], "1"]}, "durations": {}, "version": 2,
    }
    folder = root / "results" / ("m" + name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{commit[:8]}-py.json").write_text(json.dumps(document))
    with Writer(parse(store), wait_s=600) as writer:
        assert writer.load(root / "results").loaded == 1
print(number)
"""
READER = """
import sys, time
from perfwatch.errors import NothingToCompareError
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader
end, questions, most = time.monotonic() + float(sys.argv[2]), 0, 0
while time.monotonic() < end or not questions:
    try:
        with Reader(parse(sys.argv[1])) as reader:
            commits = reader.measured_commits()
            newest = [row for place in reader.places() for row in reader.newest(*place)]
            frame = reader.history([row.series_id for row in newest])
    except NothingToCompareError:
        continue  # nothing was loaded yet
    # One state of the store, whatever is loaded meanwhile, and never an older one than before.
    assert set(frame["commit_hash"]) == commits
    assert sum(row.n for row in newest) == (frame["status"] == "ok").sum()
    assert len(commits) >= most
    questions, most = questions + 1, len(commits)
print(questions)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
