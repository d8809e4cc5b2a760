import hashlib
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import h5py
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.errors import DownloadError, MissingPackageError, RecipeError, UnknownNameError
from saccade.models import backbones
from saccade.models.backbones import _keras_application, mobilenet_v3_large

pytestmark = pytest.mark.heavy

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


@pytest.mark.parametrize(("name", "side"), ORIGINAL)
def test_a_lite_answers_like_its_original(name, side):
    network = loaded(name, (side, side, 3), opened="" if side == 64 else "stem", top=True)
    assert np.abs(np.asarray(network(noise(side)))[:, ::200] - ORIGINAL[name, side]).max() < 5e-5


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
def test_every_backbone_takes_grey_and_colour_and_has_the_layers_that_it_names(name, without_weights):
    known = backbones.described(name)
    for channels in (1, 3) if name in LITES else (1,):
        network = without_weights(lambda channels=channels: backbones.build(name, (64, 64, channels)))
        sides = [network.get_layer(layer).output.shape[1] for layer in known.layers]
        assert sides == sorted(sides, reverse=True) and sides[-1] <= 4
        assert network.output.shape[1:3] == (2, 2)


def test_a_grey_image_is_seen_as_one_of_equal_colours():
    grey = noise(32, channels=1)
    of_grey, of_colours = (loaded(LITES[0], (32, 32, channels)) for channels in (1, 3))
    assert np.allclose(np.asarray(of_grey(grey)), np.asarray(of_colours(np.repeat(grey, 3, axis=-1))))


def test_the_extractor_gives_features_then_maps():
    network = backbones.extractor(LITES[0], (64, 64, 3), layers=("block_11", "block_3"))
    assert [tuple(each.shape[1:]) for each in network.outputs] == [(1280,), (4, 4, 112), (16, 16, 24)]


@pytest.mark.parametrize(("name", "strides"), [(LITES[0], [8, 16]), (LITES[1], [8, 16])])
def test_the_middle_of_a_lite_ends_its_third_and_fifth_stage(name, strides):
    network = backbones.build(name, (64, 64, 3))
    maps = [network.get_layer(layer).output for layer in backbones.middle_layers(name)]
    assert [64 // each.shape[1] for each in maps] == strides
    assert backbones.middle(name, network).shape == (None, 2 * sum(each.shape[-1] for each in maps))


def test_what_is_known_of_a_backbone_is_said_without_loading_keras():
    code = (
        "import sys; from saccade.models import backbones as b; b.described(b.DEFAULT); print('keras' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


def test_what_the_middle_says_is_mean_and_deviation_of_each_map():
    network = backbones.extractor(LITES[0], (64, 64, 3), layers=("block_5", "block_11"), with_middle=True)
    _, fine, coarse, middle = map(np.asarray, network(noise(64)))
    wanted = [statistic(maps, axis=(1, 2)) for maps in (fine, coarse) for statistic in (np.mean, np.std)]
    assert np.allclose(middle, np.concatenate(wanted, axis=1), atol=1e-3)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: backbones.described("efficientnet_lite_0"), UnknownNameError, "Did you mean 'efficientnet_lite0'"),
        (lambda: backbones.build(LITES[0], (8, 8, 1)), RecipeError, "16 pixels or more, found 8×8"),
        (lambda: backbones.extractor(LITES[0], (32, 32, 3), layers=("block_99",)), UnknownNameError, "block_"),
        (lambda: backbones.middle_layers("resnet50_v2"), RecipeError, "middle of resnet50_v2 are known"),
    ],
)
def test_what_cannot_be_is_said(make, error, says):
    with pytest.raises(error, match=says):
        make()


# Those of keras.applications


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Give a function that serves a file at the address of MobileNetV3's weights, with its own checksum."""
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(_keras_application, "BASE", f"http://127.0.0.1:{server.server_port}/")
    yield tmp_path / Path(mobilenet_v3_large.APPLICATION.address)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_weights_of_keras_are_downloaded_once_and_checked(served, monkeypatch):
    theirs = mobilenet_v3_large.APPLICATION.make(weights=None, include_top=False, input_shape=(32, 32, 3))
    served.parent.mkdir()
    with h5py.File(served, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, theirs)
    own = replace(mobilenet_v3_large.APPLICATION, checksum=f"md5:{hashlib.md5(served.read_bytes()).hexdigest()}")
    monkeypatch.setattr(mobilenet_v3_large, "load", own.load)
    network = backbones.build("mobilenet_v3_large", (32, 32, 3))
    backbones.load("mobilenet_v3_large", network)
    served.unlink()  # a second time it is not asked for
    backbones.load("mobilenet_v3_large", network)
    assert np.allclose(np.asarray(network(noise(32))), np.asarray(theirs(noise(32) / 127.5 - 1)), atol=1e-4)


@pytest.mark.parametrize(("content", "says"), [(b"another file", "wrong checksum"), (None, "answered 404")])
def test_weights_that_cannot_be_had_say_where_to_get_them(served, content, says):
    if content:
        served.parent.mkdir()
        served.write_bytes(content)
    with pytest.raises(DownloadError, match=f"{says}(.|\n)*Without a network: fetch it from one of these addresses"):
        registry.load("backbones", "mobilenet_v3_large").load(None)
