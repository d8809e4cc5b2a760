"""Predictor: a network that tells classes of images apart, and all that is needed to ask it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import model_metadata
from saccade.core.dataset import SkippedItem
from saccade.core.errors import RunError
from saccade.core.model_metadata import ModelMetadata
from saccade.core.safe_json import parse_json
from saccade.core.signature import Answer, Outputs, Signature, TensorSpec
from saccade.core.typed import checked
from saccade.inference.keras_network import Network, in_turn, load_model
from saccade.inference.opening import file_or_keras
from saccade.modalities.images.intake import Intake, only_output
from saccade.modalities.images.pixels import Fit
from saccade.modalities.images.streams import Remarks, answered
from saccade.tasks.classification.calibration import Calibration, calibrated
from saccade.tasks.classification.prediction import Prediction, predictions

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run


@dataclass(frozen=True)
class Predictor:
    """A network and all that is needed to ask it: what the command line, Python and a server answer with.

    Attributes:
        name: of the run or the file.
        answer: gives calibrated probabilities (n, k) for images (n, h, w, c), 0 to 255; any n.
        classes: k names, in the order of the outputs.
        image_shape: (height, width, channels) that the network takes.
        fit: how images of another shape become this one.
        task: what the outputs mean, a folder of `tasks/`.
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

    @property
    def signature(self) -> Signature:
        """Pixels in, probabilities out."""
        return signature(self.intake, self.classes)

    def outputs(self, images: NDArray[Any]) -> Mapping[str, NDArray[np.float32]]:
        """Return the probabilities (n, k) by their name in the signature."""
        return {"probabilities": self.answer(images)}

    def predict(self, images: NDArray[Any], *, abstain: float | None = None) -> list[Prediction]:
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
        return tell(in_turn(self.answer, self.intake.array(images), len(self.classes)))

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
        return answered(self.answer, self.tell(abstain), paths, self.intake.read, remarks)

    def read(self, content: bytes, **bounds: Any) -> NDArray[np.uint8]:
        """Return an image file's content as the network takes it, (h, w, c); raises DataError.

        Args:
            content: of an image file.
            **bounds: `most_pixels`, `until` and `at_once`, as in `decoding.decode`.
        """
        return self.intake.content(content, **bounds)

    @cached_property
    def intake(self) -> Intake:
        """How images become what the network takes."""
        return Intake(self.image_shape, self.fit)

    def tell(self, abstain: float | None) -> Callable[[NDArray[np.float32]], list[Prediction]]:
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
    return Signature((intake.tensor,), (TensorSpec("probabilities", "float32", (None, len(classes)), meaning),))


def keras_answer(run: "Run", model: Any) -> Network:
    """Return what gives calibrated probabilities (n, k) for images with Keras."""
    calibration = run.load(Calibration)
    temperature = calibration.temperature if calibration else 1.0
    return Network(model, then=partial(calibrated, temperature=temperature))


def open_predictor(run: "Run", *, model: Any = None) -> Predictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run.
        model: its network, when it is loaded already; Keras answers then.

    Raises:
        RunError: it has no network that can be read.
    """
    answer, engine = file_or_keras(
        run, model, of_file=partial(only_output, name="probabilities"), of_keras=partial(keras_answer, run)
    )
    intake = Intake.of_run(run)
    return Predictor(
        name=str(run.path),
        answer=answer,
        classes=tuple(run.data["classes"]),
        image_shape=intake.image_shape,
        fit=intake.fit,
        task=run.recipe.task,
        engine=engine,
        calibration=run.load(Calibration),
    )


def to_metadata(run: "Run") -> dict[str, Any]:
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
    metadata.signature.refuse_other_tensors(signature(intake, classes), needed=["probabilities"])
    return Predictor(
        name=str(path),
        answer=only_output(outputs, "probabilities"),
        classes=classes,
        image_shape=intake.image_shape,
        fit=intake.fit,
        task=metadata.task,
        engine=engine,
        calibration=known,
    )


def predict_arrays(
    run: "Run", images: NDArray[Any], *, model: Any = None, abstain: float | None = None
) -> list[Prediction]:
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
