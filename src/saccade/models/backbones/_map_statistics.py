"""Mean and standard deviation of maps over their positions: what an image holds, whatever place it is at."""

from collections.abc import Sequence
from typing import Any

from saccade.core.backend import keras

LEAST_VARIANCE = 1e-6
"""Of a map that is the same everywhere, whose standard deviation would have no gradient."""


def means_and_deviations(network: Any, layers: Sequence[str]) -> Any:
    """Return the mean and then the standard deviation of each map (n, 2c) of some layers, one behind another, float32.

    Args:
        network: a Keras model.
        layers: names of those that give maps (n, h, w, c).
    """
    found = [each for name in layers for each in _of_layer(network.get_layer(name))]
    return keras.layers.Concatenate(name="statistics", dtype="float32")(found)


def _of_layer(layer: Any) -> tuple[Any, Any]:
    maps = (
        layer.output
        if layer.output.dtype == "float32"
        else _named(keras.ops.cast(layer.output, "float32"), f"{layer.name}_float32")
    )
    mean = keras.layers.GlobalAveragePooling2D(name=f"{layer.name}_mean", dtype="float32")(maps)
    variance = _named(keras.ops.var(maps, axis=(1, 2)), f"{layer.name}_variance")
    bounded = _named(keras.ops.maximum(variance, LEAST_VARIANCE), f"{layer.name}_bounded")
    return mean, _named(keras.ops.sqrt(bounded), f"{layer.name}_deviation")


def _named(tensor: Any, name: str) -> Any:
    """Return what an operation gives, and call the operation so.

    Keras numbers operations. On a network that was loaded, others are built that may get the same number, and no model
    holds a name twice.
    """
    tensor._keras_history.operation.name = name
    return tensor
