"""Reading ahead: everything once, in order, as much as is allowed, and an error where it belongs."""

from __future__ import annotations

import threading

import pytest

from perfwatch.store.ahead import ahead


def test_every_item_comes_once_and_in_order() -> None:
    assert list(ahead(lambda n: n * n, range(1_000), lambda n: 1, most=7)) == [n * n for n in range(1_000)]
    assert list(ahead(lambda n: n, [], lambda n: 1)) == []


def test_no_more_is_begun_than_is_allowed_and_one_is_always() -> None:
    begun: list[int] = []
    results = ahead(lambda n: begun.append(n) or n, [1, 2, 3, 50, 4, 5], lambda n: n, most=6)
    for n, most_begun in ((1, 3), (2, 3), (3, 3), (50, 4), (4, 6), (5, 6)):
        assert next(results) == n
        # Those that fit beside what was not taken yet; the thread may be behind.
        assert len(begun) <= most_begun
    with pytest.raises(StopIteration):
        next(results)


def test_an_error_comes_where_the_result_would_have() -> None:
    results = ahead(lambda n: 1 // n, [1, 0, 1], lambda n: 1)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_the_thread_ends_with_whoever_asked() -> None:
    before = threading.active_count()
    results = ahead(lambda n: n, range(100), lambda n: 1)
    next(results)
    assert threading.active_count() == before + 1
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
