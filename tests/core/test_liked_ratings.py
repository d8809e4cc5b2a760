import pytest

from saccade.core.liked_ratings import liked_code, liked_from


@pytest.mark.parametrize(
    ("levels", "bound", "code"),
    [((1, 2, 3, 4, 5), 4, 4), ((0.5, 1, 1.5, 4, 4.5, 5), 4, 4), ((1,), 1, 1), ((0, 1), 1, 2)],
)
def test_liked_is_what_is_three_quarters_up_the_scale(levels, bound, code):
    assert liked_from(levels) == bound
    assert liked_code(levels) == code
