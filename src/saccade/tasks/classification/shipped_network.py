"""The network as it is shipped: image bytes in, calibrated probabilities out."""

from typing import Any

from saccade.core.backend import Model, keras
from saccade.tasks.classification.calibration import TINIEST
from saccade.tasks.image_exports import taking_bytes


def as_shipped(answering: Model, temperature: float) -> Model:
    """Return a Keras model (n, h, w, c) uint8 → (n, k) float32 around a network as it answers, and novelties (n,).

    Args:
        answering: from `answering_network`: takes raw pixels as float32, gives probabilities, and novelties or none.
        temperature: probabilities become softmax(log p / temperature); 1 leaves them as they are.
    """

    def corrected(answers: Any) -> Any:
        if not isinstance(answers, list):
            return _corrected(answers, temperature)
        probabilities, *others = answers
        return [_corrected(probabilities, temperature), *others]

    return taking_bytes(answering, then=corrected)


def _corrected(answers: Any, temperature: float) -> Any:
    """Return probabilities as `calibration.calibrated` has them."""
    ops = keras.ops
    return answers if temperature == 1 else ops.softmax(ops.log(ops.maximum(answers, TINIEST)) / temperature)
