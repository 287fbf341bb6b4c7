"""The action's mode commit with its store in an artefact: what one run uploads, the next one begins with."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from github_artefacts import artefacts_listening


def test_the_next_run_finds_its_baseline_in_the_artefact_of_the_first(toy: Any, job: Callable[..., Any]) -> None:
    inputs = {"INPUT_STORE": "artefact:perfwatch-store", "INPUT_TOKEN": "actions-token"}
    with artefacts_listening() as github:
        for value, verdict, baseline in ((1, 5, "nothing to compare with"), (2, 0, "against")):
            toy.commit(value)
            run = job(f"run-{value}", GITHUB_API_URL=github.url)
            report = run.temp / "report.json"
            report.write_text(json.dumps([{"name": "weight", "unit": "bytes", "value": value}]))
            restored = run.step("commit.sh", "restore", **inputs)
            assert restored.returncode == 0, restored.stderr
            assert run.output("artefact") == "perfwatch-store"
            judged = run.step("commit.sh", "judge", INPUT_RESULTS=str(report), **inputs)
            assert judged.returncode == verdict, judged.stdout + judged.stderr
            assert baseline in judged.stdout
            github.upload("perfwatch-store", packed(Path(run.output("file"))))
        assert github.carried == []


def packed(file: Path) -> bytes:
    """Return the archive that actions/upload-artifact makes of one file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(file, file.name)
    return made.getvalue()
