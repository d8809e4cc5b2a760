"""A trained object detector with the verbs on it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.inspection.inspection import Inspection
from saccade.tasks import base
from saccade.tasks.image_inspector import AnyImage
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.detections import Detections
from saccade.tasks.object_detection.inspection.inspect_image import inspect_image
from saccade.tasks.object_detection.inspection.objects_overview import ObjectsOverview, overview_of_objects
from saccade.tasks.object_detection.predictor import open_predictor
from saccade.tasks.trained_images import DriftingImageRun


class TrainedDetector(DriftingImageRun):
    """A run that finds objects in images, with the verbs on it.

    Attributes:
        path: the folder.
    """

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of objects, in the order of the network's heat maps."""
        return tuple(self.data["classes"])

    @property
    def threshold(self) -> ConfidenceThreshold | None:
        """From which score on a box is an answer; None where there was no validation split."""
        return self.load(ConfidenceThreshold)

    def predict(self, images: Array, *, threshold: float | None = None) -> list[Detections]:
        """Return the objects in each image: `.boxes`, `.scores`, `.numbers`, the surest first.

        For example::

            (found,) = run.predict(image)
            for each in found.to_dicts(run.classes):
                print(each["class"], each["score"], each["box"])

        Args:
            images: (n, h, w, c) or one (h, w, c) or, for grey images, (n, h, w); 0 to 255, of any size. Boxes are in
                their pixels.
            threshold: the least score of a box, 0 to 1; that of the run when left out.

        Raises:
            DataError: another number of channels or another range than the network was trained on.
        """
        return open_predictor(self, model=self.model).predict(images, threshold=threshold)

    def predict_files(
        self, paths: Iterable[str | Path], *, threshold: float | None = None
    ) -> Iterator[tuple[str, Detections | SkippedItem]]:
        """Yield (name, objects) for image files and folders of any size; a bad file yields why it is bad."""
        return open_predictor(self, model=self.model).predict_files(paths, threshold=threshold)

    def evaluate(self, *, split: str | None = None, data: str | None = None) -> Any:
        """Open a split, the sealed test by default, and return how well objects are found there, with intervals.

        Args:
            split: "test", "validation" or "train"; left out: the test, and all of other data.
            data: where the data lie now, when they or the run have moved; or other images with boxes, on which the
                network is scored instead: the test split stays sealed then.
        """
        return base.for_run(self).evaluate(self, split=split, data=data, model=self.model)

    def inspect(self, image: AnyImage, *, data: str | None = None) -> Inspection:
        """Return the way of one image through the network; shows itself in a notebook.

        The page begins with the boxes, a heat map of each class, the pixels that speak for the surest boxes and, of an
        image of the run's data, why objects were missed.

        Args:
            image: a file; the name of an image of the run's data, but for its sealed test split; or an array (h, w, c).
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: there is no such image, or it cannot be read.
            RunError: the image is of the test split.
        """
        return inspect_image(self, self.model, image, data=data)

    def overview(self, *, split: str = "", data: str | None = None, quiet: bool = False) -> ObjectsOverview:
        """Return what the network finds over its data, and why it misses what it misses.

        Args:
            split: "validation", or "train"; the first that has images when left out. The test split stays sealed.
            data: where the data lie now, when they or the run have moved.
            quiet: no progress bars.

        Raises:
            RunError: the split is empty or sealed, or the data have changed.
        """
        return overview_of_objects(self, self.model, split=split, data=data, quiet=quiet)
