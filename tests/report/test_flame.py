"""A difference of profiles: the folded file as other tools read it, and the picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from perfwatch.report import flame

BEFORE = {"main;load": 30, "main;sweep": 60, "main;sweep;fee": 10}
AFTER = {"main;load": 30, "main;sweep": 60, "main;sweep;fee": 60, "main;new": 50}
TEXT = st.text(st.characters(exclude_characters=";\n\r", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
PROFILES = st.dictionaries(st.lists(TEXT, min_size=1, max_size=4).map(";".join), st.integers(1, 500), max_size=12)
SVG = "{http://www.w3.org/2000/svg}"


def test_the_folded_difference_has_every_stack_with_both_counts() -> None:
    assert flame.difffolded(BEFORE, AFTER).splitlines() == [
        "main;load 30 30",
        "main;new 0 50",
        "main;sweep 60 60",
        "main;sweep;fee 10 60",
    ]


def widths(picture: str) -> dict[str, tuple[float, str]]:
    """Return width and colour of each frame by its name."""
    found = {}
    for group in ElementTree.fromstring(picture).iter(f"{SVG}g"):
        title, rectangle = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        assert title is not None
        assert rectangle is not None
        found[(title.text or "").partition(":")[0]] = (float(rectangle.attrib["width"]), rectangle.attrib["fill"])
    return found


def test_a_frame_is_as_wide_as_its_share_afterwards_and_red_where_that_grew() -> None:
    found = widths(flame.svg(BEFORE, AFTER, "sweep"))
    assert found["all"] == (flame.WIDTH, "#f0f0f0")
    assert found["fee"][0] == flame.WIDTH * 60 / 200
    assert found["sweep"][0] == flame.WIDTH * 120 / 200
    red, blue = found["fee"][1], found["load"][1]
    assert int(red[1:3], 16) > int(red[5:7], 16)
    assert int(blue[5:7], 16) > int(blue[1:3], 16)


def test_what_moved_most_is_told_by_its_own_share() -> None:
    assert flame.hottest(BEFORE, AFTER, most=2) == [("sweep", 0.6, 0.3), ("new", 0.0, 0.25)]
    assert flame.hottest(BEFORE, BEFORE) == []


@given(PROFILES, PROFILES, TEXT)
def test_whatever_functions_are_called_the_picture_is_one_and_holds_no_script(
    before: dict[str, int], after: dict[str, int], title: str
) -> None:
    picture = flame.svg(before, after, title)
    root = ElementTree.fromstring(picture)
    assert {re.sub(r"^\{.*\}", "", element.tag) for element in root.iter()} <= {"svg", "title", "rect", "text", "g"}
    for rectangle in root.iter(f"{SVG}rect"):
        assert 0 <= float(rectangle.get("x", "0")) <= flame.WIDTH
        assert float(rectangle.attrib["width"]) <= flame.WIDTH + 0.1
