import pytest

from saccade.core.errors import DataError
from saccade.core.split_size import wanted_rows, what_it_shows


@pytest.mark.parametrize(
    ("amount", "available", "rows"), [(0.07, 100, 7), (0.1, 101, 11), (0.0, 50, 0), (12, 50, 12), (1.0, 50, 1)]
)
def test_a_fraction_is_rounded_up_and_a_number_is_itself(amount, available, rows):
    assert wanted_rows(amount, available, split="test") == rows


@pytest.mark.parametrize("amount", [-0.1, 1.5, -3])
def test_other_amounts_are_refused_with_what_was_expected(amount):
    with pytest.raises(DataError, match="The test split is to be .* or a whole number of images"):
        wanted_rows(amount, 50, split="test", noun="images")


def test_more_images_show_smaller_differences():
    assert "closer than about 10%" in what_it_shows(40)
    assert "closer than about 2%" in what_it_shows(1000)
