"""The reference systems are exactly what their documents say."""

import os
from pathlib import Path

import numpy as np
import pytest

from saccade import models, training
from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.tasks import base

pytestmark = pytest.mark.heavy

SHAPES = {"mnist": (28, 28, 1), "fashion_mnist": (28, 28, 1), "cifar10": (32, 32, 3)}

PARAMETERS = {
    "mnist-dense": 407_050,
    "mnist-convnet": 104_202,
    "mnist-estimator": 3_160_778,
    "mnist-estimator-14": 3_144_110,
    "mnist-lenet-adam": 3_255_914,
    "mnist-lenet-sgd": 3_255_914,
    "cifar10-lenet-adam": 4_239_978,
    "cifar10-lenet": 4_239_978,
    "fashion-convnet": 243_786,
    "cifar10-convnet": 9_184_522,
}

# optimizer, learning rate, batch size, epochs or steps
TRAINING = {
    "mnist-dense": ("rmsprop", 0.001, 128, 5),
    "mnist-convnet": ("rmsprop", 0.001, 64, 5),
    "mnist-estimator": ("sgd", 0.001, 100, 16_000),
    "mnist-estimator-14": ("sgd", 0.001, 100, 16_000),
    "mnist-lenet-adam": ("adam", 0.001, 100, 10),
    "mnist-lenet-sgd": ("sgd", 0.01, 100, 10),
    "cifar10-lenet-adam": ("adam", 0.001, 100, 20),
    "fashion-convnet": ("adam", 0.001, 32, 5),
    "cifar10-convnet": ("adam", 0.001, 128, 20),
}


def network(name):
    recipe = recipes.read(name)
    return models.build(recipe.model.name, SHAPES[recipe.data], 10, recipe.model.options)


def shapes(name):
    return [tuple(layer.output.shape[1:]) for layer in network(name).layers[2:]]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_reference_network_has_the_published_number_of_parameters(name):
    assert network(name).count_params() == PARAMETERS[name]


@pytest.mark.parametrize("name", TRAINING)
def test_a_reference_network_is_trained_as_published(name):
    recipe = recipes.read(name)
    found = (recipe.optimizer, recipe.learning_rate, recipe.batch_size, recipe.steps or recipe.epochs)
    assert found == TRAINING[name]
    assert (recipe.momentum, recipe.schedule, recipe.weight_decay) == (0, "constant", 0)


def test_where_no_optimizer_was_published_a_better_one_is_used():
    recipe = recipes.read("cifar10-lenet")
    assert (recipe.optimizer, recipe.schedule, recipe.batch_size, recipe.epochs) == ("adamw", "one_cycle", 100, 10)


@pytest.mark.parametrize("name", [*TRAINING, "cifar10-lenet"])
def test_a_reference_network_is_validated_on_images_of_its_own(name):
    assert recipes.read(name).validation == 5000


def test_mnist_convnet_has_the_published_shapes():
    expected = [(26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (3, 3, 128), (1152,), (10,)]
    assert shapes("mnist-convnet") == expected


def test_fashion_convnet_has_seven_layers_and_their_published_parameters():
    layers = network("fashion-convnet").layers[2:]
    assert layers[0].output.shape == (None, 26, 26, 64)
    counts = [layer.count_params() for layer in layers if layer.weights]
    assert counts == [640, 36_928, 204_928, 1_290]
    assert len(layers) == 7


def test_the_estimators_are_cut_anew_from_all_images():
    for name in ("mnist-estimator", "mnist-estimator-14"):
        recipe = recipes.read(name)
        assert (recipe.split, recipe.test, recipe.split_seed) == ("pooled", 0.2, 42)


def test_the_estimators_differ_in_filters_and_dropout():
    wide, narrow = recipes.read("mnist-estimator"), recipes.read("mnist-estimator-14")
    assert wide.model.options["layers"][0]["conv"] == 32
    assert narrow.model.options["layers"][0]["conv"] == 14
    assert wide.model.options["layers"][-1] == {"dropout": 0.4}
    assert narrow.model.options["layers"][-1] == {"dropout": 0.3}


@pytest.mark.parametrize("name", ["mnist-lenet-adam", "cifar10-lenet-adam"])
def test_lenet_adam_starts_from_the_published_distributions(name):
    built = network(name)
    for layer in built.layers:
        if layer.weights:
            assert (layer.kernel_initializer.mean, layer.kernel_initializer.stddev) == (0, 0.1)
            assert (layer.bias_initializer.mean, layer.bias_initializer.stddev) == (0, 1)


def test_cifar10_convnet_does_not_start_from_zero_as_the_original():
    built = network("cifar10-convnet")
    kernels = [layer.kernel for layer in built.layers if layer.weights]
    assert all(float(abs(kernel.numpy()).max()) > 0 for kernel in kernels)
    assert shapes("cifar10-convnet")[:8] == [
        (32, 32, 64),
        (16, 16, 64),
        (16, 16, 128),
        (16, 16, 128),
        (8, 8, 128),
        (8, 8, 256),
        (4, 4, 256),
        (4, 4, 512),
    ]


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_recipe_says_its_command_and_what_was_published(name):
    header = registry.recipe_path(name).read_text(encoding="utf-8").partition("\ndata:")[0]
    assert f"saccade train {name}\n" in header
    assert "# Published: " in header


CREDIT_CARDS = Path(os.environ.get("SACCADE_DATA_HOME", "")) / "tables" / "creditcard_sample.csv.gz"
OWN_DATA = {
    "rows": {"data": str(CREDIT_CARDS), "label": "Class", "time": "Time"},
    "images": {"data": "digits", "normal": "8"},
}

FIRST = (
    *("fast-mnist", "mnist-estimator", "dbn-digits", "multi_label", "regression", "films-rbm", "films-autorec"),
    *("fraud-autoencoder", "image-autoencoder", "patch-memory"),
)
"""Of each way to train, but for boxes, which many tests train; the others before a release and every week."""


@pytest.mark.real_data
@pytest.mark.skipif("SACCADE_DATA_HOME" not in os.environ, reason="needs the real images in SACCADE_DATA_HOME")
@pytest.mark.parametrize(
    "name",
    [
        name if name in FIRST else pytest.param(name, marks=[pytest.mark.slow, pytest.mark.long])
        for name in registry.names("recipes")
    ],
)
def test_every_recipe_trains_on_its_own_data(name, tmp_path):
    solved = name == "patch-memory"  # it has no steps
    recipe = recipes.read(name, batch_size=32, **{} if solved else {"steps": 3})
    splits = {"train", "validation", "test"}
    if recipe.task == "anomaly_detection":
        splits |= {"calibration"}
        recipe = recipe.changed(**OWN_DATA["images" if name in ("image-autoencoder", "patch-memory") else "rows"])
    if recipe.data == "digits" and recipe.image_size:
        recipe = recipe.changed(image_size=32)  # photos are larger, and take longer
    if hasattr(recipe, "image_size") and recipe.task != "anomaly_detection":
        recipe = recipe.changed(duplicates="ignored")  # to look for them among 70,000 images takes a while
    recipe, dataset = base.prepare(recipe, quiet=True)
    most = 300 if dataset.modality == "images" else 2000  # of rows, few are frauds
    first = np.concatenate([dataset.rows(split)[:most] for split in splits])
    if len(first) < len(dataset.splits):
        kept = np.where(np.isin(np.arange(len(dataset.splits)), first), dataset.splits, "")
        dataset = dataset.with_split(kept, kept)
    run = training.train(recipe, dataset, runs=tmp_path)
    assert run.manifest["status"] == "finished"
    assert run.data["counts"].keys() == splits
    assert solved or np.isfinite(run.history[-1]["loss"])
