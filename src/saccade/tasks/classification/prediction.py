"""Prediction: which class an image shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.classification.novelty import Novelty


@dataclass(frozen=True)
class Prediction:
    """The answer for one image.

    Attributes:
        label: the most probable class.
        probability: its probability, 0 to 1.
        probabilities: of every class, by name; they sum to 1.
        decided: False where the network had better not answer: `label` is then its best guess only.
        none_of_these: whether it shows none of the classes, as far as its novelty tells.
        known_p_value: of images that do show one of the classes, so large a share is as unlike training images, 0 to 1;
            None when nothing is known of that.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    decided: bool = True
    none_of_these: bool = False
    known_p_value: float | None = None

    @property
    def answered(self) -> str | None:
        """The class, where the network dares to name one."""
        return self.label if self.decided and not self.none_of_these else None

    @property
    def of_novelty(self) -> dict[str, bool | float]:
        """What JSON says of it beside the classes; nothing where nothing is known of novelty."""
        if self.known_p_value is None:
            return {}
        return {"none_of_these": self.none_of_these, "known_p_value": self.known_p_value}


def predictions(
    outputs: NDArray[np.float32], classes: tuple[str, ...], *, threshold: float = 0, novelty: Novelty | None = None
) -> list[Prediction]:
    """Return what the network's outputs say.

    Args:
        outputs: (n, k), probabilities; with `novelty` (n, k + 1), the novelty behind them.
        classes: k names.
        threshold: undecided is where the best probability is below.
        novelty: what novelties mean.
    """
    probabilities = outputs[:, : len(classes)]
    best = probabilities.argmax(axis=1)
    p_values = novelty.p_values(outputs[:, -1]).tolist() if novelty else [None] * len(outputs)
    return [
        Prediction(
            classes[top],
            float(row[top]),
            dict(zip(classes, row.tolist(), strict=True)),
            decided=bool(row[top] >= threshold),
            none_of_these=novelty is not None and p_value <= novelty.rate,
            known_p_value=p_value,
        )
        for row, top, p_value in zip(probabilities, best, p_values, strict=True)
    ]
