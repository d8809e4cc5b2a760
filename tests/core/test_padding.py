import pytest

from saccade.core.padding import same_padding


@pytest.mark.parametrize(
    ("size", "reach", "stride", "expected"),
    [
        (28, 3, 1, (1, 1)),
        (28, 2, 1, (0, 1)),
        (2, 3, 2, (0, 1)),
        (7, 3, 2, (1, 1)),
        (4, 1, 2, (0, 0)),
        (1, 5, 1, (2, 2)),
    ],
)
def test_the_larger_half_comes_behind(size, reach, stride, expected):
    assert same_padding(size, reach, stride) == expected
