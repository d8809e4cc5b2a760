"""How well a network tells the known anomalies of the calibration split from normal rows or images."""

from typing import TYPE_CHECKING

import numpy as np

from saccade.core.errors import DataError
from saccade.core.run import Run
from saccade.inference import Network, load_model
from saccade.tasks.anomaly_detection.anomaly_scores import scores
from saccade.tasks.anomaly_detection.metrics import rankings

if TYPE_CHECKING:
    from saccade.tasks.anomaly_detection.evaluating import Judged


def roc_auc(run: Run, dataset: "Judged") -> tuple[str, float]:
    """Return the ROC AUC on calibration rows; raises DataError where they have no labels of both kinds."""
    rows = dataset.rows("calibration")
    rows = rows[dataset.labels[rows] >= 0]
    labels = dataset.labels[rows].astype(np.int64)
    if len(np.unique(labels)) < 2:
        raise DataError(
            f"Settings that look for anomalies are compared on the calibration split, and its {dataset.noun} have no "
            "labels of both kinds, normal and anomaly. Name the column of labels with --label, or train without a "
            "search."
        )
    found = scores(Network(load_model(run)), dataset.inputs, rows=rows)
    ranked = rankings(labels, {"network": found}, prevalence=float(labels.mean()))["network"]
    assert ranked.roc_auc.value is not None
    return "roc_auc", ranked.roc_auc.value
