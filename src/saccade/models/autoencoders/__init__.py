"""Networks that look for anomalies, a file each: autoencoders of rows or images, and what compares images otherwise.

A file says what it takes: `TAKES = "tables"` or `TAKES = "images"`. Of rows, `build(width, *, options) -> keras.Model`
takes standardised features, (n, width), and answers with their
errors, (n, width), never negative: how badly each was rebuilt. Of images, `build(input_shape, *, options)` takes
pixels from -1 to 1, (n, h, w, c), and answers with the images rebuilt, (n, h, w, c). Training makes the errors of
what is normal small; what corrupts the input (noise, dropout) acts in training only. Only Keras' own layers and
`keras.ops` are used, so that the file loads and exports anywhere.

One of rows may also have

- `penalty(network, features, **options)`: what training adds to the loss of a batch;
- `initialize(network, features, rows, *, seed, **others)`: sets weights from the rows for training of features (n,
  width), before the first step;
- `finish(network, features)`: sets what can only be known after the last step;
- `SQUARED = False`: its errors are not squared differences.

One of images may instead say `REBUILDS = False`: then `build` returns the whole network, from raw pixels to what each
adds to the score, and `initialize(network, images, rows, *, seed, **options)` tells it what is normal.
"""

from collections.abc import Mapping
from typing import Any

from saccade.core import registry
from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.modalities.tables.schema import Schema
from saccade.models import _building
from saccade.models.autoencoders import _ends, _image_ends
from saccade.models.autoencoders._ends import FEATURES
from saccade.models.autoencoders._layout import Feature, layout

__all__ = [
    "CORE",
    "FEATURES",
    "Feature",
    "build",
    "code",
    "featurizer",
    "layout",
    "options",
    "rebuilds",
    "remainder",
    "shipped",
]

CORE = "autoencoder"
"""The name of the layer that holds the autoencoder itself, between the two ends."""

Shape = tuple[int, int, int]


def build(name: str, inputs: Schema | Shape, options: Mapping[str, Any]) -> Any:
    """Return a network from raw columns, or raw pixels, to what each of them contributes to the score.

    Of a table, (n, d) float32 goes in as `Schema` encodes rows, NaN where a value is missing, and (n, d) comes out. Of
    images, (n, h, w, c) goes in, 0 to 255, and (n, h, w) comes out. Contributions are float32 and never negative;
    the score of a row or image is their sum.

    Args:
        name: a file of this folder: "dense", "convolutional".
        inputs: the schema of a table, fitted on its training rows; or (height, width, channels) of images.
        options: keyword arguments of the architecture's `build`.

    Raises:
        UnknownNameError: no such architecture or option; names the nearest.
        RecipeError: it takes the other kind of input, an option has a value that cannot work, or the network is too
            large.
    """
    _refuse_other_inputs(name, inputs)
    if isinstance(inputs, Schema):
        columns, features, owners = _ends.features(inputs)
        core = _core(name, f"{features.shape[-1]} features", features.shape[-1], options)
        return _ends.network(columns, core(features), owners)
    height, width, channels = inputs
    where = f"{height}×{width}×{channels} images"
    if not getattr(registry.load("autoencoders", name), "REBUILDS", True):
        return _building.build("autoencoders", name, where, inputs, options=options)
    pixels, images = _image_ends.scaled(inputs)
    core = _core(name, where, inputs, options)
    return _image_ends.trained(pixels, images, core(images))


def shipped(network: Any) -> Any:
    """Return the network that answers, made of the layers of a trained one; of rows it is the trained one itself."""
    return _image_ends.shipped(network) if rebuilds(network) else network


def rebuilds(network: Any) -> bool:
    """Say whether a network of images rebuilds them, so that there is a remainder; one of rows has none."""
    return _image_ends.REMAINDER in {layer.name for layer in network.layers}


def code(network: Any) -> Any:
    """Return the output of a network of images (n, ...) by which those of then and now are compared: few numbers."""
    return _image_ends.code(network, network.get_layer(CORE) if rebuilds(network) else None)


def remainder(network: Any) -> Any:
    """Return the output (n, h, w, c) of a network of images: the raw pixels minus what it makes of them, / 127.5."""
    return network.get_layer(_image_ends.REMAINDER).output


def featurizer(network: Any) -> Any:
    """Return the first part of a network from `build`: raw columns (n, d) to standardised features (n, width)."""
    return keras.Model(network.input, network.get_layer(FEATURES).output, name=FEATURES)


def options(name: str) -> dict[str, Any]:
    """Return the options of an architecture and their defaults."""
    return _building.options("autoencoders", name)


def _core(name: str, where: str, size: int | Shape, options: Mapping[str, Any]) -> Any:
    core = _building.build("autoencoders", name, where, size, options=options)
    core.name = CORE
    return core


def _refuse_other_inputs(name: str, inputs: Schema | Shape) -> None:
    takes = registry.load("autoencoders", name).TAKES
    if (takes == "tables") != isinstance(inputs, Schema):
        given = "rows of a table" if isinstance(inputs, Schema) else "images"
        raise RecipeError(f"The network '{name}' takes {takes}, and was given {given}.")
