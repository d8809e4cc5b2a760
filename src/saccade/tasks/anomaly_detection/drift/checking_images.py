"""Run + new images → Drift: measured, scored, and compared with what the run keeps of its normal images."""

from pathlib import Path
from typing import Any

import numpy as np

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.finding import plural
from saccade.core.run import Run
from saccade.inference import load_model
from saccade.modalities.images.streams import Remarks, images
from saccade.modalities.tables.table import ANOMALY
from saccade.tasks import base
from saccade.tasks.anomaly_detection.drift.comparing import alarm_rate, compare
from saccade.tasks.anomaly_detection.drift.drift import Drift
from saccade.tasks.anomaly_detection.drift.image_features import ImageFeatures, keep_reference_images
from saccade.tasks.anomaly_detection.image_predictor import open_image_predictor
from saccade.tasks.anomaly_detection.reference_rows import CalibrationScores, ReferenceRows

BATCH = 64


def check_images(run: Run, source: str | Path) -> Drift:
    """Return how new images differ from the normal ones of a run: brightness, contrast, colours, codes and scores.

    Args:
        run: a trained run of images.
        source: a file or folder with images; classes are not asked for.

    Raises:
        DataError: there are no images.
        RunError: the run has no network or threshold.
    """
    network = load_model(run)
    predictor, measure, remarks = open_image_predictor(run, model=network), ImageFeatures(network), Remarks()
    features, scores, batch, skipped = list[Any](), list[Any](), list[Any](), 0
    for found in images([source], remarks):
        read = found if isinstance(found, SkippedItem) else predictor.intake.read(found, remarks)
        if isinstance(read, SkippedItem):
            skipped += 1
            continue
        batch.append(read)
        if len(batch) == BATCH:
            _measured(measure, batch, features, scores)
    if batch:
        _measured(measure, batch, features, scores)
    if not features:
        raise DataError(f"Of {plural(skipped, 'file', 'files')} in {source}, none could be read as an image.")
    calibration, new = run.load(CalibrationScores), np.concatenate(scores)
    normal = calibration.scores[calibration.labels != ANOMALY] if calibration else np.empty(0)
    alarms = int(predictor.threshold.is_alarm(new).sum())
    left_out = [f"{plural(skipped, 'file', 'files')} could not be read: left out."] if skipped else []
    return compare(
        _reference(run).values,
        np.concatenate(features),
        measure.columns,
        source=str(source),
        scores=(normal, new),
        alarms=alarm_rate(predictor.threshold, alarms=alarms, rows=len(new), labelled=False, noun="image"),
        notes=(*remarks.notes, *left_out),
        seed=run.recipe.seed,
        noun="image",
        measured="features",
    )


def _measured(measure: ImageFeatures, batch: list[Any], features: list[Any], scores: list[Any]) -> None:
    """Measure a batch and empty it."""
    found = measure.of(np.stack(batch))
    features.append(found[0])
    scores.append(found[1])
    batch.clear()


def _reference(run: Run) -> ReferenceRows:
    """Return what the run keeps; a run of an older version is measured once more, and keeps it from then on."""
    kept = run.load(ReferenceRows)
    if kept is None:
        keep_reference_images(run, base.reload(run, quiet=True))
        kept = run.load(ReferenceRows)
    assert kept is not None
    return kept
