"""What people read from `perfwatch compare`, held as a golden in tests/expected/."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from situations import HEAD, PARENT, SWEEP, key

from perfwatch.analysis.compare import compare
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.settings import Settings
from perfwatch.model import Measurement
from perfwatch.pipeline.compare import Comparison
from perfwatch.report import compare as say

EXPECTED = Path(__file__).parent.parent / "expected"
GONE = key("gone.time_it")
BROKEN = [Break("DISAGREES", name, "30000x20", 20, "combination 0 (L=6)") for name in ("rust_a", "rust_b")]


def comparison(**more: object) -> Comparison:
    rng = np.random.default_rng(1)

    def timed(series, seconds: float) -> Measurement:  # type: ignore[no-untyped-def]
        samples = tuple(seconds * np.exp(0.01 * rng.standard_normal(10)))
        return Measurement(series, "c", "ok", value=float(np.median(samples)), samples=samples)

    steady = key("encodings.time_encode", encoding="raw")
    before = [timed(SWEEP, 0.1), timed(steady, 2e-5), timed(GONE, 1.0), Measurement(key("x.time_y"), "c", "skipped")]
    after = [timed(SWEEP, 0.25), timed(steady, 2e-5), Measurement(GONE, "c", "failed")]
    fields = {"breaks": [], "answers": 1, "controls": {"compute": 1.001, "echo": 0.98}}
    rows = compare(before, after, Settings())
    return Comparison(PARENT, HEAD, "bench-1", "virtualenv-py3.11", rows=rows, **{**fields, **more})


def test_a_comparison_reads_as_expected() -> None:
    shown = "\n\n".join(
        [
            say.text([comparison()]),
            say.text([comparison(breaks=BROKEN, controls={})], only_changed=True),
            say.text([comparison(answers=0)], interleaved=True, only_changed=True),
        ]
    )
    assert shown + "\n" == (EXPECTED / "compare.txt").read_text(encoding="utf-8")


def test_the_json_is_json_and_names_its_schema() -> None:
    document = json.loads(json.dumps(say.as_json([comparison(breaks=BROKEN)]), allow_nan=False))
    assert document["schema"] == "perfwatch.compare/1"
    (sides,) = document["comparisons"]
    assert sides["after"] == HEAD.hash
    assert {row["mark"] for row in sides["series"]} == {"+", " ", "!"}
