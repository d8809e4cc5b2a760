"""Prediction: which class an image shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Prediction:
    """The answer for one image.

    Attributes:
        label: the most probable class.
        probability: its probability, 0 to 1.
        probabilities: of every class, by name; they sum to 1.
        decided: False where the network had better not answer: `label` is then its best guess only.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    decided: bool = True


def predictions(
    probabilities: NDArray[np.float32], classes: tuple[str, ...], *, threshold: float = 0
) -> list[Prediction]:
    """Return what the network's outputs, (n, units), say; undecided where the best of them is below the threshold."""
    best = probabilities.argmax(axis=1)
    return [
        Prediction(
            classes[top], float(row[top]), dict(zip(classes, row.tolist(), strict=True)), bool(row[top] >= threshold)
        )
        for row, top in zip(probabilities, best, strict=True)
    ]
