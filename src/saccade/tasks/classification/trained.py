"""A trained classifier with the verbs on it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.core.run import Run
from saccade.inspection.contrasting import Contrast, Group, contrast
from saccade.inspection.inspection import Correction, Inspection
from saccade.inspection.overview import Overview
from saccade.inspection.overviewing import overview_of_run
from saccade.tasks.classification import evaluating, predictor
from saccade.tasks.classification.calibration import Calibration, calibrated
from saccade.tasks.classification.drift import check
from saccade.tasks.classification.evaluation import Evaluation
from saccade.tasks.classification.prediction import Prediction
from saccade.tasks.image_drift import ImageDrift
from saccade.tasks.image_inspector import AnyImage, ImageInspector, image_inspector
from saccade.tasks.new_images import Source
from saccade.tasks.trained import TrainedRun

IMAGES_A_CLASS = 50


class TrainedClassifier(TrainedRun):
    """A run that tells classes of images apart, with the verbs on it.

    Attributes:
        path: the folder.
    """

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
        return self._inspector_on(None)

    def _inspector_on(self, data: str | None) -> ImageInspector:
        return image_inspector(self, self.model, data=data, correction=_correction(self))

    def inspect(self, image: AnyImage, *, data: str | None = None) -> Inspection:
        """Return the whole way of one image through the network; shows itself in a notebook.

        Args:
            image: a file; the name of an image in the data, such as "test/00000"; or an array (h, w, c), 0 to 255.
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: there is no such image, or it cannot be read.
        """
        opened = self._inspector_on(data) if data else self._inspector
        return opened.inspect(image)

    def contrast(
        self, images: Sequence[AnyImage] = (), *, classes: Sequence[str] = (), data: str | None = None
    ) -> Contrast:
        """Return what differs inside the network between images, or between classes of the data.

        Args:
            images: each as for `inspect`.
            classes: names; the first 50 training images of each are compared.
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: fewer than two are named, or the data are needed and gone.
        """
        opened = self._inspector_on(data) if data else self._inspector
        found = [opened.find(image) for image in images]
        groups = [Group(each.name, (each,)) for each in found]
        groups += [Group(name, tuple(opened.of_class(name, IMAGES_A_CLASS))) for name in classes]
        return contrast(self.model, groups, title=opened.title, classes=self.classes)

    def overview(self, *, split: str = "", data: str | None = None, quiet: bool = False) -> Overview:
        """Return what the network does over its data: which channels work, where classes lie, what answers need.

        Args:
            split: "validation", or "train"; chosen by the number of images when left out. The test split stays sealed.
            data: where the data lie now, when they or the run have moved.
            quiet: no progress bars.
        """
        return overview_of_run(self, split=split, data=data, model=self.model, quiet=quiet)


def _correction(run: Run) -> Correction | None:
    """Return how the run's probabilities are corrected by its temperature."""
    calibration = run.load(Calibration)
    if calibration is None or calibration.temperature == 1:
        return None
    temperature = calibration.temperature
    return Correction(partial(calibrated, temperature=temperature), f"temperature {temperature}")
