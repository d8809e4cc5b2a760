"""The head: of each cell, how likely the middle of an object of each class lies there, and the box around it.

One level of stride 4, without anchors (Zhou et al. 2019, "Objects as Points"; Liu et al. 2020, TTFNet).
"""

import math
from typing import Any

from saccade.core.backend import keras
from saccade.models.pyramids import STRIDE

layers, ops = keras.layers, keras.ops

HEATMAPS, DISTANCES, MAPS = "heatmaps", "distances", "predictions"
"""Names of layers: logits (n, h, w, c); left, top, right, bottom from the cell's middle, pixels (n, h, w, 4); both."""

RARE = 0.1
"""The probability that all cells start with (Lin et al. 2017): few hold an object."""

UNIT = 16.0
"""Pixels that a distance of 1 stands for (TTFNet)."""


def add(features: Any, classes: int) -> Any:
    """Return maps (n, h, w, c + 4), float32: heat-map logits of each class, then the four distances in pixels.

    Args:
        features: (n, h, w, d), of a pyramid; the layer before each output has as many channels.
        classes: how many.
    """
    channels = features.shape[-1]
    start = keras.initializers.RandomNormal(stddev=0.01)
    heat = layers.Conv2D(channels, 3, padding="same", activation="relu", kernel_initializer="he_normal", name="heat")(
        features
    )
    bias = keras.initializers.Constant(math.log(RARE / (1 - RARE)))
    heat = layers.Conv2D(classes, 1, kernel_initializer=start, bias_initializer=bias, dtype="float32", name=HEATMAPS)(
        heat
    )
    reach = layers.Conv2D(channels, 3, padding="same", activation="relu", kernel_initializer="he_normal", name="reach")(
        features
    )
    reach = layers.Conv2D(4, 1, activation="softplus", kernel_initializer=start, dtype="float32", name="reach_units")(
        reach
    )
    reach = layers.Rescaling(UNIT, dtype="float32", name=DISTANCES)(reach)
    return layers.Concatenate(dtype="float32", name=MAPS)([heat, reach])


def boxes_of(distances: Any) -> Any:
    """Return boxes (n, h, w, 4), left, top, right, bottom in pixels, of distances from the middles of the cells."""
    height, width = distances.shape[1:3]
    x = (ops.arange(width, dtype="float32") + 0.5) * STRIDE
    y = (ops.arange(height, dtype="float32") + 0.5) * STRIDE
    x, y = (
        ops.broadcast_to(x[None, None, :], (1, height, width)),
        ops.broadcast_to(y[None, :, None], (1, height, width)),
    )
    left, top, right, bottom = (distances[..., side] for side in range(4))
    return ops.stack([x - left, y - top, x + right, y + bottom], axis=-1)
