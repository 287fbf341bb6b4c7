"""What the address asks for is followed where it can be, and the address always says what is shown; no browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def ran(script: Callable[[], None], **asked: str | list[str]) -> AppTest:
    """Run a script with an address, without an exception."""
    app = AppTest.from_function(script)
    for name, value in asked.items():
        app.query_params[name] = value
    return again(app)


def again(app: AppTest) -> AppTest:
    app.run(timeout=30)
    assert not app.exception
    return app


def address(app: AppTest) -> dict[str, Any]:
    return dict(app.query_params)


def picking() -> None:
    import state
    import streamlit as st

    st.text(state.pick("machine", ["a", "b"], "a", st.selectbox, "Machine"))


def picking_several() -> None:
    import state
    import streamlit as st

    st.text(",".join(state.pick_several("case", ["a", "b", "c"], ["b"], st.multiselect, "Cases")))


def switching() -> None:
    import state
    import streamlit as st

    st.text(str(state.switch("log", "Log", default=True)))


def typing() -> None:
    import state
    import streamlit as st

    st.text(state.text("q", "Search"))


def turning() -> None:
    import state
    import streamlit as st

    st.text(str(state.page("page", 101, 50)))


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, "a"),
        ({"machine": "b"}, "b"),
        ({"machine": "nowhere"}, "a"),
        ({"machine": "<b>"}, "a"),
        ({"machine": ""}, "a"),
    ],
)
def test_a_choice_that_is_none_is_not_followed_and_the_default_is_written(asked: dict[str, str], shown: str) -> None:
    app = ran(picking, **asked)
    assert (app.text[0].value, address(app)) == (shown, {"machine": shown})


def test_what_is_chosen_goes_into_the_address() -> None:
    app = ran(picking)
    app.selectbox[0].select("b")
    assert (again(app).text[0].value, address(app)) == ("b", {"machine": "b"})


@pytest.mark.parametrize(
    ("asked", "shown"), [([], "b"), (["c"], "c"), (["c", "nowhere", "a"], "c,a"), (["nowhere"], "b")]
)
def test_of_several_those_that_can_be_chosen_are(asked: list[str], shown: str) -> None:
    app = ran(picking_several, **({"case": asked} if asked else {}))
    assert app.text[0].value == shown
    assert address(app) == {"case": shown.split(",") if "," in shown else shown}


def test_nothing_chosen_of_several_stays_nothing() -> None:
    app = ran(picking_several)
    app.multiselect[0].unselect("b")
    assert (again(app).text[0].value, address(app)) == ("", {})
    assert again(app).text[0].value == ""


@pytest.mark.parametrize(
    ("asked", "on", "kept"),
    [({}, True, {}), ({"log": "0"}, False, {"log": "0"}), ({"log": "1"}, True, {}), ({"log": "maybe"}, True, {})],
)
def test_a_switch_is_in_the_address_while_it_is_not_as_usual(
    asked: dict[str, str], on: bool, kept: dict[str, str]
) -> None:
    app = ran(switching, **asked)
    assert (app.text[0].value, address(app)) == (str(on), kept)
    app.toggle[0].set_value(not on)
    assert (again(app).text[0].value, address(app)) == (str(not on), {} if not on else {"log": "0"})


def test_what_is_typed_goes_into_the_address_without_its_edges_and_leaves_it_when_taken_out() -> None:
    app = ran(typing, q="  sort <b> ")
    assert (app.text[0].value, address(app)) == ("sort <b>", {"q": "sort <b>"})
    app.text_input[0].set_value("  ")
    assert (again(app).text[0].value, address(app)) == ("", {})


@pytest.mark.parametrize(
    ("asked", "page"),
    [(None, 0), ("2", 2), ("3", 2), ("999999", 2), ("9999999", 0), ("-1", 0), ("1.5", 0), ("x", 0), ("", 0), ("²", 0)],
)
def test_a_page_that_is_not_there_is_the_last_or_the_first(asked: str | None, page: int) -> None:
    assert ran(turning, **({} if asked is None else {"page": asked})).text[0].value == str(page)


def leading() -> None:
    import state
    import streamlit as st

    from perfwatch.model import SeriesKey

    state.choose(state.Selection("a store", "1", "box 1", "py&3", None))
    key = SeriesKey("sort.time", "1", (("size", "10x2"), ("case", "a b")), "box 1", "py&3", "seconds", "time")
    st.text(state.link("explore", **state.of_series(key)))


def test_a_link_names_the_place_and_everything_it_shows() -> None:
    assert ran(leading).text[0].value == (
        "explore?machine=box+1&environment=py%263&benchmark=sort.time&size=10x2&p_case=a+b"
    )


def moving() -> None:
    import state
    import streamlit as st

    machine = state.pick("machine", ["a", "b"], "a", st.selectbox, "Machine")
    state.pick("environment", ["py", "pypy"], "py", st.selectbox, "Environment")
    if st.button("There"):
        state.turn_to("b", "pypy")
        st.rerun()
    st.text(machine)


def test_another_place_outranks_what_its_selectors_hold() -> None:
    app = ran(moving)
    app.selectbox[1].select("py")
    app.button[0].click()
    again(app)
    assert (app.text[0].value, address(app)) == ("b", {"machine": "b", "environment": "pypy"})
    assert [box.value for box in app.selectbox] == ["b", "pypy"]


def turning_over() -> None:
    import state
    import streamlit as st

    def first() -> None:
        st.text(f"first {state.text('q', 'Search')}")
        state.choose(state.Selection("a store", "1", "box", "py", None))
        if st.button("Turn"):
            state.turn_page(other, q="typed elsewhere")  # type: ignore[arg-type]

    def second() -> None:
        st.text(f"second {state.text('q', 'Search')}")

    other = st.Page(second, title="Second", url_path="second")
    st.navigation([st.Page(first, title="First"), other]).run()


def test_what_another_page_is_asked_for_outranks_what_was_typed_before() -> None:
    app = ran(turning_over)
    app.text_input[0].set_value("mine")
    again(app)
    app.button[0].click()
    assert again(app).text[0].value == "second typed elsewhere"
    assert address(app) == {"machine": "box", "environment": "py", "q": "typed elsewhere"}


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("https://example.org/c/", "https://example.org/c/abc"),
        ("javascript:alert(1)//", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_web_address_is_a_commit_s_page(
    base: str | None, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import state

    if base is not None:
        monkeypatch.setenv(state.COMMIT_URL_VARIABLE, base)
    assert state.commit_url("abc") == address
