"""The two ends that every network shares: raw pixels in, probabilities out."""

from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError


def pixels(input_shape: tuple[int, int, int]) -> tuple[Any, Any]:
    """Return the input (n, h, w, c), raw pixels 0 to 255, and the same pixels scaled to 0 to 1.

    Scaling is part of the network, so that training, export and serving cannot disagree about it.
    """
    inputs = keras.Input(input_shape, dtype="float32", name="pixels")
    return inputs, keras.layers.Rescaling(1 / 255, name="rescale")(inputs)


def answer(features: Any, outputs: int, **initializers: Any) -> Any:
    """Return probabilities (n, outputs), in float32 also where the layers before compute in bfloat16.

    Raises:
        RecipeError: the features are still an image; expected one row of numbers an image.
    """
    if len(features.shape) != 2:
        shape = "×".join(str(side) for side in features.shape[1:])
        raise RecipeError(
            f"The last layer leaves {shape} numbers, still arranged as an image; the classes need one row. "
            "End the layers with flatten or global_average_pool."
        )
    layer = keras.layers.Dense(outputs, activation="softmax", dtype="float32", name="predictions", **initializers)
    return layer(features)
