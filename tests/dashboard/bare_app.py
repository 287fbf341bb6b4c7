"""The least of a Streamlit app with what our pages are made of: whatever axe finds here is Streamlit's own."""

import streamlit as st


def page() -> None:
    """Draw one of each thing of Streamlit's that our pages use."""
    st.title("Bare")
    with st.sidebar:
        st.selectbox("Machine", ["bench-01", "bench-02"], help="A machine")
        with st.expander("Files"):
            st.code("one line", language=None, wrap_lines=True)
    st.markdown("A line with [a link](https://example.org) and `code`  \n:small[and a smaller one]")
    st.subheader("Section")
    st.info("Something to know: run `this`.", icon=":material/gavel:")
    st.success("Something good.", icon=":material/check_circle:")
    st.error("**Something bad.**", icon=":material/error:")
    st.caption("Something small, `with code`.")
    left, right = st.columns(2)
    with left:
        st.text_input("Search", icon=":material/search:", label_visibility="collapsed")
        st.pills("Kinds", ["slower 1", "faster 2"], selection_mode="multi", label_visibility="collapsed")
    with right:
        st.segmented_control("Which", ["Open", "All"], default="Open", label_visibility="collapsed")
        st.toggle("Samples")
        st.number_input("Seconds", value=1.0)
        st.multiselect("Several", ["a", "b"], default=["a"])
    st.button("All events", icon=":material/arrow_back:", type="tertiary")
    st.button("Say so", type="primary")
    with st.expander("Table", icon=":material/table_rows:", expanded=True):
        st.dataframe({"a": [1, 2]}, hide_index=True)
        st.download_button("Download", b"a", icon=":material/download:")
    st.page_link(second, label="and more")


def other() -> None:
    """Draw a second page, so that there is something to choose."""
    st.title("Other")


first = st.Page(page, title="Bare", icon=":material/dashboard:", default=True)
second = st.Page(other, title="Other", icon=":material/memory:", url_path="other")
st.set_page_config(page_title="bare", layout="wide")
st.navigation([first, second]).run()
