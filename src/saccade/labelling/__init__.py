"""Dataset → Suspects: which labels are probably wrong, by networks that had not seen the pictures."""

from saccade.labelling.searching import find_suspects
from saccade.labelling.suspecting import Suspects

__all__ = ["Suspects", "find_suspects"]
