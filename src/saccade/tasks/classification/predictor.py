"""Predictor: a network that tells classes of images apart, and all that is needed to ask it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import model_metadata
from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.dataset import SkippedItem
from saccade.core.errors import RunError
from saccade.core.model_metadata import ModelMetadata
from saccade.core.safe_json import Json, parse_json
from saccade.core.signature import Outputs, Signature, TensorSpec
from saccade.core.typed import checked
from saccade.inference.keras_network import Network, load_model
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.streams import Remarks
from saccade.tasks.classification.calibration import Calibration, calibrated
from saccade.tasks.classification.prediction import Prediction, predictions
from saccade.tasks.image_predictor import ImagePredictor, of_file, of_run

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run


PROBABILITIES = "probabilities"
"""What the output is called."""


@dataclass(frozen=True, kw_only=True)
class Predictor(ImagePredictor):
    """A network that gives calibrated probabilities of classes, and what is needed to ask it.

    Attributes:
        classes: k names, in the order of the outputs.
        calibration: what is known of the probabilities; None when nothing is.
    """

    classes: tuple[str, ...]
    calibration: Calibration | None = None

    task: ClassVar[str] = "classification"
    OUTPUT: ClassVar[str] = PROBABILITIES

    @property
    def signature(self) -> Signature:
        """Pixels in, probabilities out."""
        return signature(self.intake, self.classes)

    def predict(self, images: Array, *, abstain: float | None = None) -> list[Prediction]:
        """Return an answer for each image, in order.

        Args:
            images: (n, h, w, c) or one (h, w, c), and for grey images also (n, h, w) or (h, w); of any number
                type, from 0 to 255.
            abstain: leave undecided what would be wrong more often than this (0 to 1), as far as validation can tell.

        Raises:
            DataError: another shape or another range than the network was trained on.
            RunError: `abstain` cannot be promised.
        """
        return self._of_arrays(images, self.interpret(abstain))

    def predict_files(
        self, paths: Iterable[str | Path], *, abstain: float | None = None, remarks: Remarks | None = None
    ) -> Iterator[tuple[str, Prediction | SkippedItem]]:
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
        return self._of_files(paths, self.interpret(abstain), remarks)

    def interpret(self, abstain: float | None) -> Callable[[NDArray[np.float32]], list[Prediction]]:
        """Return what turns calibrated outputs (n, k) into answers; `abstain` as in `predict`, raises as it does."""
        threshold = 0.0 if abstain is None else self._known().level(abstain).threshold
        return partial(predictions, classes=self.classes, threshold=threshold)

    def _known(self) -> Calibration:
        if self.calibration is None:
            raise RunError(
                f"{self.name} cannot abstain: nothing is known of how often it is wrong, because it was trained "
                "without a validation split or stopped before its end. Train with --validation 0.1, or go on with "
                "--resume."
            )
        return self.calibration


def signature(intake: Intake, classes: tuple[str, ...]) -> Signature:
    """Return what goes in and comes out of an exported classifier."""
    meaning = "calibrated probability of each class, 0 to 1"
    return Signature((intake.tensor,), (TensorSpec(PROBABILITIES, "float32", (None, len(classes)), meaning),))


def keras_answer(run: "Run", model: Model) -> Network:
    """Return what gives calibrated probabilities (n, k) for images with Keras."""
    calibration = run.load(Calibration)
    temperature = calibration.temperature if calibration else 1.0
    return Network(model, then=partial(calibrated, temperature=temperature))


def run_signature(run: "Run") -> Signature:
    """Return what goes in and comes out of the exported network of a run."""
    return signature(Intake.of_run(run), tuple(run.data["classes"]))


def open_predictor(run: "Run", *, model: Model = None) -> Predictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run.
        model: its network, when it is loaded already; Keras answers then.

    Raises:
        RunError: it has no network that can be read.
    """
    fields = of_run(run, model, output=PROBABILITIES, of_keras=partial(keras_answer, run))
    return Predictor(**fields, classes=tuple(run.data["classes"]), calibration=run.load(Calibration))


def to_metadata(run: "Run") -> Json:
    """Return what an exported file says of a run: classes, images, and what is known of the probabilities.

    The temperature can be found from the rest; it is there for who reads the file without us.
    """
    calibration = run.load(Calibration)
    return {
        "classes": list(run.data["classes"]),
        **Intake.of_run(run).to_dict(),
        "temperature": calibration.temperature if calibration else 1.0,
        "calibration": calibration.to_dict() if calibration else None,
    }


def predictor_of_file(path: Path, metadata: ModelMetadata, outputs: Outputs, *, engine: str) -> Predictor:
    """Return what answers with an exported file; raises RunError when what it says cannot be."""
    with model_metadata.interpreting():
        intake = Intake.from_texts(metadata.texts)
        classes = tuple(checked(parse_json(metadata.texts["classes"]), list[str], "classes"))
        calibration = parse_json(metadata.texts.get("calibration", "null"))
        known = Calibration.from_dict(calibration) if calibration else None
        if len(set(classes)) < max(2, len(classes)):
            raise ValueError(f"{len(classes)} classes of {len(set(classes))} names")
    metadata.signature.refuse_other_tensors(signature(intake, classes), needed=[PROBABILITIES])
    fields = of_file(path, outputs, intake, output=PROBABILITIES, engine=engine)
    return Predictor(**fields, classes=classes, calibration=known)


def predict_arrays(run: "Run", images: Array, *, model: Model = None, abstain: float | None = None) -> list[Prediction]:
    """Return Keras's answer for each image, in order, calibrated as the run says.

    Args:
        run: a trained run.
        images: as in `Predictor.predict`.
        model: the network, when it is loaded already.
        abstain: as in `Predictor.predict`.

    Raises:
        DataError: another shape or another range than the network was trained on.
        RunError: the run has no network, or cannot promise `abstain`.
    """
    return open_predictor(run, model=load_model(run) if model is None else model).predict(images, abstain=abstain)


def predict_files(
    run: "Run", paths: Iterable[str | Path], *, abstain: float | None = None
) -> Iterator[tuple[str, Prediction | SkippedItem]]:
    """Yield (name, answer) for each image, as `Predictor.predict_files` does, with what `open_predictor` gives."""
    return open_predictor(run).predict_files(paths, abstain=abstain)
