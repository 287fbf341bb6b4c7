"""A document is what the standard library makes of it, whichever parser was quicker; what is none is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfwatch.errors import SourceError
from perfwatch.sources.document import parse_object

PATH = Path("results/box/0-py.json")
texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.floats() | st.integers(-(2**63), 2**64 - 1)
documents = st.dictionaries(
    texts, st.recursive(st.none() | st.booleans() | numbers | texts, lambda inner: st.lists(inner), max_leaves=20)
)


@given(documents, st.booleans())
def test_a_document_is_read_as_the_standard_library_reads_it(document: dict[str, Any], ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only)
    assert repr(parse_object(text.encode(), PATH)) == repr(json.loads(text))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b" ", b'{"a": NaN', b'{"a": NaN} x', b"[NaN]", b'{"a": -NaN}', b'{"a": nan}', b"{'a': NaN}"),
        *(b'{"a": NaN, "b": "\\ud800"}', b'{"a": NaN, "b": "\xed\xa0\x80"}', b'{"a": NaN, "b": "\xff"}'),
        *(b'{"b": "\\ud800"}', b'{"b": "\xff"}', b'{"a": NaN, "b": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ],
)
def test_what_is_no_document_is_told_with_its_path(content: bytes) -> None:
    with pytest.raises(SourceError, match=r"results/box/0-py\.json: "):
        parse_object(content, PATH)
