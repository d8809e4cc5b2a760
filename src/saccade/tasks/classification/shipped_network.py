"""The network as it is shipped: image bytes in, calibrated probabilities out."""

from typing import Any

from saccade.core.backend import Model, keras
from saccade.tasks.classification.calibration import TINIEST
from saccade.tasks.classification.image_description import with_novelty
from saccade.tasks.classification.novelty import KnownFeatures
from saccade.tasks.image_exports import taking_bytes


def as_shipped(model: Model, temperature: float, *, known: KnownFeatures | None = None) -> Model:
    """Return a Keras model (n, h, w, c) uint8 → (n, k) float32 around a run's network, and novelties (n,).

    Args:
        model: takes raw pixels as float32, gives probabilities.
        temperature: these become softmax(log p / temperature); 1 leaves them as they are.
        known: what novelties are measured by; None: there are none.
    """
    if known is None:
        return taking_bytes(model, then=lambda answers: _corrected(answers, temperature))

    def both(answers: list[Any]) -> list[Any]:
        probabilities, novelties = answers
        return [_corrected(probabilities, temperature), novelties]

    return taking_bytes(with_novelty(model, known), then=both)


def _corrected(answers: Any, temperature: float) -> Any:
    """Return probabilities as `calibration.calibrated` has them."""
    ops = keras.ops
    return answers if temperature == 1 else ops.softmax(ops.log(ops.maximum(answers, TINIEST)) / temperature)
