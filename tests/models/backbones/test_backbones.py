import numpy as np
import pytest

from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.errors import MissingPackageError, RecipeError, UnknownNameError
from saccade.models import backbones

# Every 200th logit of the PyTorch original (efficientnet-lite-pytorch 0.1.0, image_size=None, torch 2.13) for two
# images of noise, given as (pixels - 127) / 128
ORIGINAL = {
    ("efficientnet_lite0", 64): (
        [-1.60479, -0.95621, -2.92855, 1.32237, -3.32918],
        [-0.75762, 0.05814, -2.92983, 1.62639, -2.26468],
    ),
    ("efficientnet_lite0", 97): (
        [-1.3469, -1.33892, 0.05713, 1.9795, -0.80654],
        [-1.34269, -1.61045, -0.44536, 1.34461, -1.13556],
    ),
    ("efficientnet_lite2", 64): (
        [-1.32951, -0.59634, -1.96223, 2.9425, -1.88222],
        [-1.03792, -0.42572, -1.75363, 2.36043, -1.82278],
    ),
}
LITES = ("efficientnet_lite0", "efficientnet_lite2")


def noise(side, channels=3):
    return np.random.default_rng(side).integers(0, 256, (2, side, side, channels)).astype(np.float32)


def loaded(name, shape, **options):
    try:
        network = backbones.build(name, shape, **options)
        backbones.load(name, network)
    except MissingPackageError:
        pytest.skip("the weights of this one are an extra")
    return network


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "side"), ORIGINAL)
def test_a_lite_answers_like_its_original(name, side):
    network = loaded(name, (side, side, 3), opened="" if side == 64 else "stem", top=True)
    assert np.abs(network.predict_on_batch(noise(side))[:, ::200] - ORIGINAL[name, side]).max() < 5e-5


@pytest.mark.parametrize(
    ("name", "width", "convolutions"), [("efficientnet_lite0", 320, 49), ("efficientnet_lite2", 352, 64)]
)
def test_a_lite_has_the_layers_of_its_paper(name, width, convolutions):
    network = backbones.build(name, (224, 224, 3))
    kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    assert sum(isinstance(layer, kinds) for layer in network.layers) == convolutions
    assert network.get_layer(backbones.described(name).layers[-1]).output.shape[-1] == width
    assert network.output.shape == (None, 7, 7, 1280)


@pytest.mark.parametrize("name", registry.names("backbones"))
def test_every_backbone_takes_grey_and_colour_and_has_the_layers_that_it_names(name):
    known = backbones.described(name)
    for channels in (1, 3):
        network = backbones.build(name, (64, 64, channels))
        sides = [network.get_layer(layer).output.shape[1] for layer in known.layers]
        assert sides == sorted(sides, reverse=True) and sides[-1] <= 4
        assert network.output.shape[1:3] == (2, 2)


def test_a_grey_image_is_seen_as_one_of_equal_colours():
    grey = noise(32, channels=1)
    of_grey, of_colours = (loaded(LITES[0], (32, 32, channels)) for channels in (1, 3))
    assert np.allclose(of_grey.predict_on_batch(grey), of_colours.predict_on_batch(np.repeat(grey, 3, axis=-1)))


def test_the_extractor_gives_features_then_maps():
    network = backbones.extractor(LITES[0], (64, 64, 3), layers=("block_11", "block_3"))
    assert [tuple(each.shape[1:]) for each in network.outputs] == [(1280,), (4, 4, 112), (16, 16, 24)]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: backbones.described("efficientnet_lite_0"), UnknownNameError, "Did you mean 'efficientnet_lite0'"),
        (lambda: backbones.build(LITES[0], (8, 8, 1)), RecipeError, "16 pixels or more, found 8×8"),
        (lambda: backbones.extractor(LITES[0], (32, 32, 3), layers=("block_99",)), UnknownNameError, "block_"),
    ],
)
def test_what_cannot_be_is_said(make, error, says):
    with pytest.raises(error, match=says):
        make()
