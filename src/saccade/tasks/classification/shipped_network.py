"""The network as it is shipped: image bytes in, calibrated probabilities out."""

from typing import Any

from saccade.core.backend import keras
from saccade.tasks.classification.calibration import TINIEST


def as_shipped(model: Any, temperature: float) -> Any:
    """Return a Keras model (n, h, w, c) uint8 → (n, k) float32 around a run's network.

    Args:
        model: takes raw pixels as float32, gives probabilities.
        temperature: these become softmax(log p / temperature); 1 leaves them as they are.
    """
    pixels = keras.Input(model.input_shape[1:], dtype="uint8", name="pixels")
    answers = model(keras.ops.cast(pixels, "float32"))
    if temperature != 1:  # as calibration.calibrated has it
        answers = keras.ops.softmax(keras.ops.log(keras.ops.maximum(answers, TINIEST)) / temperature)
    return keras.Model(pixels, answers, name="shipped")
