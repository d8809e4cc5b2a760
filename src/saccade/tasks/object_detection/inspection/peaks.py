"""Peaks: everything that a network considered before it answered, also what it left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.inference import Network
from saccade.tasks.object_detection.decoding import candidates, not_suppressed
from saccade.tasks.object_detection.placement import Boxes

ops = keras.ops


@dataclass(frozen=True)
class Peaks:
    """The surest peaks of the heat maps of one image, the surest first.

    Attributes:
        boxes: (k, 4), left, top, right and bottom in pixels of what the network sees.
        scores: (k,), 0 to 1.
        numbers: (k,), of the classes.
        kept: (k,), False where a surer box of the class overlaps it too much.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    numbers: NDArray[np.int32]
    kept: NDArray[np.bool_]

    def answers(self, threshold: float) -> NDArray[np.int64]:
        """Return the positions of those that are answers, the surest first."""
        return np.flatnonzero(self.kept & (self.scores >= threshold))


class _PeakLayer(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Maps in; boxes (n, 100, 4), scores, classes and whether each is kept (n, 100) out."""

    def __init__(self, *, overlap: float) -> None:
        super().__init__(dtype="float32", name="peaks")
        self.overlap = overlap

    def call(self, maps: Any) -> list[Any]:
        boxes, scores, classes = candidates(maps)
        kept = not_suppressed(boxes, scores, classes, overlap=self.overlap)
        return [boxes, scores, ops.cast(classes, "float32"), kept]


class PeakFinder:
    """A network that is asked for its heat maps and for all peaks in them."""

    def __init__(self, model: Model, *, overlap: float) -> None:
        """Ask a network of maps (n, h, w, c + 4)."""
        self.classes = model.output.shape[-1] - 4
        heat = ops.sigmoid(model.output[..., : self.classes])
        self._network = Network(keras.Model(model.input, [heat, *_PeakLayer(overlap=overlap)(model.output)]))

    def heat_and_peaks(self, images: Array) -> tuple[NDArray[np.float32], list[Peaks]]:
        """Return heat maps (n, h/4, w/4, c), 0 to 1, and the peaks of each image (n, h, w, c)."""
        heat, *found = self._network.outputs(images)
        return heat, list(_peaks(*found))

    def heat(self, images: Array) -> NDArray[np.float32]:
        """Return heat maps (n, h/4, w/4, c), 0 to 1."""
        return self._network.outputs(images)[0]


def _peaks(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], numbers: NDArray[np.float32], kept: NDArray[np.float32]
) -> Iterator[Peaks]:
    for row in range(len(scores)):
        real = scores[row] > 0
        of_row = (each[row][real] for each in (boxes, scores, numbers, kept))
        box, score, number, keep = of_row
        yield Peaks(box, score, number.astype(np.int32), keep > 0)
