"""MultiLabelPredictor: a network and all that is needed to ask it which labels an image has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import model_metadata
from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.dataset import SkippedItem
from saccade.core.model_metadata import ModelMetadata
from saccade.core.safe_json import Json, parse_json
from saccade.core.signature import Outputs, Signature, TensorSpec
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_predictor import ImagePredictor, of_file, of_run
from saccade.tasks.multi_label.thresholds import Thresholds, halves

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run

PROBABILITIES = "probabilities"
"""What the output is called."""


@dataclass(frozen=True)
class Labels:
    """The answer for one image.

    Attributes:
        labels: those whose probability reaches their threshold, the most probable first; may be none.
        probabilities: of every label, by name; each for itself, 0 to 1.
    """

    labels: tuple[str, ...]
    probabilities: dict[str, float]

    def __str__(self) -> str:
        """Return "cat, dog", or "no label"."""
        return ", ".join(self.labels) or "no label"


@dataclass(frozen=True, kw_only=True)
class MultiLabelPredictor(ImagePredictor):
    """A network that gives each label a probability, and what is needed to ask it.

    Attributes:
        classes: k labels, in the order of the outputs.
        thresholds: from which probability on a label is given.
    """

    classes: tuple[str, ...]
    thresholds: Thresholds

    task: ClassVar[str] = "multi_label"
    OUTPUT: ClassVar[str] = PROBABILITIES

    @property
    def signature(self) -> Signature:
        """Pixels in, probabilities out."""
        return signature(self.intake, self.classes)

    def predict(self, images: Array) -> list[Labels]:
        """Return an answer for each image, in order.

        Args:
            images: (n, h, w, c) or one (h, w, c), and for grey images also (n, h, w) or (h, w); 0 to 255.

        Raises:
            DataError: another shape or range than the network was trained on.
        """
        return self._of_arrays(images, self.interpret)

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
        return self._of_files(paths, self.interpret, remarks)

    def interpret(self, answers: NDArray[np.float32]) -> list[Labels]:
        """Return what the network's outputs, (n, k), say."""
        return [labels_of(row, self.thresholds) for row in answers]


def labels_of(row: NDArray[np.float32], thresholds: Thresholds) -> Labels:
    """Return what the network's outputs for one image, (k,), say."""
    tags, least = [each.label for each in thresholds.labels], thresholds.values
    order = [at for at in np.argsort(-row, kind="stable").tolist() if row[at] >= least[at]]
    return Labels(tuple(tags[at] for at in order), dict(zip(tags, row.tolist(), strict=True)))


def signature(intake: Intake, classes: tuple[str, ...]) -> Signature:
    """Return what goes in and comes out of an exported multi-label classifier."""
    meaning = "probability of each label, each for itself, 0 to 1"
    return Signature((intake.tensor,), (TensorSpec(PROBABILITIES, "float32", (None, len(classes)), meaning),))


def run_signature(run: "Run") -> Signature:
    """Return what goes in and comes out of the exported network of a run."""
    return signature(Intake.of_run(run), tuple(run.data["classes"]))


def open_predictor(run: "Run", *, model: Model = None) -> MultiLabelPredictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run.
        model: its network, when it is loaded already; Keras answers then.

    Raises:
        RunError: it has no network that can be read.
    """
    fields, tags = of_run(run, model, output=PROBABILITIES), tuple(run.data["classes"])
    return MultiLabelPredictor(**fields, classes=tags, thresholds=run.load(Thresholds) or halves(tags))


def to_metadata(run: "Run") -> Json:
    """Return what an exported file says of a run: labels, images, and from which probability on a label is given."""
    thresholds = run.load(Thresholds) or halves(tuple(run.data["classes"]))
    return {**Intake.of_run(run).to_dict(), "thresholds": thresholds.to_dict()}


def predictor_of_file(path: Path, metadata: ModelMetadata, outputs: Outputs, *, engine: str) -> MultiLabelPredictor:
    """Return what answers with an exported file; raises RunError when what it says cannot be."""
    with model_metadata.interpreting():
        intake = Intake.from_texts(metadata.texts)
        thresholds = Thresholds.from_dict(parse_json(metadata.texts["thresholds"]))
        tags = tuple(each.label for each in thresholds.labels)
        if len(set(tags)) < max(1, len(tags)):
            raise ValueError(f"{len(tags)} labels of {len(set(tags))} names")
    metadata.signature.refuse_other_tensors(signature(intake, tags), needed=[PROBABILITIES])
    fields = of_file(path, outputs, intake, output=PROBABILITIES, engine=engine)
    return MultiLabelPredictor(**fields, classes=tags, thresholds=thresholds)
