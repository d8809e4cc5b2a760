"""Matches → the score from which on a box is an answer: with the best F1, or a precision that is wanted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RecipeError
from saccade.tasks.object_detection.coco_matching import Matches
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold

BEST_F1 = "f1"
WAYS = {"precision": "a number above 0 and below 1, such as .95", "f_beta": "a number above 0, such as 1 or 2"}


@dataclass(frozen=True)
class Criterion:
    """What a threshold is chosen by.

    Attributes:
        text: "f1", "f_beta=2", "precision=.95".
        precision: the least that is wanted; None: the best F-beta.
        beta: of F-beta; above 1, a missed object counts more than an invented one.
    """

    text: str = BEST_F1
    precision: float | None = None
    beta: float = 1.0


def criterion_of(wanted: Mapping[str, str]) -> Criterion:
    """Return what is wanted: {"precision": ".95"}, say; raises RecipeError where that cannot be meant."""
    if len(wanted) != 1 or not set(wanted) <= set(WAYS):
        options = " ".join(f"--{name.replace('_', '-')}" for name in wanted)
        raise RecipeError(
            f"The threshold of boxes is chosen by --precision .95 or --f-beta 1, one of them; found {options}."
        )
    ((way, said),) = wanted.items()
    number = _number(said)
    if number is None or number <= 0 or (way == "precision" and number >= 1):
        raise RecipeError(f"Expected {WAYS[way]}, for --{way.replace('_', '-')}; found '{said}'.")
    if way == "precision":
        return Criterion(f"precision={number:g}", precision=number)
    return Criterion(BEST_F1 if number == 1 else f"f_beta={number:g}", beta=number)


def _number(said: str) -> float | None:
    return float(said) if re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*", said) else None


def choose(matches: Matches, criterion: Criterion) -> ConfidenceThreshold | None:
    """Return the threshold for all classes together, in the middle between two scores.

    None where there is no object, or no box hits one. Of thresholds with the wanted precision, the one that finds most.

    Args:
        matches: of the validation images.
        criterion: what it is chosen by.

    Raises:
        RecipeError: no threshold has the wanted precision; says which is the best.
    """
    scores, hits, total = _pooled(matches)
    if not total or not hits.any():
        return None
    found = np.cumsum(hits)
    precision, recall = found / np.arange(1, len(scores) + 1), found / total
    ends = np.append(scores[1:] < scores[:-1], True)  # equal scores cannot be told apart
    merit = _merit(precision, recall, criterion)
    at = int(np.where(ends, merit, -1).argmax())
    if criterion.precision is not None and precision[at] < criterion.precision:
        best = float(precision[ends].max())
        raise RecipeError(
            f"No threshold has a precision of {criterion.precision:g} on the {matches.images:,} validation images; the "
            f"best is {best:.3f}. Ask for less, or train on more images."
        )
    below = scores[at + 1] if at + 1 < len(scores) else 0.0
    return ConfidenceThreshold(
        value=float((scores[at] + below) / 2),
        criterion=criterion.text,
        images=matches.images,
        precision=float(precision[at]),
        recall=float(recall[at]),
    )


def _pooled(matches: Matches) -> tuple[NDArray[np.float64], NDArray[np.bool_], int]:
    """Return scores, the surest first, whether each hits an object at an IoU of .5, and how many objects there are."""
    every = matches.of["all"]
    scores = np.concatenate([each.scores[~each.is_ignored[0]] for each in every])
    hits = np.concatenate([each.is_hit[0][~each.is_ignored[0]] for each in every])
    order = np.argsort(-scores, kind="stable")
    return scores[order], hits[order], sum(int(each.objects.sum()) for each in every)


def _merit(precision: NDArray[np.float64], recall: NDArray[np.float64], criterion: Criterion) -> NDArray[np.float64]:
    if criterion.precision is not None:
        return np.where(precision >= criterion.precision, 1 + recall, precision)
    square = criterion.beta**2
    return np.asarray((1 + square) * precision * recall / np.maximum(square * precision + recall, 1e-12))
