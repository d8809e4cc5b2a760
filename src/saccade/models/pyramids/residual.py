"""A small residual network with a top-down path, from random weights (after He et al. 2015 and Lin et al. 2017)."""

from typing import Any

from saccade.core.backend import keras
from saccade.models._families import convolution, finished, pixels, scaled
from saccade.models.pyramids._top_down import top_down

layers = keras.layers

CHANNELS = (16, 32, 64, 128, 160)
"""At strides 2, 4, 8, 16 and 32, at width 1."""


def build(input_shape: tuple[int, int, int], *, width: float = 1.0, depth: int = 1, features: int = 48) -> Any:
    """Return a fresh network from raw pixels (n, h, w, c) to features (n, h/4, w/4, d).

    Args:
        input_shape: height, width and channels; sides are multiples of 32.
        width: a factor on all channels.
        depth: residual blocks a stride.
        features: channels of the top-down path and of the head, before the factor.
    """
    inputs, maps = pixels(input_shape)
    maps = convolution(maps, scaled(CHANNELS[0], width), 3, strides=2, name="stem")
    stages = []
    for number, channels in enumerate(CHANNELS[1:], start=2):
        for block in range(depth):
            maps = _block(maps, scaled(channels, width), strides=1 if block else 2, name=f"stride{2**number}_{block}")
        stages.append(maps)
    return keras.Model(inputs, top_down(stages, scaled(features, width)), name="residual")


def _block(maps: Any, channels: int, *, strides: int, name: str) -> Any:
    """Return maps after a residual block of two convolutions."""
    way = convolution(maps, channels, 3, strides=strides, name=f"{name}a")
    way = convolution(way, channels, 3, name=f"{name}b", activation=None)
    if strides != 1 or maps.shape[-1] != channels:
        maps = layers.AveragePooling2D(strides, name=f"{name}_pool")(maps) if strides != 1 else maps
        maps = convolution(maps, channels, 1, name=f"{name}_project", activation=None)
    return finished(layers.Add(name=f"{name}_add")([maps, way]), name=name, normalize=False)
