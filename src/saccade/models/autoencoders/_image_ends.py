"""The two ends that every autoencoder of images shares: raw pixels in, a contribution a pixel out."""

from math import prod
from typing import Any

from saccade.core.backend import keras

SMOOTHING = 3
"""Pixels a side of the square over which what remains of an image is averaged, before it is squared. A digit that is
rebuilt a little thinner leaves positive and negative rims beside each other, and noise leaves both everywhere: they
cancel, a missing stroke or a scratch does not. Measured on one digit against the other nine: ROC AUC .93 instead of
.90, and on healthy leaves against blighted ones .88 instead of .85."""

UNSMOOTHED = 0.1
"""Weight of the squares before smoothing beside those after it: or a pattern finer than the square would not count."""

DESCRIBED = "described"
"""The name of the layer that describes each patch, in a network that compares patches instead of rebuilding images."""

REMAINDER = "remainder"
"""The name of the layer whose output is image minus rebuilt image."""


def scaled(input_shape: tuple[int, int, int]) -> tuple[Any, Any]:
    """Return the input (n, h, w, c), raw pixels 0 to 255, and the same pixels from -1 to 1."""
    pixels = keras.Input(input_shape, dtype="float32", name="pixels")
    return pixels, keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(pixels)


def trained(pixels: Any, images: Any, rebuilt: Any) -> Any:
    """Return the network that is trained: each pixel's part of the mean squared error, (n, h, w)."""
    remainder = keras.layers.Subtract(name=REMAINDER)([images, rebuilt])
    return keras.Model(pixels, _contributions(remainder), name="detector")


def shipped(network: Any) -> Any:
    """Return the network that answers, with the layers of the trained one: each pixel's part of the score, (n, h, w).

    The score is their sum: the mean of the squares of the smoothed remainder, and a little of the unsmoothed. Trained
    for this it would be freer to leave fine patterns that the smoothing hides.
    """
    smooth = keras.layers.AveragePooling2D(SMOOTHING, strides=1, padding="same", name="smooth")
    remainder = network.get_layer(REMAINDER).output
    fine = UNSMOOTHED * _contributions(remainder)
    return keras.Model(network.input, _contributions(smooth(remainder)) + fine, name="detector")


def code(network: Any, core: Any) -> Any:
    """Return the few numbers that a network makes of an image, (n, ...): those that all of it has to pass through.

    Args:
        network: from raw pixels to contributions.
        core: the autoencoder in it, whose layer with the smallest answer that is; None where patches are compared: then
            it is their mean.
    """
    if core is None:
        return keras.layers.GlobalAveragePooling2D()(network.get_layer(DESCRIBED).output)
    weighted = [layer for layer in core.layers if layer.weights]
    narrowest = min(weighted, key=lambda layer: prod(layer.output.shape[1:]))
    return keras.Model(core.input, narrowest.output)(network.get_layer("scale").output)


def _contributions(remainder: Any) -> Any:
    height, width = remainder.shape[1:3]
    return keras.ops.mean(keras.ops.square(remainder), axis=-1) / (height * width)
