"""Evaluation: how good a network is on one part of the data, with intervals, and how to show it."""

from saccade.evaluation.beside import Abstention, Baseline, Selection, Spread, WithoutTwins
from saccade.evaluation.detection import AtThreshold, Detection, Probe, Promise, Rival
from saccade.evaluation.evaluation import Confusion, Evaluation
from saccade.evaluation.other import LEARNT_FROM, OTHER, Other

__all__ = [
    "LEARNT_FROM",
    "OTHER",
    "Abstention",
    "AtThreshold",
    "Baseline",
    "Confusion",
    "Detection",
    "Evaluation",
    "Other",
    "Probe",
    "Promise",
    "Rival",
    "Selection",
    "Spread",
    "WithoutTwins",
]
