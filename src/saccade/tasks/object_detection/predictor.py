"""DetectionPredictor: a network and all that is needed to ask it which objects are where in an image."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from saccade.core import model_metadata
from saccade.core.arrays import Array
from saccade.core.backend import Model, keras
from saccade.core.dataset import SkippedItem
from saccade.core.model_metadata import ModelMetadata
from saccade.core.safe_json import Json, parse_json
from saccade.core.signature import Outputs, Signature
from saccade.core.type_validation import checked
from saccade.inference.keras_network import Network, batches
from saccade.inference.opening import file_or_keras
from saccade.modalities.images.intake import Intake, as_bytes
from saccade.modalities.images.pixels import open_image, oriented_size
from saccade.modalities.images.streams import Input, Remarks, answered, images
from saccade.tasks import base
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.detections import (
    BOXES,
    CLASSES,
    SCORES,
    Detections,
    in_batches,
    interpreted,
    signature,
)
from saccade.tasks.object_detection.placement import Sizes

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run
    from saccade.tasks.object_detection.object_images import ObjectImages

MOST_CLASSES = 10_000


def _in_order(outputs: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    """Return boxes, scores and classes."""
    return outputs[BOXES], outputs[SCORES], outputs[CLASSES]


@dataclass(frozen=True)
class FoundImage:
    """An image of a stream, and what is found in it.

    Attributes:
        name: as its source has it.
        content: the file, or pixels (h, w, c), uint8.
        detections: all boxes, whatever their score.
    """

    name: str
    content: Path | NDArray[np.uint8]
    detections: Detections


@dataclass(frozen=True)
class DetectionPredictor:
    """A network that finds objects in images, and all that is needed to ask it.

    Attributes:
        name: of the run or the file.
        answer: gives "boxes" (n, 100, 4), "scores" (n, 100) and "classes" (n, 100) for images (n, h, w, c), 0 to 255;
            any n. Boxes are in pixels of what the network sees.
        intake: how images become what the network takes.
        objects: names of the classes, in the order of the network.
        overlap: IoU from which on the less sure of two boxes of a class is left out.
        threshold: from which score on a box is an answer.
        engine: what computes: "keras", or a file of `engines/`.
    """

    name: str
    answer: Outputs
    intake: Intake
    objects: tuple[str, ...]
    overlap: float
    threshold: ConfidenceThreshold
    engine: str = "keras"
    task: ClassVar[str] = "object_detection"
    modality: ClassVar[str] = "images"

    @property
    def signature(self) -> Signature:
        """Pixels in; boxes, scores and classes out."""
        return signature(self.intake)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) that the network takes."""
        return self.intake.image_shape

    def outputs(self, pixels: Array) -> Mapping[str, Array]:
        """Return boxes (n, 100, 4), scores (n, 100) and classes (n, 100) by their names in the signature."""
        return self.answer(pixels)

    def predict(self, images: Array, *, threshold: float | None = None) -> list[Detections]:
        """Return the objects in each image, in order, boxes in pixels of the images as they are given.

        Args:
            images: (n, h, w, c) or one (h, w, c), and for grey images also (n, h, w) or (h, w); of any size and number
                type, from 0 to 255.
            threshold: the least score of a box, 0 to 1; that of the run when left out.

        Raises:
            DataError: another number of channels or another range than the network was trained on.
        """
        given = self._as_given(images)
        sizes = np.tile(np.array(given.shape[1:3], np.int32), (len(given), 1))
        return [each.above(self._least(threshold)) for each in self.detect(self._resized(given), sizes)]

    def detect(self, pixels: Array, sizes: Sizes) -> list[Detections]:
        """Return all boxes in each image, whatever their score, in pixels of its source.

        Args:
            pixels: (n, h, w, c), of the trained size, 0 to 255.
            sizes: (n, 2), height and width of the images in their source.
        """
        return self._detected(batches(pixels), sizes)

    def detections_of(self, dataset: "ObjectImages", rows: NDArray[np.int64]) -> list[Detections]:
        """Return all boxes in some images of a data set, (n,) rows, whatever their score, in pixels of their source."""
        return self._detected(batches(dataset.images, rows=rows), dataset.sizes[rows])

    def predict_files(
        self, paths: Iterable[str | Path], *, threshold: float | None = None, remarks: Remarks | None = None
    ) -> Iterator[tuple[str, Detections | SkippedItem]]:
        """Yield (name, objects) for each image, in order, boxes in its pixels; a bad file yields why it is bad.

        Args:
            paths: image files, folders, archives, tables of paths and whatever else training takes; may be endless.
            threshold: the least score of a box, 0 to 1; that of the run when left out.
            remarks: is filled with what gets no answer. Left out, a warning at the end says it.

        Raises:
            DataError: there was nothing at all to predict.
        """
        least, reader = self._least(threshold), _Reader(self.intake)

        def interpret(outputs: Mapping[str, Array]) -> list[Detections]:
            found = self.interpret(outputs, reader.next_sizes(len(outputs[SCORES])))
            return [each.above(least) for each in found]

        return answered(self.answer, interpret, paths, reader.read, remarks)

    def find_in_files(self, paths: Iterable[str | Path], *, remarks: Remarks) -> Iterator[FoundImage | SkippedItem]:
        """Yield each image behind paths with all that is found in it, while it is at hand; as `predict_files`."""
        reader = _Reader(self.intake)
        for found in images(paths, remarks):
            if isinstance(found, SkippedItem):
                yield found
                continue
            read = reader.read(found, remarks)
            if isinstance(read, SkippedItem):
                yield read
                continue
            (detections,) = self.interpret(self.answer(read[None]), reader.next_sizes(1))
            assert not isinstance(found.content, bytes), "paths have no content"
            yield FoundImage(found.name, found.content, detections)

    def interpret(self, outputs: Mapping[str, Array], sizes: Sizes) -> list[Detections]:
        """Return all boxes that outputs, by name, say of images whose sources have sizes (n, 2)."""
        return interpreted(*_in_order(outputs), sizes, self.intake.image_shape[:2], fit=self._fit)

    def _detected(self, images: Iterable[Array], sizes: Sizes) -> list[Detections]:
        side = self.intake.image_shape[:2]
        return in_batches(lambda pixels: _in_order(self.answer(pixels)), images, sizes, side, fit=self._fit)

    @property
    def _fit(self) -> Literal["pad", "stretch"]:
        return "stretch" if self.intake.fit == "stretch" else "pad"

    def _least(self, threshold: float | None) -> float:
        return self.threshold.value if threshold is None else threshold

    def _as_given(self, images: Array) -> Array:
        """Return images (n, h, w, c) of their own size, whose range and channels are those of the network."""
        given, channels = np.asarray(images), self.intake.image_shape[2]
        if given.ndim in (3, 4) and given.shape[-1] == channels:
            shape = given.shape[-3:]
        elif given.ndim in (2, 3) and channels == 1:
            shape = (*given.shape[-2:], 1)
        else:
            shape = self.intake.image_shape  # which refuses them
        return Intake((shape[0], shape[1], shape[2]), self.intake.fit).array(given)

    def _resized(self, given: Array) -> Array:
        if given.shape[1:] == self.intake.image_shape:
            return given
        return np.stack([self.intake.resized(each) for each in as_bytes(given)])


@dataclass
class _Reader:
    """Reads images of a stream, and remembers the sizes of those that are not yet answered."""

    intake: Intake
    _sizes: deque[tuple[int, int]] = field(default_factory=deque)

    def read(self, found: Input, remarks: Remarks) -> NDArray[np.uint8] | SkippedItem:
        """Return an image as the network takes it, or why it cannot be used."""
        if isinstance(found.content, np.ndarray):
            self._sizes.append((found.content.shape[0], found.content.shape[1]))
        return self.intake.read(found, remarks, look=lambda content: self._sizes.append(seen_size(content)))

    def next_sizes(self, count: int) -> Sizes:
        """Return the sizes of the next images to be answered, (count, 2), and forget them."""
        return np.array([self._sizes.popleft() for _ in range(count)], np.int32).reshape(-1, 2)


def seen_size(content: bytes) -> tuple[int, int]:
    """Return (height, width) of an image file's content as it is meant to be seen; raises DataError."""
    return oriented_size(open_image(content))


def run_signature(run: "Run") -> Signature:
    """Return what goes in and comes out of the exported network of a run."""
    return signature(Intake.of_run(run))


def open_predictor(run: "Run", *, model: Model = None) -> DetectionPredictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run; its threshold counts, not the one in the file, which may be older.
        model: its network, when it is loaded already; Keras answers then.

    Raises:
        RunError: it has no network that can be read.
    """
    answer, engine = file_or_keras(run, model, of_file=_of_file, of_keras=partial(of_keras, run=run))
    return DetectionPredictor(
        name=str(run.path),
        answer=answer,
        intake=Intake.of_run(run),
        objects=tuple(run.data["classes"]),
        overlap=run.recipe.overlap,
        threshold=threshold_of(run),
        engine=engine,
    )


def threshold_of(run: "Run") -> ConfidenceThreshold:
    """Return the threshold of a run, or the one where nothing is known."""
    return run.load(ConfidenceThreshold) or ConfidenceThreshold.unknown()


def of_keras(model: Model, *, run: "Run") -> Outputs:
    """Return what gives boxes, scores and classes with a run's Keras model of maps."""
    task: Any = base.for_run(run)  # which loads the decoder, and Keras with it, now that it is needed
    network = Network(keras.Model(model.input, task.decoder(overlap=run.recipe.overlap)(model.output)))
    return lambda pixels: dict(zip((BOXES, SCORES, CLASSES), network.outputs(pixels), strict=True))


def _of_file(outputs: Outputs) -> Outputs:
    return lambda pixels: outputs(as_bytes(pixels))


def to_metadata(run: "Run") -> Json:
    """Return what an exported file says of a run: images, classes, and from which score on a box is an answer."""
    return {
        **Intake.of_run(run).to_dict(),
        "classes": list(run.data["classes"]),
        "overlap": run.recipe.overlap,
        "confidence_threshold": threshold_of(run).to_dict(),
    }


def predictor_of_file(path: Path, metadata: ModelMetadata, outputs: Outputs, *, engine: str) -> DetectionPredictor:
    """Return what answers with an exported file; raises RunError when what it says cannot be."""
    with model_metadata.interpreting():
        intake = Intake.from_texts(metadata.texts)
        threshold = ConfidenceThreshold.from_dict(parse_json(metadata.texts["confidence_threshold"]))
        objects = _names(parse_json(metadata.texts["classes"]))
        overlap = float(checked(parse_json(metadata.texts["overlap"]), float, "overlap"))
    metadata.signature.refuse_other_tensors(signature(intake), needed=(BOXES, SCORES, CLASSES))
    answer = _with_known_classes(_of_file(outputs), len(objects))
    return DetectionPredictor(str(path), answer, intake, objects, overlap, threshold, engine)


def _names(found: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = tuple(checked(found, list[str], "classes"))
    if not 1 <= len(set(names)) == len(names) <= MOST_CLASSES:
        raise ValueError(f"{len(names)} classes of {len(set(names))} names")
    return names


def _with_known_classes(outputs: Outputs, count: int) -> Outputs:
    """Return the same outputs, but of no classes that have no name: a damaged file may say such."""

    def answer(pixels: Array) -> Mapping[str, Array]:
        found = outputs(pixels)
        return {**found, CLASSES: np.clip(found[CLASSES], 0, count - 1)}

    return answer
