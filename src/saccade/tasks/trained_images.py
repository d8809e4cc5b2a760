"""TrainedImageRun: a run of images with the verbs on it that look inside, and at new images."""

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, cast

from saccade.inspection.contrasting import Contrast, Group, contrast
from saccade.inspection.inspection import Inspection
from saccade.inspection.overview import Overview
from saccade.inspection.overviewing import Study, of_classes, overview_of_run
from saccade.tasks import base
from saccade.tasks.image_drift import ImageDrift
from saccade.tasks.image_inspector import AnyImage, ImageInspector
from saccade.tasks.new_images import Source
from saccade.tasks.sealed_images import refuse_sealed
from saccade.tasks.trained import TrainedRun

IMAGES_A_GROUP = 50
"""Training images of a class that are looked at to say what differs from others."""


class DriftingImageRun(TrainedRun):
    """A run of images that new images can be compared with.

    Attributes:
        path: the folder.
    """

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
        return cast("ImageDrift", base.for_run(self).drift(self, source, data=data))


class TrainedImageRun(DriftingImageRun):
    """A run of images with the verbs on it that look inside, and at new images; a task says what its answers mean.

    Attributes:
        path: the folder.
    """

    shows_test: ClassVar[bool] = False
    """Whether `inspect` shows an image of the test split, when it is asked for by name."""

    def inspect(self, image: AnyImage, *, data: str | None = None) -> Inspection:
        """Return the whole way of one image through the network; shows itself in a notebook.

        `.answer` is what the network says, `.nearest` the three training images most like it.

        Args:
            image: a file; the name of an image of the run's data; or an array (h, w, c), 0 to 255.
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: there is no such image, or it cannot be read.
            RunError: the image is of the sealed test split, and the task does not show such.
        """
        if not self.shows_test:
            refuse_sealed(self, image)
        return self._looking(data).inspect(image)

    def contrast(
        self, images: Sequence[AnyImage] = (), *, classes: Sequence[str] = (), data: str | None = None
    ) -> Contrast:
        """Return what differs inside the network between images, or between classes (or labels) of the data.

        Args:
            images: each as for `inspect`.
            classes: names; the first 50 training images of each are compared.
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: fewer than two are named, or the data are needed and gone.
            RunError: an image is of the sealed test split, and the task does not show such.
        """
        if not self.shows_test:
            for image in images:
                refuse_sealed(self, image)
        opened = self._looking(data)
        found = [opened.find(image) for image in images]
        groups = [Group(each.name, (each,)) for each in found]
        groups += [Group(name, tuple(opened.of_class(name, IMAGES_A_GROUP))) for name in classes]
        return contrast(self.model, groups, title=opened.title, classes=opened.classes, noun=opened.noun)

    def overview(self, *, split: str = "", data: str | None = None, quiet: bool = False) -> Overview:
        """Return what the network does over its data: which channels work, how images lie, what answers need.

        Args:
            split: "validation", or "train"; chosen by the number of images when left out. The test split stays sealed.
            data: where the data lie now, when they or the run have moved.
            quiet: no progress bars.

        Raises:
            RunError: the split is empty or sealed, or the data have changed.
        """
        return overview_of_run(self, split=split, data=data, model=self.model, study=self._study(), quiet=quiet)

    def _looking(self, data: str | None) -> ImageInspector:
        """Return what looks at images in the network; kept for the run's own data, which are loaded with it."""
        return self._make_inspector(data) if data else self._inspector

    @cached_property
    def _inspector(self) -> ImageInspector:
        return self._make_inspector(None)

    def _make_inspector(self, data: str | None) -> ImageInspector:
        raise NotImplementedError

    def _study(self) -> Study:
        """Return what says how images are grouped and what answers are worth."""
        return of_classes
