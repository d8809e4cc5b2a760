"""Evaluation: how good a network is on one part of the data, with intervals, and how to show it."""

from saccade.core.other_data import LEARNT_FROM, OTHER, Other
from saccade.tasks.anomaly_detection.evaluation import AtThreshold, Detection, Probe, Promise, Rival
from saccade.tasks.classification.comparisons import Abstention, Baseline, Selection, Spread, WithoutDuplicates
from saccade.tasks.classification.evaluation import Confusion, Evaluation

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
    "WithoutDuplicates",
]
