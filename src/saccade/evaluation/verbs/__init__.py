"""Run → evaluation.json: how good the network is on a split it was not trained on, with intervals."""

from saccade.tasks.anomaly_detection.evaluating import evaluate_table
from saccade.tasks.classification.evaluating import evaluate

__all__ = ["evaluate", "evaluate_table"]
