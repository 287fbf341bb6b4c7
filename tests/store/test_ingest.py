"""What a load does to the store: idempotent, atomic per file, nothing lost."""

from __future__ import annotations

import json
import math
import os
import shutil
from datetime import UTC, datetime

import pytest

from perfwatch.errors import UsageError
from perfwatch.model import Commit
from perfwatch.store import snapshot
from perfwatch.store.location import parse
from perfwatch.store.writer import Writer


def state(folder):
    return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_tree_loads_whole(tree, ingest, rows):
    tree.usual(1)
    tree.usual(2, seconds=3.0)
    tree.run_record(1)
    report = ingest()
    assert (report.loaded, report.unchanged, report.measurements) == (3, 0, 6)
    assert (report.unreadable, report.problems, report.vanished) == ((), (), ())
    assert rows("SELECT benchmark, params, unit, value, lower, samples, number FROM series JOIN measurements USING "
                "(series_id) WHERE benchmark = 'compute.time_sweep' AND value >= 1.5 ORDER BY value DESC LIMIT 1") == [
        ("compute.time_sweep", '[["architecture","numba"],["size","quick"]]', "seconds", 3.0, pytest.approx(2.7),
         pytest.approx([3.0, 3.0, 3.0]), 1)
    ]  # fmt: skip
    assert rows("SELECT name, facts FROM machines") == [("box", '{"os":"Linux","cpu":"x86"}')]
    assert rows("SELECT name, python, requirements FROM environments") == [("py3.11", "3.11", '{"numpy":"2.4"}')]


def test_a_second_load_changes_nothing_not_even_the_file(tree, ingest, store):
    for number in range(20):
        tree.usual(number)
    tree.run_record(3)
    ingest()
    before, version = state(store.path.parent), snapshot.version(store)
    report = ingest()
    assert (report.loaded, report.unchanged, report.measurements) == (0, 21, 0)
    assert state(store.path.parent) == before
    assert snapshot.version(store) == version


def test_nothing_is_written_into_the_results_tree(tree, ingest):
    tree.usual(1)
    before = state(tree.root)
    ingest()
    assert state(tree.root) == before


def test_git_is_asked_for_nothing_twice(tree, ingest, store, full_hash):
    tree.usual(1)
    line = [Commit(full_hash(i), datetime(2026, 1, i, tzinfo=UTC), "Ada", f"subject {i}", None, i) for i in (1, 2)]
    ingest(commits=line)
    before = state(store.path.parent)
    ingest(commits=line)
    assert state(store.path.parent) == before


def test_unchanged_files_are_not_read(tree, ingest, monkeypatch):
    path = tree.usual(1)
    ingest()
    stat = path.stat()
    path.write_bytes(b"x" * stat.st_size)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert ingest().unreadable == ()
    [(where, message)] = ingest(verify=True).unreadable
    assert where == str(path)
    assert "not valid JSON" in message


def test_a_changed_file_replaces_its_own_rows(tree, ingest, rows):
    tree.usual(1)
    tree.usual(2)
    ingest()
    tree.result(1, {"equivalence.track_trades": [[5], [], "v1"]})
    report = ingest()
    assert (report.loaded, report.unchanged, report.measurements) == (1, 1, 1)
    assert rows("SELECT value FROM measurements WHERE commit_hash LIKE '00000001%'") == [(5.0,)]
    assert rows("SELECT count(*) FROM measurements WHERE commit_hash LIKE '00000002%'") == [(3,)]


def test_a_touched_file_of_the_same_content_is_not_loaded_again(tree, ingest, rows):
    path = tree.usual(1)
    ingest()
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    report = ingest()
    assert (report.loaded, report.unchanged) == (0, 1)
    assert rows("SELECT count(*) FROM measurements") == [(3,)]


def test_one_bad_file_is_named_and_the_good_ones_load(tree, ingest, rows):
    tree.usual(1)
    bad = tree.usual(2)
    bad.write_bytes(bad.read_bytes()[:200])
    report = ingest()
    [(path, message)] = report.unreadable
    assert (report.loaded, path) == (1, str(bad))
    assert str(bad) in message
    assert "\n" not in message
    assert rows("SELECT status FROM sources WHERE kind = 'asv-results' ORDER BY path") == [("loaded",), ("unreadable",)]


def test_a_bad_file_is_named_every_time_until_it_is_mended(tree, ingest, store):
    tree.usual(1)
    bad = tree.usual(2)
    whole = bad.read_bytes()
    bad.write_bytes(whole[:200])
    assert ingest().unreadable == ingest().unreadable != ()
    bad.write_bytes(whole)
    report = ingest()
    assert (report.loaded, report.unchanged, report.unreadable) == (1, 1, ())


def test_a_file_that_has_become_unreadable_keeps_its_rows(tree, ingest, rows):
    path = tree.usual(1)
    ingest()
    whole = path.read_bytes()
    path.write_bytes(b"{")
    assert len(ingest().unreadable) == 1
    assert rows("SELECT count(*) FROM measurements") == [(3,)]
    path.write_bytes(whole)
    ingest()
    assert rows("SELECT count(*) FROM measurements") == [(3,)]


def test_a_file_that_has_gone_keeps_its_rows_and_is_reported(tree, ingest, rows):
    gone = tree.usual(1)
    tree.usual(2)
    ingest()
    gone.unlink()
    assert ingest().vanished == (str(gone),)
    assert rows("SELECT count(*) FROM measurements") == [(6,)]


def test_a_tree_that_was_moved_is_not_loaded_twice(tree, another_tree, ingest, rows):
    tree.usual(1)
    ingest()
    moved = another_tree("elsewhere")
    shutil.rmtree(moved.root)
    tree.root.rename(moved.root)
    report = ingest(moved)
    assert (report.loaded, report.unchanged, report.vanished) == (0, 1, ())
    assert rows("SELECT count(*), count(DISTINCT source_id) FROM sources") == [(3, 3)]
    assert rows("SELECT count(*) FROM measurements") == [(3,)]


def test_of_two_clones_what_is_loaded_later_counts_and_only_where_it_measured(tree, another_tree, ingest, rows, nan):
    tree.usual(1, seconds=1.0)
    ingest()
    clone = another_tree("clone")
    clone.result(1, {"compute.time_sweep": [[7.0, nan], [["'numba'", "'rust'"], ["'quick'"]], "v1"]})
    ingest(clone)
    assert rows("SELECT status, value FROM measurements ORDER BY value") == [("ok", 0.5), ("ok", 7.0), ("ok", 57029.0)]
    twice = "SELECT series_id, commit_hash FROM measurements GROUP BY ALL HAVING count(*) > 1"
    assert rows(f"SELECT count(*) FROM ({twice})") == [(0,)]


def test_two_files_of_one_commit_in_one_tree_count_once(tree, ingest, rows):
    path = tree.usual(1)
    shutil.copy(path, path.with_name("copy.json"))
    ingest()
    assert rows("SELECT count(*) FROM measurements") == [(3,)]


def test_results_of_two_machines_and_environments_are_kept_apart(tree, ingest, rows):
    row = {"equivalence.track_trades": [[1], [], "v1"]}
    for machine, environment in (("box", "a"), ("box", "b"), ("other", "a")):
        tree.result(1, row, machine, environment)
    ingest()
    assert rows("SELECT machine, environment FROM series ORDER BY ALL") == [("box", "a"), ("box", "b"), ("other", "a")]
    assert rows("SELECT name, facts FROM machines ORDER BY name")[1] == ("other", "{}")


def test_failed_skipped_and_infinite_are_three_things(tree, ingest, rows, nan):
    tree.result(1, {"b.time_x": [[None, nan, math.inf, 0.0], [["1", "2", "3", "4"]], "v"]})
    ingest()
    assert rows("SELECT status, value FROM measurements ORDER BY series_id") == [
        ("failed", None), ("skipped", None), ("ok", math.inf), ("ok", 0.0)
    ]  # fmt: skip


def test_a_missing_results_folder_leaves_no_store_behind(tree, ingest, store, tmp_path):
    with pytest.raises(UsageError, match="no such results folder"), Writer(store) as writer:
        writer.load(tmp_path / "nowhere")
    assert not store.path.exists()
    assert not store.folder.exists()


def test_a_folder_without_results_says_so(tree, ingest):
    [(path, message)] = ingest().problems
    assert path == str(tree.results)
    assert "no result files" in message


def test_a_benchmark_whose_results_do_not_fit_is_reported_and_kept_on_record(tree, ingest, rows):
    tree.result(1, {"b.time_x": [[1.0], [["1", "2"]], "v"], "b.time_y": [[2.0], [], "v"]})
    [(_, problem)] = ingest().problems
    assert "b.time_x: 1 results for 2 parameter sets" in problem
    assert rows("SELECT error FROM sources WHERE error IS NOT NULL") == [(problem,)]
    assert rows("SELECT value FROM measurements ORDER BY 1") == [(1.0,), (2.0,)]


def test_declarations_that_come_later_name_what_was_loaded_without_them(tree, ingest, rows):
    (tree.results / "benchmarks.json").unlink()
    tree.usual(1)
    ingest()
    assert rows("SELECT DISTINCT unit FROM series ORDER BY unit") == [("",), ("seconds",)]
    tree.benchmarks()
    tree.usual(2)
    ingest()
    assert rows("SELECT benchmark, unit, params FROM series ORDER BY ALL") == [
        ("compute.time_sweep", "seconds", '[["architecture","numba"],["size","quick"]]'),
        ("compute.time_sweep", "seconds", '[["architecture","rust"],["size","quick"]]'),
        ("equivalence.track_trades", "trades", "[]"),
    ]


def test_two_names_of_one_series_become_one_when_the_declarations_tell(tree, ingest, rows):
    (tree.results / "benchmarks.json").unlink()
    tree.usual(1)
    ingest()
    whole = json.loads(tree.benchmarks().read_text())
    newer = {name: {**entry, "version": "v9"} for name, entry in whole.items() if name != "version"}
    tree.benchmarks(newer | {"version": 2})
    tree.usual(2)
    ingest()
    assert rows("SELECT count(*) FROM series") == [(6,)]
    tree.benchmarks(whole)
    ingest()
    assert rows("SELECT unit, count(DISTINCT series_id), count(*) FROM series JOIN measurements USING (series_id) "
                "GROUP BY unit ORDER BY unit") == [("seconds", 2, 4), ("trades", 1, 2)]  # fmt: skip


def test_a_unit_that_changes_begins_a_new_series_and_leaves_the_old_numbers_alone(tree, ingest, rows):
    tree.usual(1)
    ingest()
    declarations = json.loads((tree.results / "benchmarks.json").read_text())
    declarations["equivalence.track_trades"]["unit"] = "kilotrades"
    tree.benchmarks(declarations)
    tree.result(2, {"equivalence.track_trades": [[57.029], [], "v1"]})
    ingest()
    assert rows("SELECT unit, value FROM series JOIN measurements USING (series_id) WHERE kind = 'track' ORDER BY value"
                ) == [("kilotrades", 57.029), ("trades", 57029.0)]  # fmt: skip


def test_broken_declarations_are_named_and_the_results_load_by_what_the_store_knows(tree, ingest, rows):
    tree.usual(1)
    ingest()
    (tree.results / "benchmarks.json").write_text("{")
    tree.usual(2)
    report = ingest()
    assert [path for path, _ in report.unreadable] == [str(tree.results / "benchmarks.json")]
    assert report.loaded == 1
    assert rows("SELECT count(*) FROM series") == [(3,)]


def test_commits_follow_git_and_those_off_the_line_lose_their_position(tree, ingest, rows, full_hash):
    tree.usual(1)
    tree.usual(2)
    ingest()
    assert rows("SELECT position, subject FROM commits") == [(None, None)] * 2
    one, two = (Commit(full_hash(i), datetime(2026, 1, i, tzinfo=UTC), "Ada", f"s{i}", None, i - 1) for i in (1, 2))
    ingest(commits=[one, two])
    assert rows("SELECT position, subject FROM commits ORDER BY hash") == [(0, "s1"), (1, "s2")]
    ingest(commits=[one])
    assert rows("SELECT position, subject FROM commits ORDER BY hash") == [(0, "s1"), (None, "s2")]


def test_small_transactions_leave_the_same_rows_as_one(tree, ingest, store, tmp_path, contents):
    for number in range(30):
        tree.usual(number, seconds=1 + number)
    ingest(batch_points=1)
    other = parse(tmp_path / "other.duckdb")
    with Writer(other) as writer:
        writer.load(tree.results, tree.runs)
    assert contents(store) == contents(other)
