"""A first convolution that is not trained: it whitens patches of images, to uncorrelated numbers of equal strength."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import keras
from saccade.core.spaced_rows import spaced

SIDE = 4
"""Of the filters, in pixels."""

WHITENING = "whitening_conv"
"""The layer that is set from training images."""

MOST_IMAGES = 5_000
"""That patches are cut from."""

PATCHES = 20
"""Cut from each, at random places."""

NOISE = 2e-3
"""Added to each variance, of patches from -1 to 1: what hardly varies is not blown up."""


def whitening(features: Any, filters: int, *, strides: int) -> Any:
    """Return features behind a convolution that whitens, with ReLU.

    Args:
        features: the pixels (n, h, w, c), scaled.
        filters: wanted; it gets no more than there are, and at least twice as many directions as a window has numbers
            that the last one had not: what is thrown away here, no later layer finds again.
        strides: of the window.
    """
    channels = features.shape[-1]
    least, most = 4 * strides**2 * channels, most_filters(SIDE, channels)
    convolution = keras.layers.Conv2D(
        min(max(filters // 2 * 2, least), most),
        SIDE,
        strides=strides,
        padding="same",
        use_bias=False,
        trainable=False,
        kernel_initializer="he_normal",
        name=WHITENING,
    )
    return keras.layers.Activation("relu", name="whitening_relu")(convolution(features))


def initialize(network: Any, images: Any, rows: NDArray[np.int64], **_: Any) -> None:
    """Set the convolution that whitens, if there is one, by images (n, h, w, c) of some rows, before the first step."""
    if WHITENING not in {layer.name for layer in network.layers}:
        return
    layer = network.get_layer(WHITENING)
    patches = network.get_layer("rescale")(cut_patches(images, rows, side=SIDE).astype(np.float32))
    pixels = keras.ops.convert_to_numpy(keras.ops.cast(patches, "float32"))
    layer.set_weights([whitening_filters(pixels, filters=layer.filters)])


def whitening_filters(patches: NDArray[np.float32], *, filters: int) -> NDArray[np.float32]:
    """Return a convolution's kernel (side, side, channels, filters) that whitens patches of images.

    The first half of the filters are the directions in which patches vary most, each divided by the square root of its
    variance; the second half are their negatives, so that nothing is lost when a ReLU follows.

    Args:
        patches: (n, side, side, channels), as the convolution gets them.
        filters: an even number, `most_filters` at most.
    """
    flat = patches.reshape(len(patches), -1).astype(np.float64)
    variances, directions = np.linalg.eigh(flat.T @ flat / len(flat))
    strongest = np.argsort(variances)[::-1][: filters // 2]
    kernel = directions[:, strongest] / np.sqrt(variances[strongest] + NOISE)
    return np.concatenate([kernel, -kernel], axis=1).reshape(*patches.shape[1:], filters).astype(np.float32)


def most_filters(side: int, channels: int) -> int:
    """Return how many filters can whiten patches of (side, side, channels)."""
    return 2 * side**2 * channels


def cut_patches(images: Any, rows: NDArray[np.int64], *, side: int) -> NDArray[Any]:
    """Return patches (n, side, side, channels) from random places of images (n, h, w, c), the same in every process.

    Args:
        images: a memory map is fine: they are read one by one.
        rows: those that may be used; at most `MOST_IMAGES` of them are, evenly spread.
        side: in pixels, no more than the images have.
    """
    random = np.random.default_rng(0)
    return np.concatenate([_patches(np.asarray(images[row]), side, random) for row in spaced(rows, MOST_IMAGES)])


def _patches(image: NDArray[Any], side: int, random: np.random.Generator) -> NDArray[Any]:
    """Return patches (PATCHES, side, side, channels) of one image."""
    tops = random.integers(0, image.shape[0] - side + 1, PATCHES)
    lefts = random.integers(0, image.shape[1] - side + 1, PATCHES)
    offsets = np.arange(side)
    patches: NDArray[Any] = image[tops[:, None, None] + offsets[:, None], lefts[:, None, None] + offsets]
    return patches
