"""What the scheduled workflow does, played through: fresh clones that share only the state folder."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perfwatch import errors
from perfwatch.analysis.triage import RERUN
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

SCRIPT = Path(__file__).parent.parent.parent / ".github" / "scripts" / "nightly.sh"


def night(job: Any, state: Path) -> subprocess.CompletedProcess[str]:
    """Call the script as the Makefile's target does."""
    asked = {"STATE_DIR": str(state), "COMMITS": "3", "SIZE": "full", "BENCH": ".", "BUDGET": "60"}
    command = ["sh", str(SCRIPT)]
    return subprocess.run(
        command, cwd=job.checkout, env=job.variables | asked, capture_output=True, text=True, check=False
    )


def as_measured(state: Path, known: str, hashes: list[str]) -> None:
    """Write what was measured of one commit as that of others, a little off: a history without the time it takes."""
    (result,) = (state / "results").glob(f"*/{known[:8]}-*.json")
    text = result.read_text()
    for at, commit in enumerate(hashes):
        document = json.loads(text) | {"commit_hash": commit}
        document["results"]["suite.track_weight"][0] = [100 + 0.3 * (7 * at % 5)]
        (result.parent / result.name.replace(known[:8], commit[:8])).write_text(json.dumps(document))


def test_what_is_lacking_is_measured_and_what_is_suspected_is_measured_again_and_kept(
    toy: Any, job: Callable[..., Any], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    past, heavier = [toy.commit(100) for _ in range(40)], [toy.commit(150) for _ in range(2)]
    first = night(job("first", GITHUB_ACTIONS=""), state)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "measured 3 commits" in first.stdout
    assert "nothing is suspected" in first.stdout

    as_measured(state, past[-1], past[:-1])
    toy.commit(150)
    second = night(job("second", GITHUB_ACTIONS=""), state)
    assert "measured 1 commit on" in second.stdout, second.stdout + second.stderr
    assert "measured before, left as they are: 2 commits" in second.stdout
    assert "CONFIRMED  suite.track_weight" in second.stdout
    assert f"{past[-1][:8]} weighs 100 → {heavier[0][:8]} weighs 150" in second.stdout
    assert second.returncode == errors.EXIT_REGRESSION, second.stdout + second.stderr
    with Reader(parse(str(state / "perfwatch.duckdb"))) as reader:
        ((event, word),) = reader.events()
        assert word is not None
        assert (event.kind, event.standing, word.author, word.state) == ("regression", "SUSPECT", RERUN, "accepted")
