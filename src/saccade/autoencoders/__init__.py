"""Autoencoders of table rows, a file each: `build(width, *, options) -> keras.Model`.

It takes standardised features, (n, width), and answers with their errors, (n, width), never negative: how badly each
was rebuilt. Training makes the errors of normal rows small; what corrupts the features (noise, dropout) acts in
training only. Only Keras' own layers and `keras.ops` are used, so that the file loads and exports anywhere.

A file may also have

- `penalty(network, features, **options)`: what training adds to the loss of a batch;
- `initialize(network, features, seed)`: sets weights from training features before the first step;
- `finish(network, features)`: sets what can only be known after the last step;
- `SQUARED = False`: its errors are not squared differences.
"""

from collections.abc import Mapping
from typing import Any

from saccade.autoencoders import _ends
from saccade.autoencoders._ends import FEATURES
from saccade.autoencoders._layout import Feature, layout
from saccade.backend import keras
from saccade.models import _building
from saccade.schema import Schema

__all__ = ["CORE", "FEATURES", "Feature", "build", "featurizer", "layout", "options"]

CORE = "autoencoder"
"""The name of the layer that holds the autoencoder itself, between the two ends."""


def build(name: str, schema: Schema, options: Mapping[str, Any]) -> Any:
    """Return a network from the raw columns of a table to each column's contribution to the score.

    Its input is (n, d) float32, as `Schema` encodes rows: NaN where a value is missing. Its output is (n, d) float32,
    never negative; the score of a row is the sum.

    Args:
        name: a file of this folder: "dense".
        schema: of the table, fitted on its training rows.
        options: keyword arguments of the architecture's `build`.

    Raises:
        UnknownNameError: no such architecture or option; names the nearest.
        RecipeError: an option has a value that cannot work, or the network is too large.
    """
    columns, features, owners = _ends.features(schema)
    width = features.shape[-1]
    core = _building.build("autoencoders", name, f"{width} features", width, options=options)
    core.name = CORE
    return _ends.network(columns, core(features), owners)


def featurizer(network: Any) -> Any:
    """Return the first part of a network from `build`: raw columns (n, d) to standardised features (n, width)."""
    return keras.Model(network.input, network.get_layer(FEATURES).output, name=FEATURES)


def options(name: str) -> dict[str, Any]:
    """Return the options of an architecture and their defaults."""
    return _building.options("autoencoders", name)
