"""A trained multi-label classifier with the verbs on it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.inspection.overviewing import Study
from saccade.tasks.image_inspector import ImageInspector
from saccade.tasks.multi_label.evaluating import evaluate
from saccade.tasks.multi_label.evaluation import MultiLabelEvaluation
from saccade.tasks.multi_label.inspection.inspect_image import inspector_of
from saccade.tasks.multi_label.inspection.network_overview import study_of
from saccade.tasks.multi_label.predictor import Labels, open_predictor
from saccade.tasks.multi_label.thresholds import Thresholds
from saccade.tasks.trained_images import TrainedImageRun


class TrainedMultiLabel(TrainedImageRun):
    """A run that says which labels an image has, with the verbs on it.

    Attributes:
        path: the folder.
    """

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels, in the order of the network's outputs."""
        return tuple(self.data["classes"])

    @property
    def thresholds(self) -> Thresholds | None:
        """From which probability on a label is given; None where there was no validation split: then .5."""
        return self.load(Thresholds)

    def predict(self, images: Array) -> list[Labels]:
        """Return the labels of each image, with the probabilities of all.

        Args:
            images: (n, h, w, c) or one (h, w, c) or, for grey images, (n, h, w); 0 to 255, of the trained size.

        Raises:
            DataError: another shape than the network was trained on.
        """
        return open_predictor(self, model=self.model).predict(images)

    def predict_files(self, paths: Iterable[str | Path]) -> Iterator[tuple[str, Labels | SkippedItem]]:
        """Yield (name, answer) for image files and folders of any size; a bad file yields why it is bad."""
        return open_predictor(self, model=self.model).predict_files(paths)

    def evaluate(self, *, split: str | None = None, data: str | None = None) -> MultiLabelEvaluation:
        """Open a split, the sealed test by default, and return how good the labels are on it, with intervals.

        Args:
            split: "test", "validation" or "train"; left out: the test, and all of other data.
            data: where the data lie now, when they or the run have moved; or other images with labels, on which the
                network is scored instead: the test split stays sealed then.
        """
        return evaluate(self, split=split, data=data, model=self.model)

    def _make_inspector(self, data: str | None) -> ImageInspector:
        return inspector_of(self, self.model, data=data)

    def _study(self) -> Study:
        return study_of(self)
