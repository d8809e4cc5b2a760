import numpy as np
import pytest

from saccade.core.spaced_rows import spaced


@pytest.mark.parametrize(("rows", "count", "expected"), [(100, 3, [0, 49, 99]), (3, 5, [0, 1, 2]), (0, 4, [])])
def test_few_rows_are_spread_over_all_and_all_are_taken_of_few(rows, count, expected):
    assert spaced(np.arange(rows), count).tolist() == expected


def test_no_row_is_taken_twice():
    assert all(len(set(spaced(np.arange(97), count).tolist())) == count for count in range(1, 98))
