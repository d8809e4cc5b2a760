import random

import numpy as np
import pytest

from saccade import models
from saccade.core import backend, registry
from saccade.core.backend import keras
from saccade.core.errors import RecipeError, UnknownNameError


def test_an_unknown_option_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match=r"no option of model dense 'hiden'\. Did you mean 'hidden'"):
        models.build("dense", (8, 8, 1), 3, {"hiden": [8]})


def test_an_unknown_model_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'convnet'"):
        models.build("convnt", (8, 8, 1), 3, {})


def test_options_are_the_keyword_arguments_of_build():
    assert models.options("lenet5") == {"activation": "tanh", "pool": "average"}


def test_a_value_that_keras_refuses_names_the_model_and_the_size():
    with pytest.raises(RecipeError, match="'dense' cannot be built for 8×8×1 images"):
        models.build("dense", (8, 8, 1), 3, {"activation": "rellu"})


def test_an_absurd_size_is_refused_before_memory_is_taken():
    with pytest.raises(RecipeError, match="would have 136,000,000,003 parameters"):
        models.build("dense", (8, 8, 1), 3, {"hidden": [2_000_000_000]})


def test_after_a_refusal_nothing_is_left_to_allocate():
    with pytest.raises(RecipeError):
        models.build("dense", (8, 8, 1), 3, {"hidden": [2_000_000_000]})
    with keras.StatelessScope():  # its end fills every variable that waits: here it would be half a terabyte
        variable = keras.Variable(keras.initializers.Zeros(), shape=(2,))
    np.testing.assert_array_equal(variable.numpy(), [0, 0])


def test_counting_first_does_not_change_the_weights():
    backend.seed_everything(3)
    direct = registry.load("models", "dense").build((8, 8, 1), 3, hidden=[5])
    after_direct = random.random()
    backend.seed_everything(3)
    counted = models.build("dense", (8, 8, 1), 3, {"hidden": [5]})
    assert random.random() == after_direct
    for left, right in zip(direct.get_weights(), counted.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_the_answer_is_float32_also_where_layers_compute_in_bfloat16():
    with backend.precision_scope("mixed_bfloat16"):
        network = models.build("convnet", (28, 28, 1), 10, {})
    assert network.get_layer("conv_1").compute_dtype == "bfloat16"
    assert network.output.dtype == "float32"
