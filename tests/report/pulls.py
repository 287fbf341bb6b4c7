"""Pull requests of every kind, as people and programs are to read them."""

from __future__ import annotations

from dataclasses import replace

from perfwatch.analysis.affected import Choice
from perfwatch.analysis.equivalence import Break
from perfwatch.analysis.pull import Allowed, Pull, Revision, Row, Unbuilt

ENVIRONMENT = "virtualenv-py3.11"
BASE = Revision("beefbeef" * 5, "engine: tidy", "main")
HEAD = Revision("c0ffee00" * 5, "engine: sum in one pass", "my-branch")
RULES = Choice(
    "rules",
    ("^compute[.]", "^echo[.]", "^equivalence\\."),
    ("^compute[.], ^echo[.]: engine/src/kernel.rs and 1 more changed",),
    3,
)
DETAIL = "combination 0 (L=6): PnL -934.1 instead of -1062.2, trades 11,443 instead of 11,443"


def row(benchmark: str, word: str, ratio: float, half: float = 0.012, *params: tuple[str, str], **more: object) -> Row:
    """Return a timing at both commits, one millisecond before."""
    fields = {
        "unit": "seconds",
        "kind": "time",
        "before": 1e-3,
        "after": ratio * 1e-3,
        "ratio": ratio,
        "lower": ratio - half,
        "upper": ratio + half,
        "p_value": 2e-5 if word in ("worse", "better") else 0.4,
        "scatter": half / 1.5,
        "minimum_detectable": 0.03 + half,
        "n_before": 8,
        "n_after": 8,
        **more,
    }
    return Row(benchmark, params, environment=ENVIRONMENT, word=word, **fields)


SIZE = ("size", "30000x20")
SWEEP = (("architecture", "rust_in_process"), SIZE, ("affinity", "one-core"))
GAP = row("derived.compute_gap", "same", 1.004, 0.008, SIZE, unit="ratio", kind="derived", before=0.62, after=0.6225)
FLOOR = row(
    "derived.boundary_floor",
    "same",
    0.993,
    0.015,
    ("affinity", "same-core"),
    ("transport", "unix"),
    kind="derived",
    before=5.4e-6,
    after=5.36e-6,
)
ECHO = row("echo.time_round_trip", "same", 0.997, 0.014, ("transport", "unix"), ("floats", "1"))
KERNEL = row("compute.time_sweep", "same", 1.004, 0.010, *SWEEP)
LINES = Row(
    "x.track_lines", (), "items", "track", ENVIRONMENT, "same", 120.0, 120.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 3, 3, True
)

CLEAN = Pull(
    project="perfwatch",
    base=BASE,
    head=HEAD,
    is_merge_base=True,
    tool="perfwatch 0.1.0, asv 0.6.5",
    choice=RULES,
    machine="bench-1",
    size="30000x20",
    host={"cpu_model": "AMD EPYC 7B13", "cores": "0, 1", "kernel": "6.8.0", "governor": "performance"},
    rounds=4,
    most=8,
    ended="decided",
    elapsed_s=1130.0,
    rows=(GAP, KERNEL, FLOOR, ECHO, LINES),
    answers=2,
    controls={"compute": 1.002, "echo": 0.994},
    artefacts={"python": True, "numba": True, "engine": False},
    suite_of="head",
)


def worse(ratio: float = 1.123) -> tuple[Row, ...]:
    """Return rows of a kernel that got slower, and what is derived of it."""
    return (
        replace(KERNEL, word="worse", ratio=ratio, after=ratio * 1e-3, lower=ratio - 0.01, upper=ratio + 0.011),
        replace(GAP, word="worse", ratio=ratio - 0.01, after=0.62 * (ratio - 0.01), lower=ratio - 0.02, upper=ratio),
    )


BETTER = (
    replace(KERNEL, word="better", ratio=0.71, after=0.71e-3, lower=0.70, upper=0.72),
    replace(GAP, word="better", ratio=0.713, after=0.442, lower=0.701, upper=0.725),
)
UNSURE = (
    row("feed.time_live", "unsure", 1.021, 0.09, ("decoder", "json"), minimum_detectable=0.131),
    row("spawn.time_start", "unsure", 0.98, 0.2, minimum_detectable=None),
)
BROKEN = tuple(Break("DISAGREES", a, "30000x20", 20, DETAIL) for a in ("rust_batch_unix", "rust_in_process"))
EVIL = "a`b|c</details><script>alert(1)</script> @team #1 [x](javascript:x)\n\n# big ]] --> <!-- ::error::x"

PULLS = {
    "clean": CLEAN,
    "regression": replace(CLEAN, rounds=8, ended="all taken", rows=(*worse(), UNSURE[0], FLOOR, ECHO, LINES)),
    "improvement": replace(CLEAN, rounds=6, rows=(*BETTER, FLOOR, ECHO, LINES)),
    "a_faster_kernel_that_changes_an_answer": replace(
        CLEAN, rounds=1, ended="equivalence", rows=(*BETTER, FLOOR, ECHO), breaks=BROKEN
    ),
    "the_reference_moved_and_base_was_broken": replace(
        CLEAN,
        rounds=1,
        ended="equivalence",
        rows=(),
        breaks=(BROKEN[0], Break("MOVED", "reference", "30000x20", 1, "combination 3 (L=18): PnL 1.5 instead of 1.0")),
        breaks_before=(BROKEN[0],),
    ),
    "inconclusive": replace(CLEAN, rounds=8, ended="all taken", rows=(*UNSURE, GAP, KERNEL, FLOOR, ECHO), strict=True),
    "not_built": replace(
        CLEAN,
        rounds=1,
        ended="not built",
        rows=(),
        answers=0,
        artefacts={},
        unbuilt=(Unbuilt("head", "(build)", "error[E0425]: cannot find value `fee` in this scope"),),
    ),
    "a_benchmark_fails_at_head": replace(
        CLEAN,
        rows=(
            replace(
                KERNEL,
                word="failed",
                before=None,
                after=None,
                ratio=None,
                lower=None,
                upper=None,
                p_value=None,
                scatter=None,
                minimum_detectable=None,
                n_before=0,
                n_after=0,
                error="perfwatch.errors.WrongAnswerError: rust_in_process differs at combination 0",
            ),
            GAP,
            FLOOR,
            ECHO,
        ),
    ),
    "nothing_comparable": replace(CLEAN, rows=(), answers=0, rounds=3, artefacts={}),
    "only_documentation_changed": Pull(
        project="perfwatch",
        base=BASE,
        head=replace(HEAD, subject="docs: what a socket costs"),
        is_merge_base=True,
        tool="perfwatch 0.1.0, asv 0.6.5",
        choice=Choice(
            "nothing",
            (),
            (
                "only files changed that are not measured: README.md and 1 more",
                "by the project's own rule, ignored = ['*.md']",
            ),
            2,
        ),
    ),
    "allowed_to_get_worse": replace(
        CLEAN,
        rounds=8,
        ended="all taken",
        rows=(*(replace(r, is_allowed=True) for r in worse()), FLOOR, ECHO),
        allowed=(Allowed("the checks are worth it, see the design note", "a trailer of c0ffee00"),),
    ),
    "built_to_the_same": replace(
        CLEAN, rows=(*worse(1.06), FLOOR, ECHO), artefacts={"python": True, "numba": True, "engine": True}
    ),
    "stopped_and_suite_changed": replace(
        CLEAN,
        rounds=3,
        ended="interrupted",
        suite_files=("benchmarks/compute.py",),
        suite_of="base",
        warnings=("the machine is busy: load 3.10 on 2 cores; stop what else is running",),
    ),
    "hostile_names_of_a_fork": replace(
        CLEAN,
        base=replace(BASE, subject=EVIL, named=EVIL),
        head=replace(HEAD, subject=EVIL, named=EVIL),
        machine=EVIL,
        host={"cpu_model": EVIL},
        warnings=(EVIL,),
        suite_files=(EVIL,),
        controls={EVIL: 1.0},
        artefacts={EVIL: False},
        choice=Choice("asked", (EVIL,), (EVIL,), 1),
        rows=(
            replace(KERNEL, benchmark=EVIL, params=((EVIL, EVIL),), unit=EVIL, word="worse"),
            replace(GAP, benchmark=f"derived.{EVIL}", word="worse"),
            replace(ECHO, benchmark=EVIL, word="failed", error=EVIL),
            replace(UNSURE[0], benchmark=EVIL),
        ),
        breaks=(Break("DISAGREES", EVIL, EVIL, 1, EVIL), Break("PARITY", EVIL, "", 1, EVIL)),
        unbuilt=(Unbuilt("head", EVIL, EVIL),),
        allowed=(Allowed(EVIL, EVIL),),
    ),
}
