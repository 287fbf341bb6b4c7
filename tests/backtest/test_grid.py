from __future__ import annotations

import numpy as np
import pytest

from perfwatch.backtest import grid
from perfwatch.errors import UsageError


def test_length_6_gives_the_published_combination() -> None:
    assert grid.params([6]).tolist() == [[3, 6, 2, 1, 2, 3]]


@pytest.mark.parametrize(
    ("length", "row"),
    [
        # p = round(5/2) = 2, halves go to the even neighbour; p/3 = 0.67 -> 1; p/2 = 1.
        (5, [2, 5, 2, 1, 1, 2]),
        # 7/2 = 3.5 -> 4.
        (7, [4, 7, 3, 1, 2, 4]),
        # Nothing is below one bar.
        (1, [1, 1, 1, 1, 1, 1]),
        (164, [82, 164, 13, 27, 41, 82]),
    ],
)
def test_the_six_parameters_round_as_python_does(length: int, row: list[int]) -> None:
    assert grid.params([length]).tolist() == [row]


def test_the_grid_is_80_even_lengths_beginning_with_the_published_one() -> None:
    assert len(grid.LENGTHS) == 80
    assert (grid.LENGTHS[0], grid.LENGTHS[1], grid.LENGTHS[-1]) == (6, 8, 164)
    params = grid.params()
    assert (params.shape, params.dtype) == ((80, 6), np.int64)
    assert params.flags.c_contiguous


def test_sizes_are_named_by_their_numbers() -> None:
    assert list(grid.SIZES) == ["30000x20", "150000x80"]
    assert grid.size("quick") is grid.size("30000x20")
    assert grid.size("full") is grid.size("150000x80")
    for size in grid.SIZES.values():
        work = grid.workload(size.label)
        assert f"{len(work.close)}x{len(work.params)}" == size.label
        assert work.lengths == size.lengths


def test_quick_is_part_of_full() -> None:
    quick, full = grid.workload("quick"), grid.workload("full")
    assert quick.lengths == full.lengths[::4]
    assert (quick.lengths[0], quick.lengths[1], quick.lengths[-1]) == (6, 14, 158)
    assert quick.close.tobytes() == full.close[:30_000].tobytes()


def test_no_length_gives_no_row() -> None:
    assert grid.params([]).shape == (0, 6)


def test_a_length_below_one_bar_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1 bar"):
        grid.params([6, 0])


def test_an_unknown_size_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="quick, full, 30000x20, 150000x80"):
        grid.size("huge")
