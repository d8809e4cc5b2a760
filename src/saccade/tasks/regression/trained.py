"""A trained regression with the verbs on it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.inspection.overviewing import Study
from saccade.tasks.image_inspector import ImageInspector
from saccade.tasks.regression.conformal import Intervals
from saccade.tasks.regression.evaluating import evaluate
from saccade.tasks.regression.evaluation import RegressionEvaluation
from saccade.tasks.regression.inspection.inspect_image import inspector_of
from saccade.tasks.regression.inspection.network_overview import study_of
from saccade.tasks.regression.predictor import Estimate, open_predictor
from saccade.tasks.trained_images import TrainedImageRun


class TrainedRegression(TrainedImageRun):
    """A run that says which number belongs to an image, with the verbs on it.

    Attributes:
        path: the folder.
    """

    @property
    def target(self) -> str:
        """What the numbers are called."""
        return str(self.data["target"])

    @property
    def intervals(self) -> Intervals | None:
        """How far from an answer the true number lies; None where there was no validation split."""
        return self.load(Intervals)

    def predict(self, images: Array, *, coverage: float | None = None) -> list[Estimate]:
        """Return number and interval of each image.

        Args:
            images: (n, h, w, c) or one (h, w, c) or, for grey images, (n, h, w); 0 to 255, of the trained size.
            coverage: how often the true number is to lie in the interval: .5, .8, .9, .95 or .99; left out: .9.

        Raises:
            DataError: another shape than the network was trained on.
            RunError: the validation split is too small to promise `coverage`.
        """
        return open_predictor(self, model=self.model).predict(images, coverage=coverage)

    def predict_files(
        self, paths: Iterable[str | Path], *, coverage: float | None = None
    ) -> Iterator[tuple[str, Estimate | SkippedItem]]:
        """Yield (name, answer) for image files and folders of any size; a bad file yields why it is bad."""
        return open_predictor(self, model=self.model).predict_files(paths, coverage=coverage)

    def evaluate(self, *, split: str | None = None, data: str | None = None) -> RegressionEvaluation:
        """Open a split, the sealed test by default, and return how far off the network is on it, with intervals.

        Args:
            split: "test", "validation" or "train"; left out: the test, and all of other data.
            data: where the data lie now, when they or the run have moved; or other images with numbers, on which the
                network is scored instead: the test split stays sealed then.
        """
        return evaluate(self, split=split, data=data, model=self.model)

    def _make_inspector(self, data: str | None) -> ImageInspector:
        return inspector_of(self, self.model, data=data)

    def _study(self) -> Study:
        return study_of(self)
