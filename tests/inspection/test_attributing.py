import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import saccade
from saccade import models
from saccade.core.backend import keras
from saccade.core.errors import RunError, UnknownNameError

pytestmark = pytest.mark.heavy

layers = keras.layers
PICTURE = np.random.default_rng(1).integers(0, 256, (20, 20, 3)).astype("float32")


def corner_detector(units=2, activation="softmax"):
    """Return a network whose class 1 is the brightness of the lower right quarter, class 0 of the upper left one."""
    stack = [keras.Input((8, 8, 1)), layers.AveragePooling2D(2, name="halved"), layers.Flatten()]
    network = keras.Sequential([*stack, layers.Dense(units, activation=activation, name="answer")])
    kernel = np.zeros((4, 4, units), np.float32)
    kernel[:2, :2, 0] = 1
    kernel[2:, 2:, -1] = 1
    network.get_layer("answer").set_weights([kernel.reshape(16, units), np.zeros(units)])
    return network


@pytest.mark.parametrize("name", ["convnet", "quick", "dense"])
def test_integrated_gradients_sum_to_the_difference_of_the_scores(name):
    keras.utils.set_random_seed(0)
    found = saccade.inspect(models.build(name, (20, 20, 3), 4, {}), PICTURE)
    for class_ in (0, 3):
        added = found.integrated_gradients(class_, steps=100)
        assert added.shape == (20, 20, 3)
        # with bends (ReLU, largest of a window) few steps cannot be exact
        error = abs(added.sum() - found.score_difference(class_))
        assert error < 0.02 * np.abs(added).sum()


def test_another_baseline_is_compared_with():
    found = saccade.inspect(models.build("convnet", (20, 20, 3), 4, {}), PICTURE)
    assert np.abs(found.integrated_gradients(0, baseline=PICTURE)).max() == 0
    grey = found.integrated_gradients(0, baseline=127.5, steps=100)
    assert grey.sum() == pytest.approx(found.score_difference(0, baseline=127.5), rel=0.02, abs=2e-3)


def test_every_explanation_finds_the_quarter_that_speaks_for_a_class():
    found = saccade.inspect(corner_detector(), np.ones((8, 8, 1)))
    lower_right = np.zeros((8, 8), bool)
    lower_right[4:, 4:] = True
    added = found.integrated_gradients(1)[..., 0]
    assert added[~lower_right].max() == 0
    assert added[lower_right] == pytest.approx(0.25)
    assert found.gradcam(1, layer="halved").shape == (8, 8)
    assert found.occlusion(1)[6:, 6:].min() == 0  # the border's colour covers nothing of an image of one colour
    shaded = np.full((8, 8, 1), 0.0)
    shaded[5:7, 5:7] = 1
    covered = saccade.inspect(corner_detector(), shaded).occlusion("class 1")
    assert covered[lower_right].max() > 0.1
    assert np.abs(covered[:3, :3]).max() == pytest.approx(0, abs=1e-6)


def test_gradcam_finds_the_place_of_the_map_that_speaks_for_a_class():
    stack = [keras.Input((8, 8, 1)), layers.Conv2D(2, 1, activation="relu", name="maps")]
    network = keras.Sequential([*stack, layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax")])
    network.get_layer("maps").set_weights([np.array([[[[1.0, -1.0]]]]), np.zeros(2)])
    network.layers[-1].set_weights([np.eye(2), np.zeros(2)])
    image = np.full((8, 8, 1), -1.0)
    image[1, 6] = 2
    found = saccade.inspect(network, image)
    # class 0 looks at the first map, which answers at one place; d score / d map is 1/64 everywhere
    assert np.argwhere(found.gradcam(0) > 0).tolist() == [[1, 6]]
    assert found.gradcam(0)[1, 6] == pytest.approx(2 / 64)
    assert found.gradcam(1)[1, 6] == 0
    assert found.gradcam(1)[0, 0] == pytest.approx(1 / 64)


def test_a_shortcut_around_the_layer_is_no_obstacle():
    image = keras.Input((8, 8, 2))
    found = layers.Conv2D(2, 3, padding="same", name="deep")(image)
    answer = layers.Dense(3, activation="softmax")(layers.Flatten()(layers.Add()([found, image])))
    inspection = saccade.inspect(keras.Model(image, answer), np.ones((8, 8, 2)))
    assert inspection.gradcam(2, layer="deep").shape == (8, 8)


def test_one_unit_with_a_sigmoid_has_two_classes_that_oppose_each_other():
    found = saccade.inspect(corner_detector(units=1, activation="sigmoid"), np.ones((8, 8, 1)), classes=("no", "yes"))
    assert found.probabilities["no"] == pytest.approx(1 - found.probabilities["yes"])
    assert found.predicted == "yes"
    np.testing.assert_allclose(found.integrated_gradients("no"), -found.integrated_gradients("yes"))
    np.testing.assert_allclose(found.occlusion("no"), -found.occlusion("yes"), atol=1e-6)


def test_a_network_that_ends_in_logits_is_told_and_explained():
    found = saccade.inspect(corner_detector(activation=None), np.ones((8, 8, 1)))
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert "logits" in found.score_in_words
    assert found.integrated_gradients(1).sum() == pytest.approx(4)


def test_one_number_is_no_probability():
    found = saccade.inspect(corner_detector(units=1, activation=None), np.full((8, 8, 1), 2.0))
    assert found.probabilities == {"output": pytest.approx(16)}
    assert found.integrated_gradients().sum() == pytest.approx(16)


def test_scores_are_taken_before_the_softmax_wherever_it_stands():
    inside = corner_detector()
    apart = keras.Sequential([corner_detector(activation=None), layers.Softmax()])
    first, second = (saccade.inspect(network, np.ones((8, 8, 1))) for network in (inside, apart))
    np.testing.assert_allclose(first.integrated_gradients(0), second.integrated_gradients(0), atol=1e-6)
    np.testing.assert_allclose(list(first.probabilities.values()), list(second.probabilities.values()), rtol=1e-6)


def test_a_network_without_maps_has_no_gradcam_and_says_so():
    inputs = keras.Input((1, 1, 6))
    network = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Flatten()(inputs)))
    found = saccade.inspect(network, np.ones((1, 1, 6)))
    with pytest.raises(RunError, match="has maps"):
        found.gradcam()
    assert found.integrated_gradients().shape == (1, 1, 6)


def test_wrong_classes_and_layers_suggest_the_right_ones():
    found = saccade.inspect(corner_detector(), np.ones((8, 8, 1)), classes=("cat", "dog"))
    with pytest.raises(UnknownNameError, match="'dog'"):
        found.gradcam("dogg")
    with pytest.raises(UnknownNameError, match="'halved'"):
        found.gradcam(layer="halve")
    with pytest.raises(RunError, match="has no maps"):
        found.gradcam(layer="answer")
    with pytest.raises(UnknownNameError):
        found.gradcam(2)


ELSEWHERE = """
import numpy as np
import saccade
from saccade import models
from saccade.core.backend import keras
assert keras.backend.backend() == {backend!r}
image = np.random.default_rng(0).integers(0, 256, (12, 12, 1))
keras.utils.set_random_seed(0)
found = saccade.inspect(models.build("convnet", (12, 12, 1), 3, {{"layers": [{{"conv": 4}}, "flatten"]}}), image)
assert found.activations["conv_1"].shape == (1, 10, 10, 4)
assert found.gradcam(1).max() > 0 or found.gradcam(0).max() > 0
added = found.integrated_gradients(0, steps=100)
np.testing.assert_allclose(added.sum(), found.score_difference(0), rtol=0.02, atol=2e-3)
assert found.save({folder!r}).stat().st_size > 10_000
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_it_works_on_other_backends(backend, tmp_path):
    pytest.importorskip(backend)
    code = ELSEWHERE.format(backend=backend, folder=str(tmp_path))
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=300)
    assert (Path(tmp_path) / "gradcam.png").exists()
