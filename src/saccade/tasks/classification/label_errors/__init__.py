"""Dataset → Suspects: which labels are probably wrong, by networks that had not seen the images."""

from saccade.tasks.classification.label_errors.searching import find_suspects
from saccade.tasks.classification.label_errors.suspects import Suspects

__all__ = ["Suspects", "find_suspects"]
