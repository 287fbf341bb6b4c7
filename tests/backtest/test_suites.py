"""The asv suites as asv sees them: names, parameters and units, and what an older package does to them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SIZES = ["30000x20", "150000x80"]
ENGINE_ARCHITECTURES = ["rust_batch_unix", "rust_batch_unchecked", "rust_chatty_unix", "rust_spawn_stdin"]
IN_PROCESS_ARCHITECTURES = ["in_process", "rust_in_process", "rust_in_process_unchecked"]
KERNELS = [
    "numba_blocked",
    "numba_prefix",
    "numba_certified",
    "rust_plain",
    "rust_across",
    "rust_prefix",
    "rust_certified",
]
DEPLOYED = ["rust_batch_json", "rust_certified_batch_json", "rust_spawn_each"]
SESSIONS = ["rust_session_unix", "rust_certified_batch_unix"]
SESSIONS_IN_MEMORY = ["rust_session_memory", "rust_certified_session_memory"]
KERNELS_ON_CORES = ["rust_prefix_cores", "rust_certified_cores"]
ENCODINGS = ["raw", "pickle", "json", "memoryview", "astype", "pickle_out_of_band", "orjson", "msgspec", "msgpack"]
ENCODINGS += ["arrow", "protobuf"]
WITHIN, BOTH = ["one-core"], ["same-core", "two-cores"]
FLOATS = [1, 100, 1_000, 10_000, 30_000, 100_000, 150_000]
FINGERPRINT = [
    [
        "reference",
        *IN_PROCESS_ARCHITECTURES,
        *ENGINE_ARCHITECTURES,
        *KERNELS,
        *KERNELS_ON_CORES,
        *SESSIONS,
        *SESSIONS_IN_MEMORY,
        *DEPLOYED,
        "rust_chatty_json",
    ],
    SIZES,
]

EXPECTED: dict[str, tuple[list[str], list[list[Any]], str]] = {
    "compute.time_sweep": (["architecture", "size", "affinity"], [IN_PROCESS_ARCHITECTURES, SIZES, WITHIN], "seconds"),
    "kernels.time_sweep": (["kernel", "size", "affinity"], [KERNELS, SIZES, WITHIN], "seconds"),
    "kernels.time_sweep_on_both_cores": (
        ["kernel", "size", "affinity"],
        [KERNELS_ON_CORES, SIZES, ["both-cores"]],
        "seconds",
    ),
    "kernels.track_register": ([], [], "bits"),
    "sessions.time_sweep": (["architecture", "size", "affinity"], [SESSIONS, SIZES, BOTH], "seconds"),
    "sessions.time_sweep_in_memory": (
        ["architecture", "size", "affinity"],
        [SESSIONS_IN_MEMORY, SIZES, ["two-cores"]],
        "seconds",
    ),
    "sessions.time_call": (["affinity"], [BOTH], "seconds"),
    "sessions.time_call_in_memory": (
        ["client", "wait", "affinity"],
        [["extension", "python"], ["spin", "hybrid", "futex"], ["two-cores"]],
        "seconds",
    ),
    "deployed.time_sweep": (["architecture", "size", "affinity"], [DEPLOYED, SIZES, BOTH], "seconds"),
    "deployed.time_chatty_sweep": (
        ["architecture", "size", "affinity"],
        [["rust_chatty_json"], SIZES[:1], BOTH],
        "seconds",
    ),
    "deployed.time_bars": (["boundary", "bars", "affinity"], [["batch_unix", "batch_json"], [1_000], BOTH], "seconds"),
    "flight.time_round_trip": (["floats", "affinity"], [[1, 10_000, 150_000], BOTH], "seconds"),
    "feed.time_records": (["way"], [["json", "orjson", "msgspec", "engine"]], "seconds"),
    "features.time_ticks": (["way"], [["pandas", "numpy", "numba", "engine"]], "seconds"),
    "features.time_cycle": (["way"], [["pandas", "numpy", "numba", "engine"]], "seconds"),
    "features.track_disagreeing": (["way"], [["pandas", "numpy", "numba", "engine"]], "features"),
    "features.track_latency": (["share"], [[0.5, 0.99, 0.999, 1.0]], "seconds"),
    "features.track_growth": ([], [], "bytes"),
    "features.track_late": ([], [], "signals"),
    "feed.time_live": (["way", "affinity"], [["json", "orjson", "msgspec", "engine"], ["two-cores"]], "seconds"),
    "feed.track_brain": (["way", "affinity"], [["json", "orjson", "msgspec", "engine"], ["two-cores"]], "seconds"),
    "feed.track_differing": (["way"], [["json", "orjson", "msgspec", "engine"]], "bytes"),
    "ticks.time_stream": (["way", "affinity"], [["packed", "extension", "batched"], ["two-cores"]], "seconds"),
    "ticks.track_age": (
        ["way", "share", "affinity"],
        [["packed", "extension", "batched"], [0.5, 0.99, 0.999, 1.0], ["two-cores"]],
        "seconds",
    ),
    "ticks.track_ages": (["way", "affinity"], [["packed", "extension", "batched"], ["two-cores"]], "ticks"),
    "sessions.time_study_round_trip": (["floats", "affinity"], [[1, 10_000, 150_000], BOTH], "seconds"),
    "boundary.time_sweep": (["architecture", "size", "affinity"], [ENGINE_ARCHITECTURES, SIZES, BOTH], "seconds"),
    "boundary.time_one_bar": (["transport", "affinity"], [["unix", "spawn"], BOTH], "seconds"),
    "echo.time_round_trip": (["transport", "floats", "affinity"], [["unix", "tcp"], FLOATS, BOTH], "seconds"),
    "encodings.time_encode": (["encoding"], [ENCODINGS], "seconds"),
    "encodings.time_decode": (["encoding"], [ENCODINGS], "seconds"),
    "encodings.track_size": (["encoding"], [ENCODINGS], "bytes"),
    "equivalence.track_pnl": (["architecture", "size"], FINGERPRINT, "percentage points"),
    "equivalence.track_trades": (["architecture", "size"], FINGERPRINT, "trades"),
    "equivalence.track_digest": (["architecture", "size"], FINGERPRINT, "digest"),
    "equivalence.track_differing": (["architecture", "size"], FINGERPRINT, "combinations"),
    "equivalence.track_deviation": (["architecture", "size"], FINGERPRINT, "percentage points"),
    "equivalence.track_first_difference": (["architecture", "size"], FINGERPRINT, "text"),
    "equivalence.track_combinations": (["architecture", "size"], FINGERPRINT, "combinations"),
    "storing.time_load": (["what"], [["from_nothing", "one_file_more"]], "seconds"),
    "storing.track_rate": ([], [], "points/s"),
    "storing.track_bytes": (["samples"], [[0, 10]], "bytes"),
    "querying.time_query": (["what"], [["one_series", "newest", "cold_start"]], "seconds"),
    "publishing.time_publish": (["by", "what"], [["perfwatch", "asv"], ["from_nothing", "one_commit_more"]], "seconds"),
    "detection.time_judge": (["what"], [["from_nothing", "one_commit_more"]], "seconds"),
    "detection.time_segment": (
        ["detector", "points"],
        [["perfwatch", "asv", "otava"], [100, 1_000, 10_000]],
        "seconds",
    ),
}

# What asv does in an environment, without its start: find the benchmarks, make the cache, run one of them.
_DISCOVER = """
import json, sys
from asv_runner.discovery import disc_benchmarks, update_sys_path
update_sys_path(sys.argv[1])
found = list(disc_benchmarks(sys.argv[1]))
print(json.dumps({
    b.name: [b.param_names, b.params, b.unit, b.setup_cache_key, bool(b._setups), b.version, b.check(sys.argv[1])]
    for b in found
}))
"""
_RUN = """
import sys
from asv_runner.discovery import update_sys_path
from asv_runner.run import _run
from asv_runner.setup_cache import _setup_cache
root, name, params = sys.argv[1:4]
update_sys_path(root)
_setup_cache((root, "compute.time_sweep", "{}"))
_run((root, name, params, "None", "result.json"))
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this platform has other affinities")


def asv(code: str, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def result(done: subprocess.CompletedProcess[str], folder: Path) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "result.json").read_text())


@pytest.fixture(scope="module")
def discovered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    done = asv(_DISCOVER, tmp_path_factory.mktemp("discovery"), str(suites()))
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def suites() -> Path:
    return Path(__file__).parents[2] / "benchmarks"


def test_names_parameters_and_units_are_the_agreed_ones(discovered: dict[str, Any]) -> None:
    got = {name: (names, params, unit) for name, (names, params, unit, *_) in discovered.items()}
    assert got == {
        name: (names, [[repr(value) for value in values] for values in params], unit)
        for name, (names, params, unit) in EXPECTED.items()
    }


def test_one_cache_serves_all_that_need_the_reference(discovered: dict[str, Any]) -> None:
    keys = {name: key for name, (_, _, _, key, *_) in discovered.items()}
    need = {name for name in EXPECTED if "_sweep" in name or name.startswith("equivalence.")}
    assert len({keys[name] for name in need}) == 1
    assert {keys[name] for name in set(EXPECTED) - need} == {None}


def test_nothing_has_a_setup_which_asv_would_run_between_timed_calls(discovered: dict[str, Any]) -> None:
    assert not any(has_setup for (_, _, _, _, has_setup, *_) in discovered.values())


def test_versions_are_stated_and_calls_take_their_parameters(discovered: dict[str, Any]) -> None:
    assert {version for (*_, version, _) in discovered.values()} == {"1"}
    assert all(callable_ for (*_, callable_) in discovered.values())


_FAULTS = """
import resource, sys
from asv_runner.discovery import update_sys_path
update_sys_path(sys.argv[1])
import benchmarks.prepared
import numpy as np
def faults(n):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(n):
        np.ones(150_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults(10)
print(faults(100))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator than glibc's")
def test_memory_that_was_given_back_is_used_again(tmp_path: Path) -> None:
    done = asv(_FAULTS, tmp_path, str(suites()))
    assert done.returncode == 0, done.stderr
    # A series is 293 pages: mapped anew each time, a hundred of them would fault 29,300 times.
    assert int(done.stdout) < 293


@pytest.fixture
def older(tmp_path: Path) -> dict[str, str]:
    """An environment whose perfwatch has a backtest room with nothing in it."""
    package = tmp_path / "older" / "perfwatch" / "backtest"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package.parent / "__init__.py").write_text("")
    return {"PYTHONPATH": str(tmp_path / "older")}


@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_package_too_old_to_have_it_is_skipped(name: str, older: dict[str, str], tmp_path: Path) -> None:
    # asv writes a skipped result as NaN.
    got = result(asv(_RUN, tmp_path, str(suites()), f"{name}-0", "{}", **older), tmp_path)
    assert got != got


def test_a_package_that_is_broken_is_not_skipped(older: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "older" / "perfwatch" / "backtest" / "market.py").write_text("import nothing_of_that_name\n")
    # The encodings are looked for first, and an older package may lack them: so they are there, and the market is not.
    (tmp_path / "older" / "perfwatch" / "backtest" / "encodings.py").write_text("ENCODINGS = {'raw': None}\n")
    (tmp_path / "older" / "perfwatch" / "backtest" / "affinity.py").write_text(
        "def labels(): return ('one-core',)\ndef pin(label): return None\n"
    )
    done = asv(_RUN, tmp_path, str(suites()), "encodings.track_size-0", "{}", **older)
    assert done.returncode != 0
    assert "nothing_of_that_name" in done.stderr


def test_a_size_that_was_not_selected_is_skipped(tmp_path: Path) -> None:
    done = asv(_RUN, tmp_path, str(suites()), "equivalence.track_trades-1", "{}", PERFWATCH_SIZES="30000x20")
    assert result(done, tmp_path) != result(done, tmp_path)


def test_detection_is_measured_with_the_full_size_only_and_a_detector_that_is_not_there_is_skipped(
    tmp_path: Path,
) -> None:
    quick = result(
        asv(_RUN, tmp_path, str(suites()), "detection.time_judge-0", "{}", PERFWATCH_SIZES="30000x20"), tmp_path
    )
    assert quick != quick
    missing = result(
        asv(
            _RUN.replace("import sys", "import sys\nsys.modules['otava'] = None"),
            tmp_path,
            str(suites()),
            "detection.time_segment-6",
            "{}",
        ),
        tmp_path,
    )
    assert missing != missing


def test_a_detector_is_timed_once_it_has_found_the_planted_steps(tmp_path: Path) -> None:
    timed = result(asv(_RUN, tmp_path, str(suites()), "detection.time_segment-0", "{}"), tmp_path)
    assert 0 < timed["samples"][0] < 1
    blind = "import perfwatch.analysis as a\na.segment = lambda values: []\n" + _RUN
    done = asv(blind, tmp_path, str(suites()), "detection.time_segment-0", "{}")
    assert done.returncode != 0
    assert "were planted" in done.stderr


def test_the_fingerprint_of_the_quick_size_is_tracked(tmp_path: Path) -> None:
    done = asv(_RUN, tmp_path, str(suites()), "equivalence.track_trades-2", "{}", PERFWATCH_SIZES="30000x20")
    assert result(done, tmp_path) == 32_951


def test_the_ages_of_all_ticks_of_a_stream_are_tracked(tmp_path: Path) -> None:
    found = result(asv(_RUN, tmp_path, str(suites()), "ticks.track_ages-1", "{}"), tmp_path)
    assert sum(found["ticks"]) == 50_000
    assert found["at_most_ns"] == sorted(set(found["at_most_ns"]))


def test_ticks_that_arrived_as_others_have_no_ages(tmp_path: Path) -> None:
    wrong = (
        "from perfwatch.backtest import ticks\n"
        "seen = ticks.TickEngine.seen\n"
        "def other(self, sent): return seen(self, sent._replace(price=sent.price + 1))\n"
        "ticks.TickEngine.seen = other\n"
    )
    done = asv(wrong + _RUN, tmp_path, str(suites()), "ticks.track_ages-1", "{}")
    assert done.returncode != 0
    assert "of 50000 ticks with a turnover of" in done.stderr


def test_an_answer_is_computed_once_for_all_that_ask(tmp_path: Path) -> None:
    written = []
    for name in ("track_pnl", "track_digest"):
        done = asv(_RUN, tmp_path, str(suites()), f"equivalence.{name}-2", "{}", PERFWATCH_SIZES="30000x20")
        result(done, tmp_path)
        written.append((tmp_path / "in_process-30000x20.pickle").stat().st_mtime_ns)
    assert written[0] == written[1]


def test_a_wrong_answer_fails_the_benchmark_instead_of_being_timed(tmp_path: Path) -> None:
    # The installed package, but for a reference that has another fee: whatever is timed is then wrong.
    wrong = "from perfwatch.backtest import reference\nreference.FEE_PP = 0.08\n" + _RUN
    done = asv(wrong, tmp_path, str(suites()), "compute.time_sweep-0", "{}", PERFWATCH_SIZES="30000x20")
    assert done.returncode != 0
    assert "in_process is not the reference: 20 of 20 combinations differ, first combination 0 (L=6)" in done.stderr
    assert not (tmp_path / "result.json").exists()


def test_an_engine_that_is_missing_fails_only_what_needs_it(tmp_path: Path) -> None:
    gone = {"PERFWATCH_SIZES": "30000x20", "PERFWATCH_ENGINE": str(tmp_path / "gone")}
    behind_a_socket = asv(_RUN, tmp_path, str(suites()), "equivalence.track_trades-8", "{}", **gone)
    assert behind_a_socket.returncode != 0
    assert "EngineError: PERFWATCH_ENGINE=" in behind_a_socket.stderr
    in_process = asv(_RUN, tmp_path, str(suites()), "equivalence.track_trades-4", "{}", **gone)
    assert result(in_process, tmp_path) == 32_951
