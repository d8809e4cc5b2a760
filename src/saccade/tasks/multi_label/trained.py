"""A trained multi-label classifier with the verbs on it."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.inspection.inspection import Inspection
from saccade.inspection.overview import Overview
from saccade.tasks.image_drift import ImageDrift
from saccade.tasks.image_inspector import AnyImage, ImageInspector
from saccade.tasks.multi_label.drift import check
from saccade.tasks.multi_label.evaluating import evaluate
from saccade.tasks.multi_label.evaluation import MultiLabelEvaluation
from saccade.tasks.multi_label.inspection.inspect_image import inspector_of
from saccade.tasks.multi_label.inspection.network_overview import overview
from saccade.tasks.multi_label.predictor import Labels, open_predictor
from saccade.tasks.multi_label.thresholds import Thresholds
from saccade.tasks.new_images import Source
from saccade.tasks.sealed_images import refuse_sealed
from saccade.tasks.trained import TrainedRun


class TrainedMultiLabel(TrainedRun):
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

    def drift(self, source: Source, *, data: str | None = None) -> ImageDrift:
        """Return whether new images are still like the run's validation images, what changed, and what that means.

            found = run.drift("new/")
            print(found.verdict, found.drifted, found.strangest)

        Args:
            source: an image file, a folder, an archive or a table of paths; or several. Labels in it are not read.
            data: where the run's own data lie now, when they or the run have moved.

        Raises:
            DataError: there are no images, or the run's own data are gone.
            RunError: those have changed, or the run has fewer than 30 validation images.
        """
        return check(self, source, data=data)

    @cached_property
    def _inspector(self) -> ImageInspector:
        """Kept, for the data are loaded with it: once for all images."""
        return inspector_of(self, self.model)

    def inspect(self, image: AnyImage, *, data: str | None = None) -> Inspection:
        """Return the whole way of one image through the network; shows itself in a notebook.

        `.answer` has the labels that are given, `.nearest` the three training images most like it.

        Args:
            image: a file; the name of an image of the run's data, but for its sealed test split; or an array (h, w, c).
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: there is no such image, or it cannot be read.
            RunError: the image is of the test split.
        """
        refuse_sealed(self, image)
        opened = inspector_of(self, self.model, data=data) if data else self._inspector
        return opened.inspect(image)

    def overview(self, *, split: str = "", data: str | None = None, quiet: bool = False) -> Overview:
        """Return what the network does over its data: which channels work, how images lie, what answers need.

        Args:
            split: "validation", or "train"; chosen by the number of images when left out. The test split stays sealed.
            data: where the data lie now, when they or the run have moved.
            quiet: no progress bars.
        """
        return overview(self, self.model, split=split, data=data, quiet=quiet)
