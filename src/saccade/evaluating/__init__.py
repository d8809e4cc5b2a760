"""Run → evaluation.json: how good the network is on a part it was not trained on, with intervals."""

from saccade.evaluating.scoring import evaluate
from saccade.evaluating.tables import evaluate_table

__all__ = ["evaluate", "evaluate_table"]
