"""A chart becomes a picture with words in it, also on a machine without fonts."""

from __future__ import annotations

import io
import sys

import pytest
from font_lato import font_files
from PIL import Image
from resvg_py import svg_to_bytes

from perfwatch.notify.picture import png
from perfwatch.report.forest import Ratio, forest


def colours(picture: bytes | None) -> tuple[tuple[int, int], int]:
    assert picture is not None
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    found = image.getcolors(1 << 20)
    assert found is not None
    return image.size, len(found)


def test_a_chart_is_drawn_twice_as_large() -> None:
    svg = forest([Ratio("compute gap", 1.1, 1.05, 1.15, True)], "head / base")
    assert svg is not None
    size, many = colours(png(svg))
    assert size == (1280, 160)
    assert many > 50


def test_its_words_are_drawn_without_a_font_of_the_machine() -> None:
    svg = forest([Ratio("compute gap · µs", 1.1, 1.05, 1.15, True)], "head / base")
    fonts = [font_files["Lato"], font_files["LatoBold"]]
    bare = {"svg_string": svg, "skip_system_fonts": True, "zoom": 2.0}
    assert svg is not None
    assert png(svg) == svg_to_bytes(**bare, font_files=fonts, sans_serif_family="Lato")
    assert png(svg) != svg_to_bytes(**bare)


def test_without_the_extra_there_is_no_picture_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert png("<svg/>") is None


def test_what_is_no_picture_is_none() -> None:
    assert png("no picture") is None
    assert png("") is None
