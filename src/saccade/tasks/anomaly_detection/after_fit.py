"""What is written after the last epoch: the threshold, and what new inputs are compared with."""

from saccade.core.run import Run
from saccade.modalities.tables.table import Table
from saccade.tasks.anomaly_detection import anomaly_maps, data_dependent_initialisation, thresholding
from saccade.tasks.anomaly_detection.drift.image_features import keep_reference_images
from saccade.tasks.anomaly_detection.one_class_images import OneClassImages
from saccade.tasks.anomaly_detection.reference_contributions import measure_reference_contributions


def after_rows(run: Run, table: Table) -> None:
    """Write the threshold, training rows for drift, and what each column adds to the score of normal rows."""
    data_dependent_initialisation.finish(run, table)
    thresholding.keep_training_rows(run, table)
    thresholding.calibrate(run, table)
    measure_reference_contributions(run, table)


def after_images(run: Run, images: OneClassImages) -> None:
    """Write the threshold, how large the errors of normal images get, and what new images are compared with."""
    thresholding.calibrate(run, images)
    anomaly_maps.calibrate(run, images)
    keep_reference_images(run, images)
