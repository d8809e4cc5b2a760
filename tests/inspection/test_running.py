import itertools

import numpy as np
import pytest

from saccade import models
from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.errors import RunError
from saccade.inspection.running import run_layers
from saccade.inspection.summary import summarize

layers = keras.layers
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 20, 20, 3)).astype("float32")


def nested():
    inner = keras.Sequential([keras.Input((9, 9, 4)), layers.Conv2D(5, 3, name="deep")], name="block")
    image = keras.Input((20, 20, 3))
    found = layers.Conv2D(4, 3, strides=2, activation="relu", name="first")(image)
    twice = layers.Add()([inner(found), inner(found)])
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(twice)))


WEEKLY = (pytest.mark.slow, pytest.mark.long)
DEEP = ("googlenet", "mobilenet", "pretrained", "vgg")
"""How networks begin that take seconds to run through; a resnet stands for them in between."""


@pytest.mark.heavy
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=WEEKLY) if name.startswith(DEEP) else name for name in registry.names("models")],
)
def test_a_run_layer_by_layer_has_the_layers_of_the_summary_and_ends_in_the_answers_of_the_model(name, slim):
    model = models.build(name, (20, 20, 3), 4, slim(name))
    runs = list(run_layers(model, IMAGES))
    np.testing.assert_allclose(runs[-1].output, np.asarray(model(IMAGES, training=False)), rtol=1e-4, atol=1e-6)
    shapes = {run.name: run.output.shape[1:] for run in runs}
    rows = [row for row in summarize(model) if row.kind != "InputLayer"]
    assert shapes == {row.name: row.output_shape for row in rows}


def test_a_nested_model_is_run_through_at_each_use():
    model = nested()
    runs = list(run_layers(model, IMAGES))
    assert [run.name for run in runs].count("block/deep") == 2
    np.testing.assert_allclose(runs[-1].output, np.asarray(model(IMAGES, training=False)), rtol=1e-4, atol=1e-5)


def test_what_came_in_is_what_the_layer_before_gave():
    runs = list(run_layers(models.build("convnet", (20, 20, 3), 4, {}), IMAGES))
    for before, after in itertools.pairwise(runs):
        np.testing.assert_array_equal(after.inputs[0], before.outputs[0])


def test_several_inputs_are_refused():
    left, right = keras.Input((4, 4, 1)), keras.Input((4, 4, 1))
    with pytest.raises(RunError, match="takes 2 inputs"):
        run_layers(keras.Model([left, right], layers.Add()([left, right])), IMAGES)


def test_a_model_without_a_graph_is_refused():
    class Own(keras.Model):
        def call(self, images):
            return images

    with pytest.raises(RunError, match="form no graph"):
        run_layers(Own(), IMAGES)


@pytest.mark.heavy
def test_layers_that_augment_images_leave_them_alone_as_in_prediction():
    model = keras.Sequential(
        [
            keras.Input((20, 20, 3)),
            layers.RandomFlip("vertical", seed=0),
            layers.RandomRotation(0.5, seed=0),
            layers.Dropout(0.5),
            layers.Conv2D(2, 3),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    for _ in range(3):
        answers = list(run_layers(model, IMAGES))[-1].output
        np.testing.assert_allclose(answers, np.asarray(model(IMAGES, training=False)), rtol=1e-4, atol=1e-6)
