"""Networks from raw pixels to contributions: their ends, and every autoencoder of images between them."""

from functools import cache

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.backend import keras, seed_everything
from saccade.core.errors import RecipeError, UnknownNameError
from saccade.export.formats import _keras as exported
from saccade.modalities.tables.schema import Column, Schema
from saccade.models import autoencoders
from saccade.tasks.anomaly_detection.network_choice import has_epochs

pytestmark = pytest.mark.slow

OF_IMAGES = [
    name for name in registry.names("autoencoders") if registry.constant("autoencoders", name, "TAKES") == "images"
]
OF_ROWS = [name for name in registry.names("autoencoders") if name not in OF_IMAGES]
every_autoencoder = pytest.mark.parametrize("name", OF_IMAGES)
WEEKLY = [pytest.mark.slow, pytest.mark.long]
every_shape = pytest.mark.parametrize(
    "shape", [(8, 8, 1), (33, 47, 3), *(pytest.param(shape, marks=WEEKLY) for shape in [(28, 28, 1), (64, 64, 3)])]
)


def images(shape, count=6, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def made(name, shape, **options):
    seed_everything(0)
    return autoencoders.build(name, shape, options)


@cache
def both(name, shape):
    network = made(name, shape)
    return network, autoencoders.shipped(network)


@every_autoencoder
@every_shape
def test_every_pixel_adds_to_the_score_and_none_takes_away(name, shape):
    for network in both(name, shape):
        answers = np.asarray(network(images(shape)))
        assert answers.shape == (6, *shape[:2])
        assert (answers >= 0).all()
        assert np.isfinite(answers).all()


@every_autoencoder
def test_a_image_is_scored_alone_as_among_others(name):
    _, network = both(name, (33, 47, 3))
    some = images((33, 47, 3), count=12)
    together = np.asarray(network(some))
    alone = np.concatenate([np.asarray(network(some[position : position + 1])) for position in range(12)])
    np.testing.assert_allclose(alone, together, rtol=1e-4, atol=1e-7)


@every_autoencoder
def test_a_saved_autoencoder_answers_the_same_without_foreign_code(name, tmp_path):
    _, network = both(name, (33, 47, 3))
    network.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    some = images((33, 47, 3))
    np.testing.assert_allclose(np.asarray(again(some)), np.asarray(network(some)), rtol=1e-5, atol=1e-8)
    assert not autoencoders.rebuilds(again) or autoencoders.remainder(again).shape == (None, 33, 47, 3)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=WEEKLY) if name == "patch_memory" else name for name in OF_IMAGES]
)
@pytest.mark.filterwarnings("ignore")  # the exporter warns of its own insides
def test_an_autoencoder_answers_the_same_in_onnx_runtime(name, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    _, network = both(name, (19, 22, 1))
    exported.write(network, tmp_path / "model.onnx", "onnx", opset_version=17)
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    for count in (1, 5):
        some = images((19, 22, 1), count)
        kind = np.uint8 if "uint8" in session.get_inputs()[0].type else np.float32
        (answers,) = session.run(None, {session.get_inputs()[0].name: some.astype(kind)})
        np.testing.assert_allclose(answers, np.asarray(network(some)), rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("name", [name for name in OF_IMAGES if has_epochs(name)])
def test_the_loss_falls_on_eight_images(name):
    network, rng = made(name, (16, 16, 1)), np.random.default_rng(0)
    some = (rng.integers(0, 2, (8, 4, 4, 1)).repeat(4, axis=1).repeat(4, axis=2) * 200 + 20).astype(np.float32)
    network.compile(optimizer=keras.optimizers.Adam(0.005), loss=lambda _, answers: keras.ops.sum(answers, (1, 2)))
    losses = network.fit(some, np.zeros(8), epochs=60, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 3


@every_autoencoder
def test_an_autoencoder_refuses_an_unknown_option(name):
    with pytest.raises(UnknownNameError, match=f"option of model {name}"):
        autoencoders.build(name, (16, 16, 1), {"no_such_option": 1})


@every_autoencoder
def test_an_autoencoder_of_images_refuses_rows(name):
    with pytest.raises(RecipeError, match="takes images, and was given rows"):
        autoencoders.build(name, Schema(columns=(Column("V1", "number"),)), {})


@pytest.mark.parametrize("name", OF_ROWS)
def test_an_autoencoder_of_rows_refuses_images(name):
    with pytest.raises(RecipeError, match="takes tables, and was given images"):
        autoencoders.build(name, (16, 16, 1), {})


def test_what_is_trained_is_the_mean_squared_error_and_what_answers_hardly_sees_noise():
    network, answering = both("convolutional", (16, 16, 1))
    some = images((16, 16, 1))
    looked_into = keras.Model(network.input, autoencoders.remainder(network))
    remainder = np.asarray(looked_into(some))
    np.testing.assert_allclose(np.asarray(network(some)).sum(axis=(1, 2)), (remainder**2).mean(axis=(1, 2, 3)), 1e-4)
    # of independent noise a mean over nine pixels leaves a ninth of the square
    assert np.asarray(answering(some)).sum() < 0.4 * np.asarray(network(some)).sum()


def test_both_networks_have_the_same_weights():
    network, answering = both.__wrapped__("convolutional", (16, 16, 1))
    network.get_layer(autoencoders.CORE).get_layer("code").bias.assign(np.arange(16.0))
    for own, shared in zip(network.get_weights(), answering.get_weights(), strict=True):
        np.testing.assert_array_equal(own, shared)


def test_noise_acts_in_training_only():
    network, some = made("convolutional", (16, 16, 1), noise=0.5), images((16, 16, 1))
    calm = [np.asarray(network(some, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*calm)
    assert np.abs(np.asarray(network(some, training=True)) - calm[0]).max() > 1e-5


@pytest.mark.parametrize(
    "options", [{"filters": []}, {"filters": [0]}, {"filters": "16"}, {"code": 0}, {"noise": -1}, {"filters": [8] * 5}]
)
def test_options_that_cannot_work_are_refused(options):
    with pytest.raises(RecipeError):
        autoencoders.build("convolutional", (16, 16, 1), options)


def test_the_ready_recipe_is_for_images():
    recipe = recipes.read("image-autoencoder")
    assert (recipe.task, recipe.model.name) == ("anomaly_detection", "convolutional")
    network = autoencoders.build(recipe.model.name, (28, 28, 1), recipe.model.options)
    assert network.count_params() == 82_657
