"""The way down of a feature pyramid: coarse maps that know what is there are added to fine ones that know where."""

from typing import Any

from saccade.core.backend import keras
from saccade.models._families import convolution

layers = keras.layers


def top_down(stages: list[Any], channels: int) -> Any:
    """Return maps at the first stage's size, to which the coarser ones are added on the way (Lin et al. 2017).

    Args:
        stages: maps (n, h, w, c) from fine to coarse, each half as large as the one before.
        channels: of all maps on the way.
    """
    *finer, coarsest = stages
    maps = convolution(coarsest, channels, 1, name="top", activation=None)
    for number, lateral in reversed(list(enumerate(finer))):
        beside = convolution(lateral, channels, 1, name=f"lateral{number}", activation=None)
        joined = layers.Add(name=f"join{number}")([layers.UpSampling2D(2, name=f"up{number}")(maps), beside])
        maps = convolution(
            layers.Activation("relu", name=f"join{number}_relu")(joined), channels, 3, name=f"down{number}"
        )
    return maps
