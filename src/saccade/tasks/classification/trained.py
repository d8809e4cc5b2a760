"""A trained classifier with the verbs on it."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.core.run import Run
from saccade.inspection.inspection import Correction
from saccade.tasks.classification import evaluating, predictor
from saccade.tasks.classification.calibration import Calibration, calibrated
from saccade.tasks.classification.evaluation import Evaluation
from saccade.tasks.classification.prediction import Prediction
from saccade.tasks.classification.views import VIEWS
from saccade.tasks.image_inspector import ImageInspector, image_inspector
from saccade.tasks.trained_images import TrainedImageRun


class TrainedClassifier(TrainedImageRun):
    """A run that tells classes of images apart, with the verbs on it.

    Attributes:
        path: the folder.
    """

    shows_test = True

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the network's outputs."""
        return tuple(self.data["classes"])

    def predict(self, images: Array, *, abstain: float | None = None) -> list[Prediction]:
        """Return an answer for each image, with calibrated probabilities.

        Args:
            images: (n, h, w, c) or one (h, w, c) or, for grey images, (n, h, w); 0 to 255, of the trained size.
            abstain: leave undecided (`.decided` is False) what would be wrong more often than this, 0 to 1.

        Raises:
            DataError: another shape than the network was trained on.
            RunError: the validation split is too small to promise `abstain`.
        """
        return predictor.predict_arrays(self, images, model=self.model, abstain=abstain)

    def predict_files(
        self, paths: Iterable[str | Path], *, abstain: float | None = None
    ) -> Iterator[tuple[str, Prediction | SkippedItem]]:
        """Yield (name, answer) for image files and folders of any size; a bad file yields why it is bad."""
        return predictor.predict_files(self, paths, abstain=abstain)

    def evaluate(
        self, *, split: str | None = None, data: str | None = None, without_duplicates: bool = False
    ) -> Evaluation:
        """Open a split, the sealed test by default, and return how good the network is on it, with intervals.

        Args:
            split: "test", "validation" or "train"; left out: the test, and all of other data.
            data: where the data lie now, when they or the run have moved; or other labelled data, on which the network
                is scored instead (`.other_data` says which): the test split stays sealed then.
            without_duplicates: also score the images alone that have no duplicate in another split.
        """
        return evaluating.evaluate(
            self, split=split, data=data, model=self.model, without_duplicates=without_duplicates
        )

    def _make_inspector(self, data: str | None) -> ImageInspector:
        return image_inspector(self, self.model, data=data, correction=_correction(self))


def _correction(run: Run) -> Correction | None:
    """Return how the run's probabilities are corrected by its temperature, and that predictions see other views."""
    calibration = run.load(Calibration)
    temperature = calibration.temperature if calibration else 1.0
    views = VIEWS.get(run.recipe.test_time_augmentation)
    if temperature == 1 and not views:
        return None
    return Correction(
        partial(calibrated, temperature=temperature),
        f"temperature {temperature}" if temperature != 1 else "",
        f"Predictions are the mean of the answers to {views.words}; here the image is alone." if views else "",
    )
