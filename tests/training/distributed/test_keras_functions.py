"""Where Keras draws and averages: several processes depend on it, so a version that moves it must fail here first."""

from importlib import import_module

import numpy as np
import pytest

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.training.distributed import whole_batch
from saccade.training.distributed.keras_functions import PLACES, PUBLIC, replaced, require_replaceable

pytestmark = pytest.mark.heavy
IMAGES = np.zeros((4, 8, 8, 3), np.float32)

REACHED = {
    "dropout": lambda: keras.layers.Dropout(0.5, seed=0),
    "normal": lambda: keras.layers.GaussianNoise(0.5, seed=0),
    "moments": keras.layers.BatchNormalization,
    "uniform": lambda: keras.layers.RandomFlip(seed=0),
}


def test_the_installed_keras_draws_and_averages_where_ranks_share_it():
    require_replaceable()


def test_all_that_is_replaced_in_a_step_is_made_sure_of():
    names = {*whole_batch.BY_SHAPE, *whole_batch.NOT_SHARED, "dropout", "moments"}
    assert {name for _, name in PUBLIC} == names


@pytest.mark.parametrize("name", REACHED)
def test_layers_go_through_what_is_replaced(name):
    place = next(place for place, other in PUBLIC if other == name)
    layer, called = REACHED[name](), []
    layer.build(IMAGES.shape)

    def counting(before):
        return lambda *given, **named: called.append(name) or before(*given, **named)

    with replaced({(place, name): counting}):
        layer(IMAGES, training=True)
    assert called


def test_a_keras_that_has_moved_a_function_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.delattr(import_module(PLACES["statistics"]), "moments")
    with pytest.raises(RecipeError, match=rf"with Keras {keras.__version__}: its moments is not .* or train by one"):
        require_replaceable()


def test_and_so_is_one_whose_module_has_gone(monkeypatch):
    monkeypatch.setitem(PLACES, "random", "keras.src.backend.tensorflow.elsewhere")
    with pytest.raises(RecipeError, match="its uniform is not that of"):
        require_replaceable()


def test_and_one_that_still_has_the_function_and_does_not_use_it(monkeypatch):
    monkeypatch.setattr(keras.random, "normal", lambda shape, seed: np.zeros(shape))
    with pytest.raises(RecipeError, match="its normal is not that of"):
        require_replaceable()


def test_what_was_replaced_is_back_after_an_error():
    before = keras.random.uniform((3,), seed=1)
    with pytest.raises(ZeroDivisionError), replaced({("random", "uniform"): lambda before: lambda *given, **named: 0}):
        raise ZeroDivisionError
    assert np.array_equal(before, keras.random.uniform((3,), seed=1))
