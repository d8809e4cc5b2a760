"""MultiLabelPredictor: a network and all that is needed to ask it which labels an image has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.signature import Answer
from saccade.inference.keras_network import Network, in_turn, load_model
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.pixels import Fit
from saccade.modalities.images.streams import Remarks, answered
from saccade.tasks.multi_label.thresholds import Thresholds, halves

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run


@dataclass(frozen=True)
class Labels:
    """The answer for one image.

    Attributes:
        labels: those whose probability reaches their threshold, the most probable first; may be none.
        probabilities: of every label, by name; each for itself, 0 to 1.
    """

    labels: tuple[str, ...]
    probabilities: dict[str, float]


@dataclass(frozen=True)
class MultiLabelPredictor:
    """A network and all that is needed to ask it: what the command line, Python and a server answer with.

    Attributes:
        name: of the run or the file.
        answer: gives probabilities (n, k) for images (n, h, w, c), 0 to 255; any n.
        classes: k labels, in the order of the outputs.
        image_shape: (height, width, channels) that the network takes.
        fit: how images of another shape become this one.
        thresholds: from which probability on a label is given.
        engine: what computes.
        task: a folder of `tasks/`.
    """

    name: str
    answer: Answer
    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    fit: Fit
    thresholds: Thresholds
    engine: str
    task: str = "multi_label"
    modality: ClassVar[str] = "images"

    def predict(self, images: NDArray[Any]) -> list[Labels]:
        """Return an answer for each image, in order.

        Args:
            images: (n, h, w, c) or one (h, w, c), and for grey images also (n, h, w) or (h, w); 0 to 255.

        Raises:
            DataError: another shape or range than the network was trained on.
        """
        return self.tell(in_turn(self.answer, self.intake.array(images), len(self.classes)))

    def predict_files(
        self, paths: Iterable[str | Path], *, remarks: Remarks | None = None
    ) -> Iterator[tuple[str, Labels | SkippedItem]]:
        """Yield (name, answer) for each image, in order; one that cannot be used yields why.

        Args:
            paths: image files, folders, archives, tables of paths; may be endless.
            remarks: is filled with what gets no answer.

        Raises:
            DataError: there was nothing at all to predict.
        """
        return answered(self.answer, self.tell, paths, self.intake.read, remarks)

    @property
    def intake(self) -> Intake:
        """How images become what the network takes."""
        return Intake(self.image_shape, self.fit)

    def tell(self, answers: NDArray[np.float32]) -> list[Labels]:
        """Return what the network's outputs, (n, k), say."""
        return [self._labels(row) for row in answers]

    def _labels(self, row: NDArray[np.float32]) -> Labels:
        order = [at for at in np.argsort(-row, kind="stable").tolist() if row[at] >= self.thresholds.values[at]]
        return Labels(tuple(self.classes[at] for at in order), dict(zip(self.classes, row.tolist(), strict=True)))


def open_predictor(run: "Run", *, model: Any = None) -> MultiLabelPredictor:
    """Return what answers for a run, with Keras; raises RunError where it has no network that can be read."""
    loaded, tags = load_model(run) if model is None else model, tuple(run.data["classes"])
    return MultiLabelPredictor(
        name=str(run.path),
        answer=Network(loaded),
        classes=tags,
        image_shape=loaded.input_shape[1:],
        fit=run.recipe.fit,
        thresholds=run.load(Thresholds) or halves(tags),
        engine="keras",
    )
