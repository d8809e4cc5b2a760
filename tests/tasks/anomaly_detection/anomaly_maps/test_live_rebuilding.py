"""What an autoencoder rebuilds of validation images, drawn while it trains."""

import io

import numpy as np
import pytest
from PIL import Image

from saccade.core.backend import keras
from saccade.models import autoencoders
from saccade.tasks import base
from saccade.tasks.anomaly_detection.live_pictures import rebuilt_images

pytestmark = pytest.mark.heavy


def test_images_stand_above_what_is_rebuilt_of_them(untrained):
    dataset = base.reload(untrained, quiet=True)
    network = autoencoders.build("convolutional", dataset.image_shape, {})
    last = network.get_layer(autoencoders.CORE).get_layer("reconstruction")
    last.kernel.assign(keras.ops.zeros_like(last.kernel))
    last.bias.assign([1.0])  # it answers with white, whatever it sees
    (found,) = rebuilt_images(network, untrained.recipe, dataset)
    pixels = np.asarray(Image.open(io.BytesIO(found.png)))
    side = 18 * 5
    first = np.kron(dataset.images[dataset.rows("validation")[0], ..., 0], np.ones((5, 5), np.uint8))
    assert (pixels[:side, :side, 0] == first).all()
    assert (pixels[side + 6 : 2 * side + 6, :side, :3] == 255).all()
    assert np.ptp(pixels[2 * side + 12 :, :side, :3].astype(int), axis=(0, 1)).max() > 60


def test_a_network_that_rebuilds_nothing_has_the_pictures_of_every_network(untrained):
    inputs = keras.Input((8, 8, 1))
    assert rebuilt_images(keras.Model(inputs, keras.layers.Flatten()(inputs)), untrained.recipe, None) is None
