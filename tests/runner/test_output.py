"""What asv prints is read back: by logs of real runs, and by asv's own way of printing fed with anything."""

from __future__ import annotations

import contextlib
import io
import logging
import textwrap
from pathlib import Path

import pytest
from asv_runner.console import Log
from hypothesis import given
from hypothesis import strategies as st

from perfwatch.runner.output import BUILD, SUITE, Listener, Position, entries, read, tell, trimmed, trimmed_sections

LOGS = Path(__file__).parent / "logs"
ENVIRONMENT = "virtualenv-py3.11"


def test_a_real_log_gives_each_failure_once_with_its_environment() -> None:
    told = tell(read(LOGS / "failures.log"))
    assert told.environments == (ENVIRONMENT,)
    assert [(where, f.benchmark, f.exit_code) for where, f in told.failures] == [
        (ENVIRONMENT, "compute.Cached.track_cached", 1),
        (ENVIRONMENT, "compute.time_work", 1),
        (ENVIRONMENT, "compute.track_all", 7),
    ]
    cached, raised, died = (f.stderr for _, f in told.failures)
    assert cached.splitlines()[0] == "Traceback (most recent call last):"
    assert cached.splitlines()[-3:] == ["RuntimeError: cache broken", "", "asv: setup_cache failed (exit status 1)"]
    assert raised.splitlines()[:4] == ["For parameters: '10x1', 'bad'", "going", "", "  [ 50.00%] ··· fake.line  ok"]
    assert died == "dying\nasv: benchmark failed (exit status 7)"
    assert not told.unbuilt


def test_a_real_log_of_a_commit_that_does_not_build_gives_the_build_s_own_words() -> None:
    told = tell(read(LOGS / "does_not_build.log"))
    assert told.unbuilt
    ((where, failure),) = told.failures
    assert (where, failure.benchmark, failure.exit_code) == (ENVIRONMENT, BUILD, 2)
    assert failure.stderr.endswith("tomllib.TOMLDecodeError: Invalid value (at end of document)")


def test_a_commit_skipped_because_it_does_not_build_is_one_failure() -> None:
    told = tell(
        "·· Building for conda-py3.12\n"
        "··· Error running /p/benchmarks/build_wheel a b c (exit status 101)\n"
        "    STDERR -------->\n"
        "    error: no field `fee`\n"
        "[25.00%] ·· Skipping conda-py3.12\n"
        "[25.00%] ··· echo.time_one skipped\n"
        "[50.00%] ··· echo.time_two skipped\n"
    )
    ((where, failure),) = told.failures
    assert (where, failure.benchmark, failure.exit_code) == ("conda-py3.12", BUILD, 101)
    assert failure.stderr.endswith("error: no field `fee`")


def test_a_suite_that_cannot_be_imported_is_told_from_a_build() -> None:
    told = tell(
        "·· Error running /e/bin/python /v/asv/benchmark.py discover /p/benchmarks /tmp/r.json (exit status 1)\n"
        "   STDERR -------->\n"
        "   ImportError: nothing of that name\n"
        "·· Failed to build the project and import the benchmark suite.\n"
    )
    ((_, failure),) = told.failures
    assert (failure.benchmark, failure.exit_code) == (SUITE, 1)


def test_a_log_cut_short_gives_what_it_holds() -> None:
    whole = read(LOGS / "failures.log")
    complete = {f.benchmark for _, f in tell(whole).failures}
    for end in range(0, len(whole), 97):
        assert {f.benchmark for _, f in tell(whole[:end]).failures} <= complete


def test_failures_of_two_environments_stay_apart() -> None:
    told = tell(
        "[ 0.00%] ·· Benchmarking one-py3.11\n[25.00%] ··· a.track    failed\n[25.00%] ···· first\n"
        "[50.00%] ·· Benchmarking two-py3.12\n[75.00%] ··· a.track    failed\n[75.00%] ···· second\n"
    )
    assert [(where, f.stderr) for where, f in told.failures] == [("one-py3.11", "first"), ("two-py3.12", "second")]


def as_asv_prints(name: str, said: str, stderr: str) -> str:
    """Return what asv's own log makes of one failed benchmark, its heads and indentation included."""
    log, out = Log(), io.StringIO()
    log._logger = logging.Logger("asv", logging.INFO)
    handler = logging.StreamHandler()
    handler.emit = log._stream_formatter  # type: ignore[method-assign]
    log._logger.addHandler(handler)
    log.set_nitems(3)
    with contextlib.redirect_stdout(out), log.indent(), log.indent():
        log.step()
        log.info(name, reserve_space=True)
        log.add(f"    {said}")
        with log.indent():
            log.error(stderr)
        log.step()
        log.info("suite.track_after", reserve_space=True)
        log.add("    1")
    return out.getvalue()


# What a program may print, the heads of asv's own log among it.
_PRINTED = st.text(st.sampled_from("ab \n\t\r[]%·=.0\x1b\u2028"), min_size=1, max_size=60)


@given(_PRINTED)
def test_nothing_a_benchmark_prints_passes_for_asv_s_own_words(printed: str) -> None:
    told = tell(as_asv_prints("suite.track_it", "failed", printed))
    ((_, failure),) = told.failures
    assert failure.benchmark == "suite.track_it"
    first, *rest = printed.split("\n", 1)
    # asv takes the common indentation off all but the first line itself.
    kept = "\n".join([first.rstrip(), *(textwrap.dedent(r) for r in rest)])
    assert failure.stderr == kept.rstrip()


def test_an_entry_knows_its_depth_and_percentage() -> None:
    found = list(entries("before\n· one\n[12.50%] ··· two\n             more\n"))
    assert [(e.percent, e.depth, e.text, e.more) for e in found] == [
        (None, 1, "one", []),
        (12.5, 3, "two", ["more", ""]),
    ]


def test_long_stderr_keeps_its_start_and_its_end() -> None:
    text = "start " + "x" * 20_000 + " end"
    short = trimmed(text, 1_000)
    assert short.startswith("start ")
    assert short.endswith(" end")
    assert "19010 characters left out" in short
    assert trimmed("short", 1_000) == "short"


def test_of_several_failed_parameters_each_keeps_its_own_end() -> None:
    parts = [f"For parameters: {n}\n{'x' * 9_000}\nValueError: {n}" for n in range(3)]
    text = "\n\n".join(parts)
    short = trimmed_sections(text)
    assert short.startswith("For parameters: 0\n")
    assert [f"ValueError: {n}" in short for n in range(3)] == [True] * 3
    assert len(short) < 8_000
    assert trimmed_sections(parts[0][:100]) == parts[0][:100]


def test_the_listener_says_where_asv_is_before_a_line_is_whole() -> None:
    listener = Listener()
    assert listener.heard("· Creating environ") == Position(0.0, "Creating environ")
    assert listener.heard("ments\n· Running 4 total benchmarks (1 commits)\n").doing == "Creating environments"
    assert listener.heard("[12.50%] ··· Running (a.time_one--)..") == Position(0.25, "first round")
    assert listener.heard("\n[62.50%] ··· a.time_one") == Position(0.5, "a.time_one")
    assert listener.heard("    3.0ms\n") == Position(0.625, "a.time_one")


@pytest.mark.parametrize("log", ["failures.log", "does_not_build.log"])
def test_the_listener_never_goes_backwards(log: str) -> None:
    listener, last = Listener(), 0.0
    text = read(LOGS / log)
    for start in range(0, len(text), 50):
        now = listener.heard(text[start : start + 50]).fraction
        assert last <= now <= 1
        last = now
