"""The network as it is shipped: image bytes in, calibrated probabilities out."""

from saccade.core.backend import Model, keras
from saccade.tasks.classification.calibration import TINIEST
from saccade.tasks.image_exports import taking_bytes


def as_shipped(model: Model, temperature: float) -> Model:
    """Return a Keras model (n, h, w, c) uint8 → (n, k) float32 around a run's network.

    Args:
        model: takes raw pixels as float32, gives probabilities.
        temperature: these become softmax(log p / temperature); 1 leaves them as they are.
    """
    if temperature == 1:
        return taking_bytes(model)
    ops = keras.ops  # as calibration.calibrated has it
    return taking_bytes(model, then=lambda answers: ops.softmax(ops.log(ops.maximum(answers, TINIEST)) / temperature))
