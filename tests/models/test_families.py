"""The famous networks: as published at 224 pixels, and at home from 28 pixels on."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest

import saccade
from saccade import models
from saccade.core import registry
from saccade.core.backend import keras, precision_scope, seed_everything
from saccade.core.errors import RecipeError, UnknownNameError
from saccade.inspection.running import run_layers
from saccade.inspection.summary import summarize
from saccade.modalities.images.intake import Intake
from saccade.tasks.classification.predictor import signature
from saccade.tasks.classification.shipped_network import as_shipped

pytestmark = pytest.mark.heavy

FAMILIES = ("vgg", "googlenet", "resnet", "mobilenet_v1", "mobilenet_v2")
SLIM = {"width": 0.125}

WEEKLY = (pytest.mark.slow, pytest.mark.long)

families = pytest.mark.parametrize("name", FAMILIES)
sides = pytest.mark.parametrize("side", [32, *(pytest.param(side, marks=WEEKLY) for side in (28, 64))])


def weekly_but(*names):
    """Parametrize by family; all but those named are asked every week: each takes a second or more."""
    marked = [name if name in names else pytest.param(name, marks=WEEKLY) for name in FAMILIES]
    return pytest.mark.parametrize("name", marked)


@cache
def slim(name, side=32):
    """Return a family at an eighth of its width; to look at, not to train."""
    return models.build(name, (side, side, 3), 4, SLIM)


def dry_run(name, shape, **options):
    """Return a network of 1,000 classes that knows its shapes but has no weights: quick, and it takes no memory."""

    def build():
        with keras.StatelessScope(initialize_variables=False):
            return registry.load("models", name).build(shape, 1000, **options)

    with ThreadPoolExecutor(1) as thread:  # Keras keeps a list of unfilled variables a thread
        return thread.submit(build).result()


# As published


@pytest.mark.parametrize(
    ("name", "options", "parameters"),
    [
        ("vgg", {}, 138_357_544),
        ("vgg", {"depth": 19}, 143_667_240),
        ("googlenet", {}, 6_998_552),  # without its auxiliary classifiers
        ("mobilenet_v1", {}, 4_253_864),  # as Keras counts, with the moving statistics
        ("mobilenet_v2", {}, 3_538_984),
    ],
)
def test_at_224_pixels_a_family_has_its_published_number_of_parameters(name, options, parameters):
    assert dry_run(name, (224, 224, 3), **options).count_params() == parameters


@pytest.mark.parametrize(("depth", "parameters"), [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032)])
def test_at_224_pixels_a_resnet_trains_its_published_number_of_parameters(depth, parameters):
    network = dry_run("resnet", (224, 224, 3), depth=depth)
    assert sum(int(np.prod(each.shape)) for each in network.trainable_variables) == parameters


def grids(network):
    return [layer.output.shape[1:3] for layer in network.layers if len(layer.output.shape) == 4]


# Small images


@families
@pytest.mark.parametrize("side", [28, 32, 64])
def test_of_a_small_image_a_grid_is_left_to_the_end(name, side):
    rows, columns = grids(dry_run(name, (side, side, 3), **SLIM))[-1]
    assert rows == columns
    if name == "vgg":  # pools five times, as ever
        assert rows == {28: 1, 32: 1, 64: 2}[side]
    else:
        assert 4 <= rows <= 8


@weekly_but("vgg", "resnet")
def test_the_original_stem_begins_at_96_pixels_of_the_shorter_side(name):
    small, original = (dry_run(name, (side, 120, 3), **SLIM) for side in (95, 96))
    asked = dry_run(name, (95, 120, 3), **SLIM, stem="original")
    assert len(asked.layers) == len(original.layers)
    assert grids(asked)[-1] == grids(original)[-1]
    assert (len(small.layers), grids(small)[-1]) != (len(original.layers), grids(original)[-1])


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "vgg"])
def test_a_small_stem_of_stride_two_halves_every_grid(name):
    whole, halved = (dry_run(name, (32, 32, 3), **SLIM, stem_stride=stride) for stride in (1, 2))
    assert grids(halved)[2:] == [(rows // 2, columns // 2) for rows, columns in grids(whole)[2:]]


@weekly_but("vgg", "resnet")
def test_whitening_takes_the_place_of_the_first_convolution_and_is_set_by_the_images(name):
    network = models.build(name, (32, 32, 3), 4, {**SLIM, "whiten": True})
    first = next(layer for layer in network.layers if layer.weights)
    before = first.get_weights()[0]
    registry.load("models", name).initialize(
        network, np.random.default_rng(0).integers(0, 256, (30, 32, 32, 3), np.uint8), np.arange(20)
    )
    assert (first.name, first.trainable_weights) == ("whitening_conv", [])
    assert not np.array_equal(before, first.get_weights()[0])
    assert grids(network)[-1] == grids(slim(name))[-1]


@pytest.mark.parametrize(("stride", "filters"), [(1, 16), (2, 48)])
def test_a_narrow_network_whitens_without_losing_detail(stride, filters):
    network = dry_run("googlenet", (32, 32, 3), stem="small", stem_stride=stride, whiten=True, width=0.25)
    assert network.get_layer("whitening_conv").filters == filters


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2"])
def test_in_bfloat16_a_depthwise_filter_with_a_stride_computes_in_float32(name):
    with precision_scope("mixed_bfloat16"):
        network = models.build(name, (32, 32, 3), 4, SLIM)
    found = {
        (layer.strides[0], layer.compute_dtype)
        for layer in network.layers
        if isinstance(layer, keras.layers.DepthwiseConv2D)
    }
    assert found == {(1, "bfloat16"), (2, "float32")}
    assert all(layer.compute_dtype == "bfloat16" for layer in network.layers if layer.name.endswith("_norm"))


@families
def test_the_published_stem_does_not_whiten(name):
    with pytest.raises(RecipeError, match="small stem"):
        models.build(name, (32, 32, 3), 4, {**SLIM, "stem": "original", "whiten": True})


@families
@pytest.mark.slow
@sides
def test_a_step_of_training_changes_every_weight(name, side):
    seed_everything(0)
    network = models.build(name, (side, side, 3), 4, SLIM)
    rng = np.random.default_rng(0)
    images, classes = rng.integers(0, 256, (8, side, side, 3)).astype("float32"), np.arange(8) % 4
    before = [weight.numpy() for weight in network.trainable_variables]
    network.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    assert np.isfinite(network.train_on_batch(images, classes))
    for weight, old in zip(network.trainable_variables, before, strict=True):
        assert np.any(weight.numpy() != old), weight.path


@families
def test_the_head_can_be_replaced(name, without_weights):
    inputs, features = without_weights(lambda: models.backbone(name, (32, 32, 3), SLIM))
    names = [layer.name for layer in keras.Model(inputs, features).layers]
    assert len(features.shape) == 2
    assert "predictions" not in names
    assert "pool" in names


def test_with_the_original_stem_vgg_without_its_head_keeps_its_hidden_layers():
    _, features = models.backbone("vgg", (64, 64, 3), {**SLIM, "stem": "original"})
    assert features.shape == (None, 4096 // 8)


def test_a_resnet_without_its_shortcuts_is_the_plain_network():
    kinds = [type(layer).__name__ for layer in dry_run("resnet", (32, 32, 3), **SLIM, shortcuts=False).layers]
    assert "Add" not in kinds
    assert kinds.count("Conv2D") == 17


# Inside


@weekly_but("resnet")
@sides
def test_it_can_be_looked_into_layer_by_layer(name, side):
    network = slim(name, side)
    image = np.random.default_rng(0).integers(0, 256, (side, side, 3)).astype("float32")
    *_, last = run_layers(network, image[None])
    np.testing.assert_allclose(last.output, network(image[None]).numpy(), rtol=1e-3, atol=1e-5)
    layers = summarize(network)
    assert sum(layer.parameters for layer in layers) == network.count_params()
    assert all(layer.multiply_adds is not None for layer in layers)
    assert saccade.inspect(network, image).gradcam(0).shape == (side, side)


@families
@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("side", [28, 64])
def test_it_answers_the_same_in_onnx(name, side, tmp_path):
    network, shape = slim(name, side), (side, side, 3)
    samples = np.random.default_rng(0).integers(0, 256, (16, *shape), dtype=np.uint8)
    path, ends = tmp_path / "model.onnx", signature(Intake(shape, "pad"), ("a", "b", "c", "d"))
    form = registry.load("formats", "onnx")
    form.write(as_shipped(network, 1.0), path, {}, signature=ends, precision="float32", samples=samples)
    (answers,) = registry.load("engines", "onnx").load(path).answer(samples)
    np.testing.assert_allclose(answers, network(samples).numpy(), atol=1e-5)


# What cannot work


@families
def test_an_unknown_stem_suggests_the_nearest(name):
    with pytest.raises(UnknownNameError, match="no stem 'smal'. Did you mean 'small'"):
        models.build(name, (32, 32, 3), 2, {"stem": "smal"})


@families
def test_an_image_below_16_pixels_says_what_to_do(name, without_weights):
    without_weights(lambda: models.build(name, (16, 16, 1), 2, SLIM))
    with pytest.raises(RecipeError, match="at least 16×16 pixels, found 15×20. Try --image-size 28"):
        models.build(name, (15, 20, 1), 2, SLIM)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("vgg", {"depth": 17}, "'depth' of 16 or 19, found 17"),
        ("resnet", {"depth": 101}, "'depth' of 18, 34 or 50, found 101"),
        ("resnet", {"width": 0}, "'width' is a factor on the published channels, like 1 or .5; found 0"),
        ("resnet", {"width": "half"}, "'width' is a factor on the published channels, like 1 or .5; found 'half'"),
        ("mobilenet_v2", {"stem_stride": 3}, "'stem_stride' is 1 or 2, found 3"),
        ("googlenet", {"dropout": 2}, "'googlenet' cannot be built for 32×32×3 images"),
    ],
)
def test_an_option_that_cannot_work_says_why(name, options, message):
    with pytest.raises(RecipeError, match=message):
        models.build(name, (32, 32, 3), 2, options)
