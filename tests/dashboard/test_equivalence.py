"""Equivalence: states, what is in force, each combination beside the one it is held to, and the pictures of it."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from charts.agreement import agreement
from charts.beside import Side, beside
from charts.deviations import DEVIATIONS, at_one_commit, over_commits
from charts.mosaic import Cell, Column, Look, mosaic
from components import script
from frames import answers, combinations

from perfwatch.model import Acceptance
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

COMMITS = pd.DataFrame({"hash": list("abcd"), "label": list("ABCD"), "subject": ["one", "<b>two</b>", None, "four"]})


def tracked(*rows: tuple[str, str, str, Any]) -> pd.DataFrame:
    """Rows of (architecture, what, commit, value): a number, a text, None for failed, NaN for skipped."""
    found = []
    for architecture, what, at, value in rows:
        status = "failed" if value is None else "skipped" if value != value else "ok"
        text = value if isinstance(value, str) else None
        number = math.nan if value is None or text is not None else float(value)
        found.append((architecture, what, at, status, number, text))
    return pd.DataFrame(found, columns=["architecture", "what", "commit_hash", "status", "value", "text"])


def states(cells: pd.DataFrame) -> dict[tuple[str, str], str]:
    return {(row.architecture, row.commit_hash): row.state for row in cells.itertuples()}


def word(at: str, minutes: int) -> Acceptance:
    return Acceptance(at, "Grace", "the fee", datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


def test_a_cell_says_what_the_gate_said_and_missing_stays_missing() -> None:
    rows = tracked(
        ("rust", "differing", "a", 0), ("rust", "differing", "b", None), ("rust", "differing", "c", math.nan),
        ("reference", "differing", "a", 0), ("reference", "differing", "b", 0), ("reference", "differing", "c", 0),
        ("rust", "differing", "d", 2), ("rust", "first_difference", "d", "combination 3"),
        ("rust", "pnl", "d", -1.5), ("rust", "digest", "d", 255),
    )  # fmt: skip
    cells = answers.cells(rows, list("abcd"), {"b": "80 combinations differ"}, [word("b", 0), word("c", 0)])
    found = states(cells)
    assert [found["rust", c] for c in "abcd"] == ["agrees", "failed", "skipped", "DISAGREES"]
    assert [found["reference", c] for c in "abcd"] == ["agrees", "MOVED", "accepted", "not measured"]
    last = cells.iloc[-1]
    assert (last["detail"], last["pnl"], last["digest"]) == (
        "2 combinations differ; first: combination 3", -1.5, "00000000000ff",
    )  # fmt: skip
    assert math.isnan(last["trades"])
    assert set(cells.loc[cells["state"] == "agrees", "detail"]) == {None}


def test_of_two_versions_at_a_commit_the_one_taken_last_holds() -> None:
    rows = tracked(("rust", "differing", "a", 5), ("rust", "differing", "a", 0))
    assert states(answers.cells(rows, ["a"], {}, [])) == {("rust", "a"): "agrees"}


def test_nothing_tracked_is_no_cell_and_no_standing() -> None:
    cells = answers.cells(tracked(), list("abcd"), {}, [])
    assert cells.empty
    assert answers.standing(cells, COMMITS) is None
    assert answers.breaks(cells) == []


def in_force_by_its_definition(anywhere: set[str], line: list[str], accepted: list[Acceptance], at: str) -> str | None:
    upto = line[: line.index(at) + 1]
    words = [a.commit for a in sorted(accepted, key=lambda a: a.accepted_at) if a.commit in anywhere]
    spoken = [w for w in words if w in upto]
    measured = [c for c in upto if c in anywhere]
    return spoken[-1] if spoken else measured[0] if measured else None


def test_in_force_is_the_newest_acceptance_up_to_a_commit_else_the_first_fingerprint() -> None:
    chance = random.Random(11)
    for _ in range(300):
        line = [f"c{i}" for i in range(9)]
        anywhere = {c for c in line if chance.random() < 0.6}
        accepted = [word(chance.choice([*line, "elsewhere"]), chance.randrange(10**6)) for _ in range(3)]
        holds = answers.in_force(anywhere, line, accepted)
        assert {c: holds.get(c) for c in line} == {
            c: in_force_by_its_definition(anywhere, line, accepted, c) for c in line
        }


def table(pnl: list[float | None], trades: list[int], lengths: list[int] | None = None) -> str:
    return json.dumps({"lengths": lengths or [6, 8, 10, 12][: len(pnl)], "pnl": pnl, "trades": trades})


def test_the_reference_moved_where_it_is_not_what_is_in_force() -> None:
    first, second = table([1.0, 2.0], [5, 6]), table([1.0, 2.5], [5, 6])
    here = {"a": first, "b": second, "c": second, "d": table([1.0, 2.0 + 1e-9], [5, 6])}
    moved = answers.moves_along(here, here, answers.in_force(here, list("abcd"), []))
    assert list(moved) == ["b", "c"]
    assert moved["b"].startswith("1 combination differs from a; first: combination 1 (L=8): PnL 2.500000")
    assert list(answers.moves_along(here, here, answers.in_force(here, list("abcd"), [word("c", 0)]))) == ["b", "d"]


def test_each_combination_is_beside_the_one_it_is_held_to() -> None:
    held = table([1.0, 1.0, 1.0, 1.0], [5, 5, 5, 5])
    found = combinations.compared(table([1.0, 1.0 + 1e-7, 3.0, 0.5], [5, 5, 5, 4]), held)
    assert found["state"].tolist() == ["same", "within the gate", "much more", "clearly less"]
    assert found["is_beyond"].tolist() == [False, False, True, True]
    assert found["deviation"].tolist() == pytest.approx([0, 1e-7, 2.0, -0.5], abs=1e-12)
    assert combinations.first_beyond(found) == 2
    assert combinations.worst_first(found)["combination"].tolist() == [2, 3, 0, 1]
    assert combinations.first_beyond(combinations.compared(held, held)) is None


def test_trades_alone_a_missing_number_and_another_grid_are_told_apart() -> None:
    held = table([1.0, 1.0], [5, 5])
    assert combinations.compared(table([1.0, None], [6, 5]), held)["state"].tolist() == ["other trades", "no number"]
    longer = combinations.compared(table([1.0, 1.0, 7.0], [5, 5, 5]), held)
    assert longer["is_beyond"].all()
    assert math.isnan(longer["held_pnl"].iloc[2])
    assert longer["length"].tolist() == [6, 8, 10]


def test_every_state_of_a_combination_has_a_look() -> None:
    chance, seen = random.Random(4), set()
    held = table([1.0], [5])
    for _ in range(300):
        pnl = chance.choice([None, 1.0, 1.0 + chance.uniform(-1, 1) * 10 ** chance.uniform(-8, 2)])
        seen |= set(combinations.compared(table([pnl], [chance.choice([5, 6])]), held)["state"])
    assert seen == set(DEVIATIONS) - {"not measured"}


def test_what_broke_is_one_stretch_until_it_ends_or_becomes_another() -> None:
    rows = [("rust", "differing", c, n) for c, n in zip("abcdef", (0, 3, 3, 4, math.nan, 4), strict=True)]
    rows += [("rust", "first_difference", c, "x") for c in "abcdf"]
    found = answers.breaks(answers.cells(tracked(*rows), list("abcdef"), {}, []))
    assert [(s.first, s.last, s.commits, s.detail[:1]) for s in found] == [("d", "f", 2, "4"), ("b", "c", 2, "3")]


def test_standing_counts_back_to_the_first_commit_like_the_newest() -> None:
    rows = [("rust", "differing", c, n) for c, n in zip("abcd", (1, 0, 0, 0), strict=True)]
    found = answers.standing(answers.cells(tracked(*rows), list("abcd"), {}, []), COMMITS)
    assert found is not None
    assert (found.since, found.commits, found.agreeing, found.measured, found.broken) == ("B", 3, 1, 1, ())
    assert found.agreeing_over_commits == (0, 1, 1, 1)


def test_the_grid_shows_each_state_and_leaves_what_was_not_measured_empty() -> None:
    cells = pd.DataFrame(
        {
            "architecture": ["reference", "rust", "rust"],
            "commit_hash": ["a", "a", "b"],
            "state": ["agrees", "agrees", "DISAGREES"],
            "detail": [None, None, "combination 0"],
        }
    )
    drawn = agreement(cells, COMMITS, "rust", "b")
    names = [look["name"] for look in drawn["looks"]]
    shown = [[names[i] for i in drawn["kinds"][kind]["states"]] for _, _, kind in drawn["columns"]]
    assert shown == [["agrees", "agrees"], ["not measured", "DISAGREES"], *[["not measured"] * 2] * 2]
    assert drawn["kinds"][drawn["columns"][1][2]]["notes"] == {"1": "combination 0"}
    assert (drawn["rows"], drawn["row"], drawn["column"]) == (["reference", "rust"], 1, 1)


def test_columns_that_are_alike_are_sent_once() -> None:
    columns = [Column(str(i), "", (Cell("x" if i % 2 else "y", "note"),)) for i in range(1000)]
    drawn = mosaic(["row"], columns, {"x": Look("", "", "", 0), "y": Look("", "", "", 1), "z": Look("", "", "", 2)})
    assert (len(drawn["kinds"]), len(drawn["columns"]), [look["name"] for look in drawn["looks"]]) == (
        2,
        1000,
        ["x", "y"],
    )


def test_deviations_carry_both_values() -> None:
    found = combinations.compared(table([1.0, 3.0], [5, 4]), table([1.0, 1.0], [5, 5]))
    [_, second] = at_one_commit({"rust": found}, "rust")["columns"]
    drawn = at_one_commit({"rust": found}, "rust")
    note = drawn["kinds"][second[2]]["notes"]["0"]
    assert note == "PnL 3.000000 pp, held to 1.000000 pp: +2.000000 pp; trades 4, held to 5"
    along = over_commits({"b": found}, COMMITS, combinations.ever_beyond([found]), "b")
    assert (along["rows"], along["column"], len(along["kinds"])) == (["L = 8"], 1, 2)


def test_what_stands_beside_each_other_is_text() -> None:
    assert "<img>" not in beside([Side("<img>", (("<img>", "<img>"),))])


# As classic scripts of a page have it: functions of the page's own.
SCRIPT = script("elements", "mosaic").replace("export default ", "window.draw = ").replace("export ", "")


def test_a_narrow_picture_never_hides_a_break(tab: Any) -> None:
    tab.goto("about:blank")
    tab.add_script_tag(content=SCRIPT)
    chance = random.Random(8)
    gravity = {"agrees": 2, "DISAGREES": 5, "not measured": 0}
    looks = {name: Look("", "", "", g) for name, g in gravity.items()}
    for n in (1, 7, 1000):
        sent = [chance.choices(list(gravity), [90, 1, 9])[0] for _ in range(n)]
        data = mosaic(["row"], [Column("", "", (Cell(state),)) for state in sent], looks)
        for per in (1, 3, 16):
            shown = tab.evaluate(
                "([data, per]) => places(0, data.columns.length - 1, per).map((p) => [p, gravest(data, 0, p)])",
                [data, per],
            )
            assert [i for (a, b), _ in shown for i in range(a, b + 1)] == list(range(n))
            for (a, b), found in shown:
                worst = max(sent[a : b + 1], key=gravity.__getitem__)
                assert data["looks"][found["state"]]["name"] == worst
                assert found["at"] == max(i for i in range(a, b + 1) if sent[i] == worst)


@pytest.fixture(scope="module")
def line(whole: Any) -> list[tuple[str, str]]:
    """Label and subject of each commit of the story, oldest first."""
    with Reader(parse(str(whole.store))) as reader:
        return [(c.hash[:8], c.subject or "") for c in reader.commits()]


def place(line: list[tuple[str, str]], subject: str) -> int:
    [found] = [i for i, (_, said) in enumerate(line) if said.startswith(subject)]
    return found


def test_a_click_on_a_cell_looks_into_it_and_the_address_says_so(
    served: str, line: list[tuple[str, str]], tab: Any
) -> None:
    wrong_fee = place(line, "Fee as a constant of the engine")
    tab.goto(f"{served}/equivalence?size=150000x80")
    picture = tab.get_by_role("img", name="Grid of architectures and commits")
    picture.locator("path[data-state=DISAGREES]").first.wait_for(state="attached")
    picture.focus()
    tab.keyboard.press("Home")
    for key in (*["ArrowRight"] * wrong_fee, *["ArrowDown"] * 4):
        tab.keyboard.press(key)
    tab.get_by_role("status").get_by_text("rust_batch_unix: DISAGREES").wait_for()
    tab.keyboard.press("Enter")
    tab.get_by_text("80 of 80 combinations differ; the first is combination 0, L = 6.").wait_for()
    # 57,029 trades, each cheaper by 0.02 percentage points.
    tab.get_by_text("+1,140.580000 pp").first.wait_for()
    assert f"commit={line[wrong_fee][0]}" in tab.url
    assert "architecture=rust_batch_unix" in tab.url


def test_the_reference_that_moved_is_beside_the_accepted_one(
    served: str, line: list[tuple[str, str]], tab: Any
) -> None:
    raised, _ = line[place(line, "Fee of 0.10 everywhere")]
    tab.goto(f"{served}/equivalence?commit={raised}&architecture=reference&size=150000x80")
    tab.get_by_text(f"reference {line[0][0]}").first.wait_for()
    tab.get_by_text("−570.290000 pp").first.wait_for()
    tab.get_by_role("img", name="Heat map of 80 combinations").wait_for()
