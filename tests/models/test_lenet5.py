import pytest

from saccade import models
from saccade.core.errors import RecipeError, UnknownNameError


def test_it_has_as_many_parameters_as_it_is_taught_to_have():
    network = models.build("lenet5", (28, 28, 1), 10, {})
    assert network.count_params() == 61_706
    assert network.get_layer("flatten").output.shape[1] == 400


def test_the_padded_images_of_1998_give_the_same_features():
    assert models.build("lenet5", (32, 32, 1), 10, {}).get_layer("flatten").output.shape[1] == 576


def test_it_can_pool_by_maximum_with_relu():
    network = models.build("lenet5", (28, 28, 1), 10, {"pool": "max", "activation": "relu"})
    assert type(network.get_layer("max_pool_1")).__name__ == "MaxPooling2D"


def test_an_unknown_pooling_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'average'"):
        models.build("lenet5", (28, 28, 1), 10, {"pool": "avrage"})


def test_the_smallest_image_is_twelve_pixels():
    models.build("lenet5", (12, 12, 1), 2, {})
    with pytest.raises(RecipeError, match="at least 12×12 pixels, found 11×12"):
        models.build("lenet5", (11, 12, 1), 2, {})
