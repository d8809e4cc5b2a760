"""Run → evaluation.json: how good the network is on a part it was not trained on, with intervals."""

from saccade.evaluating.scoring import evaluate

__all__ = ["evaluate"]
