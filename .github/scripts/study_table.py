"""Write the study's tables, with the newest full-size run of the store beside them, into README.md.

.venv/bin/python .github/scripts/study_table.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from perfwatch.config import load
from perfwatch.model import Run
from perfwatch.report import study
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

README = Path(__file__).parent.parent.parent / "README.md"
BEGIN, END = "<!-- study:begin -->", "<!-- study:end -->"


def main() -> int:
    """Return the exit code: 5 where the store holds no full-size run."""
    with Reader(parse(load().store)) as reader:
        run = next((r for r in reader.runs() if study.FULL in r.selection.get("sizes", [])), None)
        if run is None:
            print(
                "study_table: no full-size run in the store; call `perfwatch run` and `perfwatch ingest`",
                file=sys.stderr,
            )
            return 5
        measurements = reader.measurements(run.commit, run.machine, run.environment)
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    text = f"{before}{BEGIN}\n{_heading(run)}\n\n{study.markdown(measurements, 'same-core')}{END}{after}"
    README.write_text(text, encoding="utf-8")
    return 0


def _heading(run: Run) -> str:
    host = run.host
    facts = [
        ("CPU", host.get("cpu_model")),
        ("cores:", host.get("logical_cores")),
        ("Linux", host.get("kernel")),
        ("Python", host.get("python")),
        ("measured on", run.started_at.date()),
        ("at commit", run.commit[:8]),
    ]
    return (
        "The study: Apple M2 Max, medians of 10. Here: "
        + study.host_line(facts)
        + ", client and engine on one core, medians of 10 samples or more, each series checked for the right answer "
        "before its time counted. Only the ratios are comparable."
    )


if __name__ == "__main__":
    sys.exit(main())
