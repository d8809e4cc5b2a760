"""ImageAnomalyPredictor: a network that finds what does not belong in images, and all that is needed to ask it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.dataset import SkippedItem
from saccade.core.errors import RunError
from saccade.core.signature import Answer
from saccade.inference.keras_network import Network, batches, load_model
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.streams import Remarks, answered
from saccade.tasks.anomaly_detection.anomaly import summed
from saccade.tasks.anomaly_detection.threshold import Threshold

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run


@dataclass(frozen=True)
class Verdict:
    """How strange an image is.

    Attributes:
        score: the mean error of its pixels, 0 or more; larger is stranger.
        alarm: whether that is above the run's threshold.
        p_value: conformal: of normal images, at most a share p gets a p-value of p or less.
    """

    score: float
    alarm: bool
    p_value: float

    @property
    def label(self) -> str:
        """The word for it: "alarm" or "normal"."""
        return "alarm" if self.alarm else "normal"


@dataclass(frozen=True)
class ImageAnomalyPredictor:
    """A network for images of which some do not belong, and all that is needed to ask it.

    Attributes:
        name: of the run.
        answer: gives contributions (n, h, w) to the score for images (n, h, w, c), 0 to 255; any n.
        intake: how images become what the network takes.
        threshold: above which score an image is an alarm.
    """

    name: str
    answer: Answer
    intake: Intake
    threshold: Threshold
    task: ClassVar[str] = "anomaly_detection"
    modality: ClassVar[str] = "images"
    engine: ClassVar[str] = "keras"

    def predict(self, images: NDArray[Any]) -> list[Verdict]:
        """Return how strange each image is, in order.

        Args:
            images: (n, h, w, c) or one (h, w, c), and for grey images also (n, h, w) or (h, w); of any number type,
                from 0 to 255.

        Raises:
            DataError: another shape or another range than the network was trained on.
        """
        pixels = self.intake.array(images)
        return [verdict for batch in batches(pixels) for verdict in self.tell(self.answer(batch))]

    def predict_files(
        self, paths: Iterable[str | Path], *, remarks: Remarks | None = None
    ) -> Iterator[tuple[str, Verdict | SkippedItem]]:
        """Yield (name, verdict) for each image behind paths, in order; a bad file yields why it is bad.

        Args:
            paths: as in `Predictor.predict_files`.
            remarks: as there.

        Raises:
            DataError: there was nothing at all to predict.
        """
        return answered(self.answer, self.tell, paths, self.intake.read, remarks)

    def tell(self, contributions: NDArray[np.float32]) -> list[Verdict]:
        """Return what contributions (n, h, w) mean."""
        scores = summed(contributions)
        rows = zip(scores, self.threshold.is_alarm(scores), self.threshold.p_values(scores), strict=True)
        return [Verdict(float(score), bool(alarm), float(p_value)) for score, alarm, p_value in rows]


def open_image_predictor(run: "Run", *, model: Any = None) -> ImageAnomalyPredictor:
    """Return what answers for a run that looks for anomalies in images.

    Args:
        run: a trained run.
        model: its network, when it is loaded already.

    Raises:
        RunError: it has no network that can be read, or no threshold.
    """
    threshold = run.load(Threshold)
    if threshold is None:
        raise RunError(
            f"{run.path} has no threshold, so no image can be called an alarm: its training did not come to its end, "
            f"or had no calibration images. Go on with: saccade train --resume {run.path}"
        )
    network = load_model(run) if model is None else model
    return ImageAnomalyPredictor(
        name=str(run.path),
        answer=Network(network),
        intake=Intake(image_shape=network.input_shape[1:], fit=run.recipe.fit),
        threshold=threshold,
    )
