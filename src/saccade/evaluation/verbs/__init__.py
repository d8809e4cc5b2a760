"""Run → evaluation.json: how good the network is on a part it was not trained on, with intervals."""

from saccade.tasks.classification.evaluating import evaluate
from saccade.tasks.anomaly_detection.evaluating import evaluate_table

__all__ = ["evaluate", "evaluate_table"]
