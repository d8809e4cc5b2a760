"""Feature pyramids for finding objects, a file each: images in, one map of features at a quarter of their size out.

A file has `build(input_shape, *, options) -> keras.Model`, from raw pixels (n, h, w, c), 0 to 255, to features
(n, h/4, w/4, d); and, where it starts from known weights, `load(network)`, which puts them in.
"""

from collections.abc import Mapping
from typing import Any

from saccade.core import registry
from saccade.models import _building

STRIDE = 4
"""Pixels of the image a side of a cell of the map."""


def build(name: str, input_shape: tuple[int, int, int], options: Mapping[str, Any]) -> Any:
    """Return a fresh Keras model from raw pixels to features (n, h/4, w/4, d).

    Args:
        name: a file of this folder: "residual".
        input_shape: (height, width, channels) of the images, multiples of 32.
        options: keyword arguments of its `build`.

    Raises:
        UnknownNameError: no such pyramid or option; names the nearest.
        RecipeError: an option has a value that cannot work, or the images are too small.
    """
    height, width, channels = input_shape
    return _building.build("pyramids", name, f"{height}×{width}×{channels} images", input_shape, options=options)


def load(name: str, network: Any, options: Mapping[str, Any], *, quiet: bool = False) -> None:
    """Put known weights into a network that was built on one of `build`, where the pyramid has such.

    Raises:
        MissingPackageError: the weights are in a package that is not installed.
        DownloadError: they could not be fetched.
    """
    file = registry.load("pyramids", name)
    if hasattr(file, "load"):
        file.load(network, quiet=quiet, **options)
