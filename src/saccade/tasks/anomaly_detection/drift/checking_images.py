"""Run + new images → Drift: measured, scored, and compared with what the run keeps of its normal images."""

import numpy as np

from saccade.core.dataset import SkippedItem
from saccade.core.finding import plural
from saccade.core.run import Run
from saccade.inference import load_model
from saccade.modalities.images.streams import Remarks
from saccade.modalities.tables.table import ANOMALY
from saccade.tasks import base
from saccade.tasks.anomaly_detection.drift.anomaly_drift import AnomalyDrift
from saccade.tasks.anomaly_detection.drift.comparing import alarm_rate, compare
from saccade.tasks.anomaly_detection.drift.image_features import ImageFeatures, keep_reference_images
from saccade.tasks.anomaly_detection.image_predictor import open_image_predictor
from saccade.tasks.anomaly_detection.reference_rows import CalibrationScores, ReferenceRows
from saccade.tasks.new_images import Source, batched, found_in, name_of, readable, unreadable


def check_images(run: Run, source: Source) -> AnomalyDrift:
    """Return how new images differ from the normal ones of a run: brightness, contrast, colours, codes and scores.

    Args:
        run: a trained run of images.
        source: a file or folder with images, an archive, or several of these; classes are not asked for.

    Raises:
        DataError: there are no images.
        RunError: the run has no network or threshold.
    """
    network = load_model(run)
    predictor, measure, remarks = open_image_predictor(run, model=network), ImageFeatures(network), Remarks()
    skipped = list[SkippedItem]()
    read = readable(found_in(source, remarks), predictor.intake, remarks, skipped)
    measured = [measure.of(pixels) for _, pixels in batched(read)]
    if not measured:
        raise unreadable(source, skipped)
    features, scores = zip(*measured, strict=True)
    calibration, new = run.load(CalibrationScores), np.concatenate(scores)
    normal = calibration.scores[calibration.labels != ANOMALY] if calibration else np.empty(0)
    alarms = int(predictor.threshold.is_alarm(new).sum())
    left_out = [f"{plural(len(skipped), 'file', 'files')} could not be read: left out."] if skipped else []
    return compare(
        _reference(run).values,
        np.concatenate(features),
        measure.columns,
        source=name_of(source),
        scores=(normal, new),
        alarms=alarm_rate(predictor.threshold, alarms=alarms, rows=len(new), labelled=False, noun="image"),
        notes=(*remarks.notes, *left_out),
        skipped=tuple(skipped),
        seed=run.recipe.seed,
        noun="image",
        measured="features",
    )


def _reference(run: Run) -> ReferenceRows:
    """Return what the run keeps; a run of an older version is measured once more, and keeps it from then on."""
    kept = run.load(ReferenceRows)
    if kept is None:
        keep_reference_images(run, base.reload(run, quiet=True))
        kept = run.load(ReferenceRows)
    assert kept is not None
    return kept
