"""A small residual network with a top-down path."""

import pytest

from saccade.core.errors import RecipeError, UnknownNameError
from saccade.models import pyramids


@pytest.mark.heavy
@pytest.mark.parametrize("shape", [(64, 64, 3), (96, 64, 1)])
def test_features_are_a_quarter_of_the_image(shape):
    network = pyramids.build("residual", shape, {"width": 0.25})
    assert network.output.shape == (None, shape[0] // 4, shape[1] // 4, 16)


@pytest.mark.heavy
def test_depth_and_width_are_options():
    sizes = [
        pyramids.build("residual", (64, 64, 3), options).count_params()
        for options in ({"width": 0.25}, {"width": 0.25, "depth": 2}, {"width": 0.5})
    ]
    assert sizes[0] < sizes[1]
    assert sizes[0] < sizes[2]


def test_a_wrong_option_names_the_nearest():
    with pytest.raises(UnknownNameError, match="width"):
        pyramids.build("residual", (64, 64, 3), {"widht": 1})
    with pytest.raises(RecipeError, match="positive|factor"):
        pyramids.build("residual", (64, 64, 3), {"width": 0})
