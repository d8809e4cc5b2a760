"""Architectures, a file each: `build(input_shape, outputs, *, options) -> keras.Model`.

A network takes raw pixels, 0 to 255, and answers with one probability a class. A file may also have

- `initialize(network, images, rows, *, seed, **options)`: sets weights from the rows for training of images
  (n, h, w, c), which may be memory-mapped, before the first step.
"""

from collections.abc import Mapping
from typing import Any

from saccade.models import _building
from saccade.models._building import MOST_PARAMETERS

__all__ = ["MOST_PARAMETERS", "backbone", "build", "options"]


def build(name: str, input_shape: tuple[int, int, int], outputs: int, options: Mapping[str, Any]) -> Any:
    """Return a fresh Keras model of an architecture.

    Args:
        name: a file of this folder: "convnet".
        input_shape: (height, width, channels) of the images.
        outputs: units of the last layer, one a class.
        options: keyword arguments of the architecture's `build`.

    Raises:
        UnknownNameError: no such architecture or option; names the nearest.
        RecipeError: an option has a value that cannot work, the images are too small for the network, or
            the network has more than `MOST_PARAMETERS`.
    """
    height, width, channels = input_shape
    where = f"{height}×{width}×{channels} images"
    return _building.build("models", name, where, input_shape, outputs, options=options)


def backbone(name: str, input_shape: tuple[int, int, int], options: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return a fresh architecture without its head: the input (n, h, w, c), and features (n, d) for a head of your own.

    The head is the last layer with weights, and all behind it. Arguments and errors as for `build`.
    """
    network = build(name, input_shape, 1, options)
    head = next(layer for layer in reversed(network.layers) if layer.weights)
    return network.inputs[0], head.input


def options(name: str) -> dict[str, Any]:
    """Return the options of an architecture and their defaults."""
    return _building.options("models", name)
