import pytest

from saccade import models
from saccade.core.errors import RecipeError


def test_the_default_is_one_layer_of_512():
    assert models.build("dense", (28, 28, 1), 10, {}).count_params() == 407_050


def test_hidden_layers_each_have_their_dropout():
    network = models.build("dense", (8, 8, 1), 3, {"hidden": [16, 8], "dropout": 0.5})
    names = [layer.name for layer in network.layers]
    assert names[2:] == ["flatten", "dense_1", "dropout_1", "dense_2", "dropout_2", "predictions"]


def test_without_hidden_layers_it_is_a_linear_classifier():
    assert models.build("dense", (8, 8, 1), 3, {"hidden": []}).count_params() == 64 * 3 + 3


@pytest.mark.parametrize("hidden", ["many", [0], ["a"], [2.5], None])
def test_hidden_must_be_positive_numbers(hidden):
    with pytest.raises(RecipeError, match="'hidden' is a list of units"):
        models.build("dense", (8, 8, 1), 3, {"hidden": hidden})
