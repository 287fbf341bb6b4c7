"""Findings of every kind, as people and programs are to read them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from perfwatch.analysis.changes import Change, Missing
from perfwatch.analysis.check import Check, Place
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.interval import Estimate
from perfwatch.analysis.triage import RERUN
from perfwatch.model import Commit, Event, Failure, SeriesKey, Triage, Verdict

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HEAD = Commit("c0ffee00" * 5, subject="engine: change the fee")
PARENT = Commit("beefbeef" * 5, subject="engine: tidy")


def key(benchmark: str, unit: str = "seconds", kind: str = "time", **params: str) -> SeriesKey:
    return SeriesKey(benchmark, "v", tuple(params.items()), "bench-1", "virtualenv-py3.11", unit, kind)


def place(**fields: object) -> Place:
    plain = {
        "baseline": PARENT,
        "measured": 62,
        "breaks": [],
        "missing": [],
        "changes": [],
        "accepted_from": {"30000x20": (PARENT.hash, False)},
        "run": None,
    }
    return Place("bench-1", "virtualenv-py3.11", **{**plain, **fields})


ECHO = key("echo.time_round_trip", transport="unix", floats="1", affinity="same-core")
SWEEP = key("compute.time_sweep", architecture="in_process", size="30000x20", affinity="one-core")

LATER = datetime(2026, 6, 1, tzinfo=UTC)


def verdict(series: SeriesKey, kind: str, standing: str | None, minimum_detectable: float | None = None) -> Verdict:
    return Verdict(series, HEAD.hash, kind, standing, PARENT.hash, relevant=True, minimum_detectable=minimum_detectable)


def member(series: SeriesKey, ratio: float, family: str) -> dict[str, object]:
    return {"label": series.label, "ratio": ratio, "lower": ratio - 0.004, "upper": ratio + 0.004, "family": family}


APART = replace(
    verdict(key("derived.compute_gap", size="30000x20"), "INCONCLUSIVE", None, 0.02),
    **{"ratio": 1.089, "lower": 1.079, "upper": 1.098, "n_before": 13, "n_after": 3},
)
MANY_QUIET = [verdict(key("x.time_y", case=str(i)), "UNCHANGED", None) for i in range(40)]
REGRESSION = Event(
    "0123456789ab",
    "regression",
    PARENT.hash,
    "bench-1",
    "virtualenv-py3.11",
    "CONFIRMED",
    f"kernel compute: {SWEEP.label} 10.2 % slower and 5 more",
    "kernel compute",
    tuple(member(SWEEP, 1.102 - i / 1000, "kernel compute") for i in range(6)),
    {"environment": {"requirement numba": ["0.61", "0.62"]}},
)
SUSPICION = Event(
    "ba9876543210",
    "regression",
    HEAD.hash,
    "bench-1",
    "virtualenv-py3.11",
    "SUSPECT",
    f"kernel compute: {SWEEP.label} 4.0 % slower",
    "kernel compute",
    (member(SWEEP, 1.04, "kernel compute"),),
)
HOST = Event(
    "5555aaaa5555",
    "host change",
    HEAD.hash,
    "bench-1",
    "virtualenv-py3.11",
    "CONFIRMED",
    "the host became 8.0 % slower (governor: performance → powersave)",
    "host",
    (),
    {"ratio": 1.08, "environment": {"governor": ["performance", "powersave"], "microcode": [None, "0x1"]}},
)

STALE = Event(
    "57a1e57a1e00",
    "stale runner",
    PARENT.hash,
    "bench-2",
    "virtualenv-py3.11",
    "CONFIRMED",
    "bench-2 has measured nothing since 2026-04-27 06:00 UTC, and commits wait",
    facts={
        "machine": "bench-2",
        "last_measured_at": "2026-04-27T06:00:00+00:00",
        "expected_every_s": 86_400.0,
        "waiting": HEAD.hash,
        "waiting_since": "2026-04-27T18:00:00+00:00",
    },
)

GONE = Event(
    "0dead0dead00",
    "vanished benchmark",
    PARENT.hash,
    "bench-1",
    "virtualenv-py3.11",
    "CONFIRMED",
    f"{ECHO.label} vanished",
    moved=({"label": ECHO.label, "ratio": None, "lower": None, "upper": None, "family": None},),
)

FOUND_AGAIN = Triage(
    SUSPICION.id, "accepted", RERUN, NOW, "confirmed: +4.2 % (95 %: +3.1 to +5.3 %) in 5 rounds on bench-1"
)
SITUATIONS = {
    "clean": [place(changes=[Change(ECHO, 5.4e-6, 5.5e-6, Estimate(1.0185, 0.97, 1.07), "same")])],
    "changed_against_the_parent": [
        place(
            changes=[
                Change(SWEEP, 0.100, 0.125, Estimate(1.25, 1.21, 1.29), "slower"),
                Change(ECHO, 5.4e-6, 4.9e-6, Estimate(0.9074, 0.88, 0.93), "faster"),
                Change(key("x.time_y"), 1.0, 1.1, Estimate(1.1, None, None), "unsure"),
            ]
        )
    ],
    "an_architecture_disagrees": [
        place(
            breaks=[
                Break(
                    "DISAGREES",
                    "rust_batch_unix",
                    "30000x20",
                    20,
                    "combination 0 (L=6): PnL -934.1 instead of -1062.2, trades 11,443 instead of 11,443",
                ),
                Break(
                    "DISAGREES",
                    "rust_spawn_stdin",
                    "30000x20",
                    20,
                    "combination 0 (L=6): PnL -934.1 instead of -1062.2, trades 11,443 instead of 11,443",
                ),
            ],
            missing=[
                Missing(ECHO, "skipped", None),
                Missing(ECHO, "skipped", None),
                Missing(
                    SWEEP,
                    "failed",
                    "Traceback (most recent call last):\n  File x\nperfwatch.errors.WrongAnswerError: rust_in_process "
                    "differs at combination 0\nasv: benchmark failed (exit status 1)",
                ),
            ],
        )
    ],
    "two_forms_of_a_rule_differ": [
        place(
            breaks=[
                Break("PARITY", "feed.track_differing(json)", "", 96, "96 bytes of the feed's records differ"),
                Break("PARITY", "feed.track_differing(orjson)", "", 96, "96 bytes of the feed's records differ"),
            ]
        )
    ],
    "the_reference_moved": [
        place(breaks=[Break("MOVED", "reference", "30000x20", 1, "combination 3 (L=18): PnL 1.5 instead of 1.0")])
    ],
    "no_baseline": [place(baseline=None, accepted_from={})],
    "a_commit_that_does_not_build": [
        place(measured=0, accepted_from={}, unbuilt=[Failure("(build)", 1, "Compiling …\nerror: no such field")])
    ],
    "nothing_measured": [],
    "regressed": [
        place(
            verdicts=[verdict(SWEEP, "REGRESSED", "CONFIRMED"), *MANY_QUIET],
            events=[(REGRESSION, None)],
        )
    ],
    "regressed_and_acknowledged": [
        place(
            verdicts=[verdict(SWEEP, "REGRESSED", "CONFIRMED")],
            events=[
                (REGRESSION, Triage(REGRESSION.id, "acknowledged", "ada", NOW, "paid back by #41", "grace", LATER))
            ],
        )
    ],
    "a_benchmark_is_missing": [
        place(
            missing=[Missing(ECHO, "absent", None)],
            verdicts=[verdict(ECHO, "VANISHED", "CONFIRMED"), *MANY_QUIET[:1]],
            events=[(GONE, None)],
        )
    ],
    "a_benchmark_is_gone_for_longer": [
        place(verdicts=[verdict(ECHO, "VANISHED", "CONFIRMED"), *MANY_QUIET[:1]], events=[(GONE, None)])
    ],
    "the_host_changed": [place(verdicts=MANY_QUIET, events=[(HOST, None)])],
    "suspected_and_inconclusive": [
        place(
            verdicts=[verdict(SWEEP, "REGRESSED", "SUSPECT"), verdict(ECHO, "INCONCLUSIVE", None, 0.083), APART],
            events=[(SUSPICION, None)],
        )
    ],
    "suspected_and_found_again": [
        place(
            verdicts=[verdict(SWEEP, "REGRESSED", "SUSPECT"), *MANY_QUIET],
            events=[(SUSPICION, FOUND_AGAIN)],
        )
    ],
}

ALLOWED = Triage(
    REGRESSION.id, "expected", "Ada", NOW, "the new rounding rule, see #12 (Perfwatch-Allow in beefbeefbeef)"
)
OVERRIDDEN = Check(
    HEAD,
    [place(verdicts=[verdict(SWEEP, "REGRESSED", "CONFIRMED"), *MANY_QUIET], events=[(REGRESSION, ALLOWED)])],
    NOW,
    notes=[
        "Perfwatch-Allow in c0ffee00 counts for nothing: an answer that moved is accepted with `perfwatch accept`, "
        "never by its commit"
    ],
)
STRICT = Check(HEAD, SITUATIONS["suspected_and_inconclusive"], NOW, strict=True)
NOTHING_IN_COMMON = Check(
    HEAD, [place(is_comparable=False, verdicts=[verdict(key("x.time_y", case=str(i)), "NEW", None) for i in "ab"])], NOW
)
_WHY = Failure("(missing run)", None, "measured each of the 3 commits before and nothing of this one")
MISSING_RUN = Check(
    HEAD,
    [
        *SITUATIONS["clean"],
        replace(place(measured=0, accepted_from={}, unbuilt=[_WHY]), machine="bench-2"),
    ],
    NOW,
)
SILENT = Check(HEAD, SITUATIONS["clean"], NOW, stale=[(STALE, None)])
# What is more than what was found at each place.
MORE = {
    "overridden": OVERRIDDEN,
    "strict": STRICT,
    "nothing_in_common": NOTHING_IN_COMMON,
    "a_run_is_missing": MISSING_RUN,
    "a_runner_is_silent": SILENT,
}
