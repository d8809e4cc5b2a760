"""Predictor: a network and all that is needed to ask it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import registry
from saccade.core.dataset import SkippedItem
from saccade.core.errors import RunError
from saccade.inference.files import Answer, Remarks, answered
from saccade.inference.image_reading import Intake
from saccade.inference.keras_network import in_turn
from saccade.modalities.images.pixels import Fit
from saccade.tasks.classification.calibration import Calibration

if TYPE_CHECKING:  # the task is a drop-in
    from saccade.tasks.classification.prediction import Prediction


@dataclass(frozen=True)
class Predictor:
    """A network and all that is needed to ask it: what the command line, Python and a server answer with.

    Attributes:
        name: of the run or the file.
        answer: gives calibrated probabilities (n, k) for images (n, h, w, c), 0 to 255; any n.
        classes: k names, in the order of the outputs.
        image_shape: (height, width, channels) that the network takes.
        fit: how images of another shape become this one.
        task: what the outputs mean, a file of `tasks/`.
        engine: what computes: "keras", or a file of `engines/`.
        calibration: what is known of the probabilities; None when nothing is.
    """

    name: str
    answer: Answer
    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    fit: Fit
    task: str
    engine: str
    calibration: Calibration | None = None
    modality: ClassVar[str] = "images"

    def predict(self, images: NDArray[Any], *, abstain: float | None = None) -> list["Prediction"]:
        """Return an answer for each image, in order.

        Args:
            images: (n, h, w, c) or one (h, w, c), and for grey images also (n, h, w) or (h, w); of any number
                type, from 0 to 255.
            abstain: leave undecided what would be wrong more often than this (0 to 1), as far as validation can tell.

        Raises:
            DataError: another shape or another range than the network was trained on.
            RunError: `abstain` cannot be promised.
        """
        tell = self.tell(abstain)
        return tell(in_turn(self.answer, self._intake.array(images), len(self.classes)))

    def predict_files(
        self, paths: Iterable[str | Path], *, abstain: float | None = None, remarks: Remarks | None = None
    ) -> Iterator[tuple[str, "Prediction | SkippedItem"]]:
        """Yield (name, answer) for each image, in order, while the paths are still being read.

        Args:
            paths: image files; folders, in which all files named like images are found, subfolders and links
                included; archives, tables of paths and whatever else training takes. May be endless. An image that
                cannot be used yields why, and the stream goes on.
            abstain: as in `predict`.
            remarks: is filled with what gets no answer: files that are no images, further pages. Left out, a warning
                at the end says it.

        Raises:
            DataError: there was nothing at all to predict.
            RunError: `abstain` cannot be promised.
        """
        return answered(self.answer, self.tell(abstain), paths, self._intake.read, remarks)

    def read(self, content: bytes, **bounds: Any) -> NDArray[np.uint8]:
        """Return an image file's content as the network takes it, (h, w, c); raises DataError.

        Args:
            content: of an image file.
            **bounds: `most_pixels`, `until` and `at_once`, as in `decoding.decode`.
        """
        return self._intake.content(content, **bounds)

    @property
    def _intake(self) -> Intake:
        return Intake(self.image_shape, self.fit)

    def tell(self, abstain: float | None) -> Callable[[NDArray[np.float32]], list["Prediction"]]:
        """Return what turns calibrated outputs (n, k) into answers; `abstain` as in `predict`, raises as it does."""
        threshold = 0.0 if abstain is None else self._known().level(abstain).threshold
        return partial(registry.load("tasks", self.task).predictions, classes=self.classes, threshold=threshold)

    def _known(self) -> Calibration:
        if self.calibration is None:
            raise RunError(
                f"{self.name} cannot abstain: nothing is known of how often it is wrong, because it was trained "
                "without a validation split or stopped before its end. Train with --validation 0.1, or go on with "
                "--resume."
            )
        return self.calibration
