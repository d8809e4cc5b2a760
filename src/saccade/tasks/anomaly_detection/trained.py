"""Trained anomaly detectors with the verbs on them: of rows, and of images."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.inspection.inspection import Inspection
from saccade.tasks.anomaly_detection import anomaly_maps, evaluating, threshold_criterion, thresholding
from saccade.tasks.anomaly_detection import drift as drifting
from saccade.tasks.anomaly_detection.anomaly import Anomaly
from saccade.tasks.anomaly_detection.anomaly_map import Verdict
from saccade.tasks.anomaly_detection.anomaly_maps import AnomalyMap, Locator
from saccade.tasks.anomaly_detection.drift import AnomalyDrift
from saccade.tasks.anomaly_detection.drift.checking_images import check_images
from saccade.tasks.anomaly_detection.evaluation import Detection
from saccade.tasks.anomaly_detection.image_predictor import open_image_predictor
from saccade.tasks.anomaly_detection.inspection.images_overview import ImagesOverview, overview_of_images
from saccade.tasks.anomaly_detection.inspection.inspect_image import inspect_image
from saccade.tasks.anomaly_detection.inspection.inspect_row import inspect_row
from saccade.tasks.anomaly_detection.inspection.row_inspection import RowInspection
from saccade.tasks.anomaly_detection.inspection.rows_overview import RowsOverview
from saccade.tasks.anomaly_detection.inspection.summarise_rows import overview_of_rows
from saccade.tasks.anomaly_detection.row_predictor import REASONS, RowPredictor, open_row_predictor
from saccade.tasks.anomaly_detection.row_streams import Scores, predict_rows, score_file
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.image_inspector import AnyImage
from saccade.tasks.trained import TrainedRun


class _TrainedDetector(TrainedRun):
    """What runs that look for anomalies can do, be they of rows or of images."""

    def evaluate(
        self,
        *,
        split: str | None = None,
        prevalence: float | None = None,
        data: str | None = None,
        label: str = "",
        normal: str = "",
    ) -> Detection:
        """Open a split, the sealed test by default, and return how well anomalies are found there, with intervals.

        Args:
            split: "test", "calibration", "validation" or "train"; left out: the test, and all of other data.
            prevalence: the share of anomalies that the numbers speak of, 0 to 1; left out: that of all the data.
            data: where the data lie now, when they or the run have moved; or other labelled data, in which anomalies
                are looked for instead (`.other_data` says which): the test split stays sealed then.
            label: the column of labels of another table; left out: called as in the run's own.
            normal: of other data, the label or class that is normal; left out: as in the run's own.
        """
        return evaluating.evaluate(
            self, split=split, prevalence=prevalence, data=data, label=label, normal=normal, model=self.model
        )

    def choose_threshold(
        self, asked: str, *, prevalence: float | None = None, rows_per_day: float | None = None
    ) -> Threshold:
        """Choose from which score on there is an alarm, without training, and return it; the run keeps it.

        Args:
            asked: "alarms 20/day", "budget 50/10000", "cost miss=500,alarm=10", "f_beta 2", "p_value 0.01" or
                "extreme_value 0.0001".
            prevalence: the share of anomalies to come, 0 to 1.
            rows_per_day: how many come a day; counted where there is a time column.

        Raises:
            SaccadeError: it cannot be chosen so; says why and what can.
        """
        return thresholding.change(
            self, threshold_criterion.read(asked), prevalence=prevalence, rows_per_day=rows_per_day
        )


class TrainedRowDetector(_TrainedDetector):
    """A run that looks for anomalies in the rows of a table, with the verbs on it.

    Attributes:
        path: the folder.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the network's inputs, in their order."""
        return self._predictor.schema.names

    @cached_property
    def _predictor(self) -> RowPredictor:
        return open_row_predictor(self)

    def predict(self, rows: Any, *, reasons: int = REASONS) -> list[Anomaly]:
        """Return how strange each row is, in order, and the columns that make it so.

        Args:
            rows: a file, whose rows that cannot be read are left out (`.row` says which are there); or columns by
                name, a frame of pandas or polars, a list of mappings, or an array of numbers (n, d) in the order of
                `columns`.
            reasons: so many columns are named for each row; `.contributions` has all.

        Raises:
            DataError: columns are missing or hold something else, or a row that is no file's cannot be read.
            RunError: the run has no threshold.
        """
        return predict_rows(self._predictor, rows, reasons=reasons)

    def scores(self, source: str | Path) -> Scores:
        """Return scores, p-values and alarms of a file of any size as arrays, about 30 bytes a row."""
        return score_file(self._predictor, source)

    def drift(self, source: str | Path) -> AnomalyDrift:
        """Return how the rows of a new file differ from those of the training, and whether the threshold still holds.

        Raises:
            DataError: the file cannot be read or lacks columns.
        """
        return drifting.check(self, source)

    def inspect(self, rows: Any = None, *, row: int | None = None, data: str | None = None) -> RowInspection:
        """Return the way of one row through the network; shows itself in a notebook.

        Args:
            rows: a file, or what `predict` takes; left out: the run's own table, but for its sealed test split.
            row: its number there, from 1, the header not counted; may be left out where there is only one.
            data: where the run's table lies now, when it or the run has moved.

        Raises:
            DataError: there is no such row, or it cannot be read.
            RunError: the row is of the test split, or the run has no threshold.
        """
        return inspect_row(self, self.model, rows=rows, row=row, data=data)

    def overview(self, *, data: str | None = None, quiet: bool = False) -> RowsOverview:
        """Return what the network does over its calibration rows: scores, columns, units; the test split stays sealed.

        Args:
            data: where the data lie now, when they or the run have moved.
            quiet: no progress bars.
        """
        return overview_of_rows(self, self.model, data=data, quiet=quiet)


class TrainedImageDetector(_TrainedDetector):
    """A run that looks for anomalies in images, with the verbs on it.

    Attributes:
        path: the folder.
    """

    @cached_property
    def _locator(self) -> Locator:
        return Locator(self, model=self.model)

    def predict(self, images: Array) -> list[Verdict]:
        """Return how strange each image is, in order: `.score`, `.alarm`, `.p_value`.

        Args:
            images: (n, h, w, c) or one (h, w, c) or, for grey images, (n, h, w); 0 to 255, of the trained size.

        Raises:
            DataError: another shape than the network was trained on.
            RunError: the run has no threshold.
        """
        return open_image_predictor(self, model=self.model).predict(images)

    def predict_files(self, paths: Iterable[str | Path]) -> Iterator[tuple[str, Verdict | SkippedItem]]:
        """Yield (name, verdict) for image files and folders of any size; a bad file yields why it is bad."""
        return open_image_predictor(self, model=self.model).predict_files(paths)

    def anomaly_map(self, image: str | Path | Array, *, to: str | Path | None = None) -> AnomalyMap:
        """Return where in an image something does not belong: `.anomaly_map`, `.peak`, `.rebuilt`, `.verdict`.

        Args:
            image: a file of any size, or an array (h, w, c), 0 to 255, of the trained size.
            to: a PNG file, for a drawing of it.

        Raises:
            DataError: it cannot be read or has another shape, or the drawing cannot be written.
            RunError: the run has no threshold or anomaly-map scale.
        """
        found = self._locator.locate(image)
        if to is not None:
            anomaly_maps.save(found, Path(to))
        return found

    def inspect(self, image: AnyImage, *, data: str | None = None) -> Inspection:
        """Return the way of one image through the network; shows itself in a notebook.

        Args:
            image: a file; the name of an image of the run's data, but for its sealed test split; or an array (h, w, c).
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: there is no such image, or it cannot be read.
            RunError: the image is of the test split, or the run has no threshold.
        """
        return inspect_image(self, self.model, image, data=data)

    def overview(self, *, data: str | None = None) -> ImagesOverview:
        """Return what the network does over its calibration images; the test split stays sealed."""
        return overview_of_images(self, self.model, data=data)

    def drift(self, source: str | Path) -> AnomalyDrift:
        """Return how new images differ from the normal ones of the run, and whether the threshold still holds.

        Raises:
            DataError: there are no images.
        """
        return check_images(self, source)
