"""Re-runs of every outcome."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from situations import ECHO, HEAD, NOW, PARENT, REGRESSION, SUSPICION, SWEEP

from perfwatch.analysis import rerun, sequential
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.rerun import Rerun
from perfwatch.analysis.sequential import Decided
from perfwatch.analysis.settings import Settings
from perfwatch.model import Commit, Failure, Triage

BETWEEN = Commit("abcdef01" * 5, subject="engine: in between", author="Grace")
MOST = 6


def rows(n: int = 5, **ratios: float) -> list[Decided]:
    """Return what is decided of the sweep and the echo, by how much each moved, after `n` rounds of little noise."""
    rng = np.random.default_rng(1)
    levels = {SWEEP: 0.1, ECHO: 5e-6}
    named = {"sweep": SWEEP, "echo": ECHO}

    def turns(level: float) -> list[float]:
        return list(level * np.exp(rng.normal(0, 0.004, n)))

    before = {named[name]: turns(levels[named[name]]) for name in ratios}
    after = {named[name]: turns(levels[named[name]] * ratio) for name, ratio in ratios.items()}
    return sequential.decide(before, after, Settings(), most=MOST)


def kept(found: Rerun) -> Rerun:
    return replace(found, word=rerun.word_of(found, NOW))


PLAIN = Rerun(REGRESSION, None, PARENT, HEAD, [HEAD], "bench-1", 5, MOST)
ADA = Triage(REGRESSION.id, "acknowledged", "ada", NOW, "paid back by #41")
RERUNS = {
    "confirmed": [kept(replace(PLAIN, rows=rows(sweep=1.102, echo=1.0), left_out=4))],
    "confirmed_across_a_gap": [kept(replace(PLAIN, rows=rows(sweep=1.102), gap=[BETWEEN, BETWEEN, HEAD]))],
    "not_confirmed": [kept(replace(PLAIN, rows=rows(sweep=1.001, echo=0.9)))],
    "not_there_but_around_it": [
        kept(
            replace(
                PLAIN,
                before=PARENT,
                rows=rows(sweep=1.102),
                gap=[BETWEEN, BETWEEN, HEAD],
                alone=replace(PLAIN, before=BETWEEN, rows=rows(sweep=1.001)),
            )
        )
    ],
    "undecided": [kept(replace(PLAIN, event=SUSPICION, rows=rows(6, sweep=1.029), rounds=6))],
    "on_another_machine": [kept(replace(PLAIN, machine="laptop", rows=rows(sweep=1.0)))],
    "a_person_has_spoken": [kept(replace(PLAIN, spoken=ADA, rows=rows(sweep=1.102)))],
    "a_commit_alone": [replace(PLAIN, event=None, rows=rows(sweep=1.0, echo=0.8))],
    "answers_differ": [
        kept(
            replace(
                PLAIN,
                rounds=1,
                rows=rows(1, sweep=1.102),
                breaks=[
                    Break("DISAGREES", "rust_batch_unix", "30000x20", 20, "combination 0 (L=6): PnL 1 instead of 2")
                ],
            )
        )
    ],
    "a_side_failed": [
        kept(replace(PLAIN, rounds=1, failures=[(HEAD.hash, Failure("(build)", 1, "error: no such field\n"))]))
    ],
    "out_of_time": [kept(replace(PLAIN, rounds=3, rows=rows(3, sweep=1.06), is_out_of_time=True))],
}
