"""Fully connected layers on the flattened image: the baseline that a convolution must beat."""

from collections.abc import Sequence
from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.models import _ends


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    hidden: Sequence[int] = (512,),
    dropout: float = 0,
    activation: str = "relu",
    kernel_initializer: Any = "glorot_uniform",
    bias_initializer: Any = "zeros",
) -> Any:
    """Return a network of dense layers; with one of 512 units, 407,050 parameters on MNIST.

    Args:
        input_shape: (height, width, channels).
        outputs: number of classes.
        hidden: units of each layer before the last; empty for a linear (logistic) classifier.
        dropout: part of each hidden layer's units that are left out at random in training, 0 to below 1.
        activation: of the hidden layers.
        kernel_initializer: a Keras name, or {"class_name": ..., "config": {...}}; of every layer.
        bias_initializer: likewise.

    Raises:
        RecipeError: `hidden` is not a list of positive numbers.
    """
    initializers = {"kernel_initializer": kernel_initializer, "bias_initializer": bias_initializer}
    inputs, features = _ends.pixels(input_shape)
    features = keras.layers.Flatten(name="flatten")(features)
    for number, units in enumerate(_checked(hidden), start=1):
        layer = keras.layers.Dense(units, activation=activation, name=f"dense_{number}", **initializers)
        features = layer(features)
        if dropout:
            features = keras.layers.Dropout(dropout, name=f"dropout_{number}")(features)
    return keras.Model(inputs, _ends.answer(features, outputs, **initializers), name="dense")


def _checked(hidden: Any) -> list[int]:
    units = [hidden] if isinstance(hidden, int) else hidden
    if not isinstance(units, list | tuple) or any(not isinstance(each, int) or each < 1 for each in units):
        raise RecipeError(f"'hidden' is a list of units a layer, like [512, 128]; found {hidden!r}.")
    return list(units)
