"""Predictor: a network that tells classes of images apart, and all that is needed to ask it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
from saccade.core.signature import Answer, Outputs, Signature, TensorSpec
from saccade.core.type_validation import checked
from saccade.inference.keras_network import Network, load_model
from saccade.inference.opening import file_or_keras
from saccade.modalities.images.intake import Intake, as_bytes
from saccade.modalities.images.streams import Remarks
from saccade.tasks.classification.answering_network import answering_network
from saccade.tasks.classification.calibration import Calibration, calibrated
from saccade.tasks.classification.novelty import NOVELTY, KnownFeatures, Novelty
from saccade.tasks.classification.prediction import Prediction, predictions
from saccade.tasks.image_predictor import ImagePredictor

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
        novelty: what novelties mean: then `answer` gives them as one column more; None when nothing is.
    """

    classes: tuple[str, ...]
    calibration: Calibration | None = None
    novelty: Novelty | None = None

    task: ClassVar[str] = "classification"
    OUTPUT: ClassVar[str] = PROBABILITIES

    @property
    def signature(self) -> Signature:
        """Pixels in; probabilities, and the novelty where it is known, out."""
        return signature(self.intake, self.classes, novelty=self.novelty is not None)

    def outputs(self, images: Array) -> Mapping[str, NDArray[np.float32]]:
        """Return probabilities (n, k) and novelties (n,), where they are known, by their names in the signature."""
        probabilities, novelties = self.split_columns(self.answer(images))
        return {PROBABILITIES: probabilities, **({NOVELTY: novelties} if self.novelty else {})}

    def split_columns(self, answers: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return probabilities (n, k) of answers, and novelties (n,), or none (0,) where they are not known."""
        return answers[:, : len(self.classes)], answers[:, len(self.classes) :].ravel()

    def joined(self, outputs: Mapping[str, Array]) -> NDArray[np.float32]:
        """Return outputs by name as `answer` gives them: a column more for novelties, where they are known."""
        names = [PROBABILITIES, NOVELTY] if self.novelty else [PROBABILITIES]
        return np.column_stack([outputs[name] for name in names]).astype(np.float32)

    @property
    def _columns(self) -> int:
        return len(self.classes) + bool(self.novelty)

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
        """Return what turns answers (n, columns) into predictions; `abstain` as in `predict`, raises as it does."""
        threshold = 0.0 if abstain is None else self._known().level(abstain).threshold
        return partial(predictions, classes=self.classes, threshold=threshold, novelty=self.novelty)

    def _known(self) -> Calibration:
        if self.calibration is None:
            raise RunError(
                f"{self.name} cannot abstain: nothing is known of how often it is wrong, because it was trained "
                "without a validation split or stopped before its end. Train with --validation 0.1, or go on with "
                "--resume."
            )
        return self.calibration


def signature(intake: Intake, classes: tuple[str, ...], *, novelty: bool = False) -> Signature:
    """Return what goes in and comes out of an exported classifier, which may know of novelty or not."""
    meaning = "calibrated probability of each class, 0 to 1"
    outputs = [TensorSpec(PROBABILITIES, "float32", (None, len(classes)), meaning)]
    if novelty:
        meaning = "how unlike training images it is: 0 for a usual one of the classes, 1 for 1 in 20 of them"
        outputs.append(TensorSpec(NOVELTY, "float32", (None,), meaning))
    return Signature((intake.tensor,), tuple(outputs))


def keras_answer(run: "Run", model: Model) -> Answer:
    """Return what gives calibrated probabilities (n, k) for images with Keras, and novelties as one column more."""
    calibration, known = run.load(Calibration), run.load(KnownFeatures)
    correct = partial(calibrated, temperature=calibration.temperature if calibration else 1.0)
    if known is None or novelty_of(run) is None:
        return Network(answering_network(model, run.recipe.test_time_augmentation), then=correct)
    network = Network(answering_network(model, run.recipe.test_time_augmentation, known=known))

    def answer(images: Array) -> NDArray[np.float32]:
        probabilities, novelties = network.outputs(images)
        return np.column_stack([correct(probabilities), novelties])

    return answer


def novelty_of(run: "Run") -> Novelty | None:
    """Return what novelties mean, where there is also something that they can be measured by."""
    return run.load(Novelty) if run.load(KnownFeatures) else None


def file_answer(outputs: Outputs, *, novelty: Novelty | None) -> Answer:
    """Return what gives probabilities (n, k), and novelties as one column more, with an exported file."""

    def answer(images: Array) -> NDArray[np.float32]:
        found = outputs(as_bytes(images))
        columns = [found[PROBABILITIES]] + ([found[NOVELTY]] if novelty else [])
        return np.column_stack(columns).astype(np.float32)

    return answer


def run_signature(run: "Run") -> Signature:
    """Return what goes in and comes out of the exported network of a run."""
    return signature(Intake.of_run(run), tuple(run.data["classes"]), novelty=novelty_of(run) is not None)


def open_predictor(run: "Run", *, model: Model = None) -> Predictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run.
        model: its network, when it is loaded already; Keras answers then.

    Raises:
        RunError: it has no network that can be read.
    """
    novelty = novelty_of(run)
    answer, engine = file_or_keras(
        run, model, of_file=partial(file_answer, novelty=novelty), of_keras=partial(keras_answer, run)
    )
    return Predictor(
        name=str(run.path),
        answer=answer,
        intake=Intake.of_run(run),
        engine=engine,
        classes=tuple(run.data["classes"]),
        calibration=run.load(Calibration),
        novelty=novelty,
    )


def to_metadata(run: "Run") -> Json:
    """Return what an exported file says of a run: classes, images, and what is known of the probabilities.

    The temperature can be found from the rest; it is there for who reads the file without us.
    """
    calibration, novelty = run.load(Calibration), novelty_of(run)
    return {
        "classes": list(run.data["classes"]),
        **Intake.of_run(run).to_dict(),
        "temperature": calibration.temperature if calibration else 1.0,
        "calibration": calibration.to_dict() if calibration else None,
        "novelty": novelty.without_names().to_dict() if novelty else None,
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
        content = parse_json(metadata.texts.get("novelty", "null"))
        novelty = Novelty.from_dict(content) if content and NOVELTY in metadata.signature.names else None
    expected = signature(intake, classes, novelty=novelty is not None)
    metadata.signature.refuse_other_tensors(expected, needed=[PROBABILITIES])
    answer = file_answer(outputs, novelty=novelty)
    return Predictor(
        name=str(path),
        answer=answer,
        intake=intake,
        engine=engine,
        classes=classes,
        calibration=known,
        novelty=novelty,
    )


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
