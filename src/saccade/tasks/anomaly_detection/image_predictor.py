"""ImageAnomalyPredictor: a network that finds what does not belong in images, and all that is needed to ask it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from saccade.core.shell_words import shell_word
from saccade.core.signature import Outputs, Signature, TensorSpec
from saccade.inference.keras_network import Network, batches
from saccade.inference.opening import file_or_keras
from saccade.modalities.images.intake import Intake, as_bytes
from saccade.modalities.images.streams import Remarks, answered, images
from saccade.tasks.anomaly_detection.anomaly import summed
from saccade.tasks.anomaly_detection.anomaly_map import AnomalyMap, Verdict, errors
from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale
from saccade.tasks.anomaly_detection.threshold import Threshold

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run


@dataclass(frozen=True)
class ImageAnomalyPredictor:
    """A network for images of which some do not belong, and all that is needed to ask it.

    Attributes:
        name: of the run or the file.
        answer: gives "score" (n,) and "anomaly_map" (n, h, w) for images (n, h, w, c), 0 to 255; any n. A run without
            an anomaly-map scale gives the score only.
        intake: how images become what the network takes.
        threshold: above which score an image is an alarm.
        engine: what computes: "keras", or a file of `engines/`.
        run: that it was opened from; None for a file.
    """

    name: str
    answer: Outputs
    intake: Intake
    threshold: Threshold
    engine: str = "keras"
    run: "Run | None" = None
    task: ClassVar[str] = "anomaly_detection"
    modality: ClassVar[str] = "images"

    @property
    def signature(self) -> Signature:
        """Pixels in, score and anomaly map out."""
        return image_signature(self.intake)

    def outputs(self, pixels: Array) -> Mapping[str, Array]:
        """Return score (n,) and anomaly map (n, h, w) by their names in the signature."""
        return self.answer(pixels)

    def predict(self, pixels: Array) -> list[Verdict]:
        """Return how anomalous each image is, in order.

        Args:
            pixels: (n, h, w, c) or one (h, w, c), and for grey images also (n, h, w) or (h, w); of any number type,
                from 0 to 255.

        Raises:
            DataError: another shape or another range than the network was trained on.
        """
        every = self.intake.array(pixels)
        return [verdict for batch in batches(every) for verdict in self.interpret(self.answer(batch))]

    def predict_files(
        self, paths: Iterable[str | Path], *, remarks: Remarks | None = None
    ) -> Iterator[tuple[str, Verdict | SkippedItem]]:
        """Yield (name, verdict) for each image behind paths, in order; a bad file yields why it is bad.

        Args:
            paths: image files, folders, archives, tables of paths and whatever else training takes; may be endless.
            remarks: is filled with what gets no answer: files that are no images, further pages. Left out, a warning
                at the end says it.

        Raises:
            DataError: there was nothing at all to predict.
        """
        return answered(self.answer, self.interpret, paths, self.intake.read, remarks)

    def interpret(self, outputs: Mapping[str, Array]) -> list[Verdict]:
        """Return what outputs, by name, mean for each image."""
        found = outputs["score"]
        rows = zip(found, self.threshold.is_alarm(found), self.threshold.p_values(found), strict=True)
        return [Verdict(float(score), bool(alarm), float(p_value)) for score, alarm, p_value in rows]

    def maps(self, pixels: Array, names: Sequence[str]) -> Iterator[AnomalyMap]:
        """Yield the anomaly map of each image, in order, without how it would look if it were normal.

        Args:
            pixels: (n, h, w, c), 0 to 255, of the network's size.
            names: n of them.
        """
        first = 0
        for batch in batches(pixels):
            outputs = self.answer(batch)
            for position, verdict in enumerate(self.interpret(outputs)):
                where = np.asarray(outputs["anomaly_map"][position], np.float32)
                yield AnomalyMap(names[first + position], as_bytes(batch[position]), None, where, verdict)
            first += len(batch)

    def map_files(self, paths: Iterable[str | Path], *, remarks: Remarks) -> Iterator[AnomalyMap | SkippedItem]:
        """Yield the anomaly map of each image behind paths, in order; a bad file yields why it is bad.

        Args:
            paths: as in `predict_files`.
            remarks: is filled as there.

        Raises:
            DataError: there was nothing at all to look at.
        """
        for found in images(paths, remarks):
            read = found if isinstance(found, SkippedItem) else self.intake.read(found, remarks)
            yield from [read] if isinstance(read, SkippedItem) else self.maps(read[None], [found.name])


def image_signature(intake: Intake) -> Signature:
    """Return what goes in and comes out of an exported detector of images."""
    height, width, _ = intake.image_shape
    score = TensorSpec("score", "float64", (None,), "anomaly score, the mean error of the pixels")
    meaning = "error of each pixel, in units of the largest that 19 of 20 normal images have anywhere"
    return Signature((intake.tensor,), (score, TensorSpec("anomaly_map", "float32", (None, height, width), meaning)))


def run_signature(run: "Run") -> Signature:
    """Return what goes in and comes out of the exported network of a run."""
    return image_signature(Intake.of_run(run))


def open_image_predictor(run: "Run", *, model: Model = None) -> ImageAnomalyPredictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run; its threshold counts, not the one in the file, which may be older.
        model: its network, when it is loaded already; Keras answers then.

    Raises:
        RunError: it has no network that can be read, or no threshold.
    """
    threshold = run.load(Threshold)
    if threshold is None:
        raise RunError(
            f"{run.path} has no threshold, so no image can be called an alarm: its training did not come to its end, "
            f"or had no calibration images. Go on with: saccade train --resume {shell_word(run.path)}"
        )
    scale = run.load(AnomalyMapScale)
    answer, engine = file_or_keras(
        run, model, of_file=partial(of_file, scale=scale), of_keras=partial(of_keras, scale=scale)
    )
    return ImageAnomalyPredictor(str(run.path), answer, Intake.of_run(run), threshold, engine, run)


def of_keras(model: Model, scale: AnomalyMapScale | None) -> Outputs:
    """Return what gives score and anomaly map with Keras; without a scale the score only."""
    network = Network(model)
    return lambda pixels: from_contributions(network(pixels), scale)


def from_contributions(contributions: NDArray[np.float32], scale: AnomalyMapScale | None) -> dict[str, Array]:
    """Return score (n,) and anomaly map (n, h, w) that contributions (n, h, w) make up."""
    score = {"score": summed(contributions)}
    if scale is None:
        return score
    return {**score, "anomaly_map": errors(contributions) / np.float32(scale.reference_error)}


def of_file(outputs: Outputs, scale: AnomalyMapScale | None) -> Outputs:
    """Return what gives score and anomaly map with an exported file, whose format may not hold the score."""

    def answer(pixels: Array) -> Mapping[str, Array]:
        found = outputs(as_bytes(pixels))
        return found if scale is None else {"score": image_scores(scale, found), **found}

    return answer


def image_scores(scale: AnomalyMapScale, outputs: Mapping[str, Array]) -> NDArray[np.float64]:
    """Return the scores (n,) in outputs; where a file format cannot hold them, they are the mean error of the map."""
    if "score" in outputs:
        return outputs["score"]
    return np.asarray(outputs["anomaly_map"].mean(axis=(1, 2), dtype=np.float64) * scale.reference_error)


def to_metadata(run: "Run") -> Json:
    """Return what an exported file says of a run: images, threshold, and the unit of its anomaly maps."""
    threshold, scale = run.load(Threshold), run.load(AnomalyMapScale)
    return {
        **Intake.of_run(run).to_dict(),
        "threshold": threshold.to_dict() if threshold else None,
        "anomaly_map_scale": scale.to_dict() if scale else None,
    }


def image_predictor_of_file(
    path: Path, metadata: ModelMetadata, outputs: Outputs, *, engine: str
) -> ImageAnomalyPredictor:
    """Return what answers with an exported file; raises RunError when what it says cannot be."""
    with model_metadata.interpreting():
        intake = Intake.from_texts(metadata.texts)
        threshold = Threshold.from_dict(parse_json(metadata.texts["threshold"]))
        scale = AnomalyMapScale.from_dict(parse_json(metadata.texts["anomaly_map_scale"]))
    metadata.signature.refuse_other_tensors(image_signature(intake), needed=["anomaly_map"])
    return ImageAnomalyPredictor(str(path), of_file(outputs, scale), intake, threshold, engine)
