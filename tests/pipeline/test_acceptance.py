"""Trees with everything that public ones hold: what is in the store is what an independent scan of the files counts."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perfwatch.cli import run_command
from perfwatch.config import load
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

COLUMNS = [
    *("result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b"),
    *("stats_q_25", "stats_q_75", "number", "repeat", "samples", "profile"),
]
LONG = "np.zeros((1000, 1000))" * 8
AXES: list[list[list[str]]] = [[], [["1", "2", "3"]], [["'a'", "'b'"], ["None", "1.5"]], [[LONG, "'x'"]]]


class Oddities:
    """Writes trees; `rng` decides which of the oddities a file has."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng = folder, np.random.default_rng(seed)

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def value(self, kind: str) -> Any:
        choices = [None, math.nan, math.inf, -math.inf, 0, 0.0, -1.5, 7, 2**60]
        if kind == "track":
            choices += ["text", "", True, False, {"a": [1, None]}, [1, 2], "NaN"]
        if self.chance(0.25):
            return choices[int(self.rng.integers(len(choices)))]
        return float(f"{10 ** self.rng.uniform(-9, 3):.5g}")

    def row(self, kind: str, axes: list[list[str]]) -> list[Any]:
        n = math.prod(len(a) for a in axes)
        if self.chance(0.08):
            n += int(self.rng.integers(1, 3))
        values = [self.value(kind) for _ in range(n)]
        result: Any = None if self.chance(0.05) else values
        if not axes and n == 1 and result is not None and self.chance(0.3) and not isinstance(values[0], list):
            result = values[0]
        row = [result, axes, str(int(self.rng.integers(1, 3)))]
        if self.chance(0.7) and isinstance(result, list):
            bounds = [
                [None if self.chance(0.1) else -math.inf if self.chance(0.1) else 0.5 for _ in values] for _ in "ab"
            ]
            samples = [None if self.chance(0.3) else [0.5] * int(self.rng.integers(0, 4)) for _ in values]
            row += [1_700_000_000_000, 1.5, *bounds, None, None, [1] * n, [2] * n, samples]
        return row

    def results(self) -> dict[str, Any]:
        found = {}
        for i in range(12):
            kind = ["time", "track", "mem", "peakmem"][i % 4]
            axes = [[], [["1", "2", "3"]], [["'a'", "'b'"], ["None", "1.5"]], [[LONG, "'x'"]]][
                int(self.rng.integers(4))
            ]
            found[f"suite.Class.{kind}_{i}"] = self.row(kind, axes)
        return found

    def version_1(self, rows: dict[str, Any]) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for name, (result, axes, *_) in rows.items():
            if not axes and self.chance(0.5):
                entries[name] = result[0] if isinstance(result, list) and len(result) == 1 else result
            else:
                entries[name] = {"result": result, "params": axes}
        return {"version": 1, "results": entries, "benchmark_version": dict.fromkeys(rows, "1")}

    def tree(self, root: str) -> None:
        for machine in ("linux-1", "windows 2022", "macOS"):
            (self.folder / root / machine).mkdir(parents=True)
            if machine != "macOS":
                facts = {"machine": machine, "version": 1} | ({"cpu": "x"} if self.chance(0.5) else {})
                (self.folder / root / machine / "machine.json").write_text(json.dumps(facts))
            for number in range(6):
                for environment in ("virtualenv-py3.11-numpy2", "conda-py3.12"):
                    rows = self.results()
                    body = self.version_1(rows) if self.chance(0.4) else {"version": 2, "results": rows}
                    commit = f"{number:02d}{root}".encode().hex().ljust(40, "0")[:40]
                    document = {
                        "commit_hash": commit, "env_name": environment, "date": 1_700_000_000_000 + number,
                        "params": {"machine": machine}, "python": "3", "requirements": {}, "durations": {},
                        "result_columns": COLUMNS, **body,
                    }  # fmt: skip
                    path = self.folder / root / machine / f"{commit[:8]}-{environment}.json"
                    path.write_text(json.dumps(document))
        if self.chance(0.5):
            declared = {"suite.Class.track_1": {"unit": "items", "type": "track", "version": "1", "params": []}}
            (self.folder / root / "benchmarks.json").write_text(json.dumps({**declared, "version": 2}))


def scanned(folder: Path) -> Counter[str]:
    """Count what lies in the files, with nothing but the json module."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*-*.json"):
        document = json.loads(path.read_text())
        for entry in document["results"].values():
            if document["version"] == 2:
                row = dict(zip(document["result_columns"], entry, strict=False))
            else:
                row = entry if isinstance(entry, dict) and "result" in entry else {"result": entry}
            results, axes = row["result"], row.get("params") or []
            if results is None:
                results = [None] * math.prod(len(a) for a in axes)
            for value in results if isinstance(results, list) else [results]:
                if value is None:
                    found["failed"] += 1
                elif isinstance(value, bool) or not isinstance(value, (int, float)):
                    found["text"] += 1
                elif value != value:
                    found["skipped"] += 1
                else:
                    found["number"] += 1
                    found["infinite"] += math.isinf(value)
            found["timings"] += sum(len(s) for s in row.get("samples") or [] if s)
    return found


def stored(store: str) -> Counter[str]:
    with Reader(parse(store)) as reader:
        [row] = reader.sql(
            "SELECT count(*) FILTER (status = 'failed') AS failed, count(*) FILTER (status = 'skipped') AS skipped, "
            "count(*) FILTER (status = 'ok' AND text IS NOT NULL) AS text, "
            "count(*) FILTER (status = 'ok' AND text IS NULL) AS number, "
            "count(*) FILTER (isinf(value)) AS infinite, coalesce(sum(len(samples)), 0)::BIGINT AS timings "
            "FROM measurements"
        ).to_dict("records")
    return Counter({name: int(n) for name, n in row.items()})


@pytest.mark.parametrize("seed", range(10))
def test_none_is_lost_and_none_invented(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    oddities = Oddities(tmp_path, seed)
    oddities.tree("results")
    oddities.tree("older results")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.json")}
    monkeypatch.chdir(tmp_path)
    assert run_command(["ingest", "results", "older results"]) == 0
    expected = scanned(tmp_path)
    assert stored(load(tmp_path).store) == expected
    assert expected["number"] > 1000
    assert all(n > 0 for n in expected.values())
    assert "kept by their position" in capsys.readouterr().out
    # Nothing is written into a results folder.
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.json")} == before
    assert run_command(["ingest", "results", "older results", "--verify"]) == 0
    assert stored(load(tmp_path).store) == expected
