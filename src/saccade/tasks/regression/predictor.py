"""RegressionPredictor: a network and all that is needed to ask it for a number and its interval."""

from collections.abc import Iterable, Iterator
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
from saccade.core.model_metadata import ModelMetadata
from saccade.core.safe_json import Json, parse_json
from saccade.core.signature import Outputs, Signature, TensorSpec
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.streams import Remarks
from saccade.tasks.image_predictor import ImagePredictor, of_file, of_run
from saccade.tasks.regression.conformal import Intervals, Level

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run

VALUE = "value"
"""What the output is called."""


@dataclass(frozen=True)
class Estimate:
    """The answer for one image.

    Attributes:
        value: the number.
        low, high: ends of the interval in which the true number lies so often; None where nothing is known.
        coverage: how often, 0 to 1; None likewise.
    """

    value: float
    low: float | None = None
    high: float | None = None
    coverage: float | None = None

    def __str__(self) -> str:
        """Return "34.2 (30.1 to 38.3)"."""
        interval = "" if self.low is None else f" ({self.low:.5g} to {self.high:.5g})"
        return f"{self.value:.5g}{interval}"


@dataclass(frozen=True, kw_only=True)
class RegressionPredictor(ImagePredictor):
    """A network that says a number of each image, and what is needed to ask it.

    Attributes:
        target: what the numbers are called.
        intervals: how far off it is; None where nothing is known.
    """

    target: str
    intervals: Intervals | None

    task: ClassVar[str] = "regression"
    OUTPUT: ClassVar[str] = VALUE

    @property
    def signature(self) -> Signature:
        """Pixels in, numbers out."""
        return signature(self.intake, self.target)

    def interpret(self, answers: NDArray[np.float32]) -> list[Estimate]:
        """Return what the network's outputs, (n, 1), say, with the usual interval."""
        return estimates(answers, self._level(None))

    def predict(self, images: Array, *, coverage: float | None = None) -> list[Estimate]:
        """Return an answer for each image, in order.

        Args:
            images: (n, h, w, c) or one (h, w, c), and for grey images also (n, h, w) or (h, w); 0 to 255.
            coverage: how often the true number is to lie in the interval; None: .9, or less where that is unknown.

        Raises:
            DataError: another shape or range than the network was trained on.
            RunError: such an interval cannot be promised.
        """
        return self._of_arrays(images, partial(estimates, level=self._level(coverage)))

    def predict_files(
        self, paths: Iterable[str | Path], *, coverage: float | None = None, remarks: Remarks | None = None
    ) -> Iterator[tuple[str, Estimate | SkippedItem]]:
        """Yield (name, answer) for each image, in order; one that cannot be used yields why.

        Args:
            paths: image files, folders, archives, tables of paths; may be endless.
            coverage: as in `predict`.
            remarks: is filled with what gets no answer.

        Raises:
            DataError: there was nothing at all to predict.
            RunError: such an interval cannot be promised.
        """
        return self._of_files(paths, partial(estimates, level=self._level(coverage)), remarks)

    def _level(self, coverage: float | None) -> Level | None:
        if self.intervals is None:
            return None
        return self.intervals.usual if coverage is None else self.intervals.level(coverage)


def estimates(answers: NDArray[np.float32], level: Level | None) -> list[Estimate]:
    """Return what the network's outputs, (n, 1), say."""
    values = answers[:, 0].astype(np.float64).tolist()
    if level is None:
        return [Estimate(value) for value in values]
    half = level.half_width
    return [Estimate(value, value - half, value + half, level.coverage) for value in values]


def signature(intake: Intake, target: str) -> Signature:
    """Return what goes in and comes out of an exported regression."""
    return Signature((intake.tensor,), (TensorSpec(VALUE, "float32", (None, 1), f"{target}, in its own unit"),))


def run_signature(run: "Run") -> Signature:
    """Return what goes in and comes out of the exported network of a run."""
    return signature(Intake.of_run(run), run.data["target"])


def open_predictor(run: "Run", *, model: Model = None) -> RegressionPredictor:
    """Return what answers for a run: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run.
        model: its network, when it is loaded already; Keras answers then.

    Raises:
        RunError: it has no network that can be read.
    """
    fields = of_run(run, model, output=VALUE)
    return RegressionPredictor(**fields, target=run.data["target"], intervals=run.load(Intervals))


def to_metadata(run: "Run") -> Json:
    """Return what an exported file says of a run: what the number is called, images, and how far off it is."""
    intervals = run.load(Intervals)
    return {
        "target": run.data["target"],
        **Intake.of_run(run).to_dict(),
        "intervals": intervals.to_dict() if intervals else None,
    }


def predictor_of_file(path: Path, metadata: ModelMetadata, outputs: Outputs, *, engine: str) -> RegressionPredictor:
    """Return what answers with an exported file; raises RunError when what it says cannot be."""
    with model_metadata.interpreting():
        intake, target = Intake.from_texts(metadata.texts), metadata.texts["target"]
        intervals = parse_json(metadata.texts.get("intervals", "null"))
        known = Intervals.from_dict(intervals) if intervals else None
    metadata.signature.refuse_other_tensors(signature(intake, target), needed=[VALUE])
    fields = of_file(path, outputs, intake, output=VALUE, engine=engine)
    return RegressionPredictor(**fields, target=target, intervals=known)
