"""What people read from `perfwatch calibrate`, held as a golden in tests/expected/."""

from __future__ import annotations

import json
from pathlib import Path

from situations import ECHO, HEAD, SWEEP, key

from perfwatch.analysis.calibration import Forecast, SeriesNoise
from perfwatch.pipeline.calibrate import Calibrated
from perfwatch.report import calibrate as say

EXPECTED = Path(__file__).parent.parent / "expected"
NOISE = [
    SeriesNoise(ECHO, 10, 0.031, 0.12, 0.081),
    SeriesNoise(SWEEP, 10, 0.004, -0.05, 0.0105),
    SeriesNoise(key("x.time_y"), 2, None, None, None),
]


def calibrated(noise: list[SeriesNoise], forecast: Forecast | None) -> Calibrated:
    return Calibrated(HEAD, "bench-1", 10, False, 100, noise, forecast, 0.03)


def test_a_calibration_reads_as_expected() -> None:
    many = [SeriesNoise(key("x.time_y", case=str(i)), 10, 0.01, 0.0, 0.02) for i in range(50)]
    shown = "\n\n".join(
        [
            say.text(calibrated(NOISE, Forecast(0.05, 0.4, 0.2, 0.7))),
            say.text(calibrated(NOISE[2:], None)),
            say.text(calibrated(many, Forecast(0.0, 0.0, 0.0, 0.1))).splitlines()[-1],
        ]
    )
    assert shown + "\n" == (EXPECTED / "calibrate.txt").read_text(encoding="utf-8")


def test_the_json_is_json_and_missing_stays_missing() -> None:
    document = json.loads(json.dumps(say.as_json(calibrated(NOISE, None)), allow_nan=False))
    assert document["schema"] == "perfwatch.calibrate/1"
    assert document["forecast"] is None
    assert document["series"][2]["noise"] is None
