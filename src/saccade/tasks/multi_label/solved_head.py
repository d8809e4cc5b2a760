"""The last layer of a multi-label classifier, solved for on features of images: a logistic regression a label."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from saccade.tasks import linear_head, pretrained_training
from saccade.tasks.linear_head import MOST_FOLDS, LinearHead, Part, Problem, Rows, Vectors, scaling
from saccade.tasks.multi_label.objective import HEAD, start_at_shares
from saccade.tasks.multi_label.tagged_images import TaggedImages, Truth
from saccade.tasks.pretrained_training import is_pretrained
from saccade.tasks.solved_head import SolvedHead

STRENGTHS = (1.0, 10.0, 100.0)
"""Weight of the data against the penalty, times 1 / number of images; one for all labels."""

_MOST_STEPS = 300
_LEAST = 1e-7  # probability, as Keras has it


def initialize(network: Any, recipe: Any, dataset: TaggedImages) -> None:
    """Solve for the last layer of a pretrained network; another first answers with the share of each label."""
    if is_pretrained(recipe):
        pretrained_training.initialize(network, recipe, dataset, head=SOLVED)
    else:
        start_at_shares(network, recipe, dataset)


def fitted_row(network: Any, recipe: Any, dataset: TaggedImages) -> Any:
    """Return how good a last layer is that was solved for before the first step; None where more is trained."""
    return pretrained_training.fitted_row(network, recipe, dataset, head=SOLVED)


def fit(train: Part, validation: Part, *, seed: int) -> LinearHead:
    """Return the head that fits training images best, with the strength that does best on others.

    Args:
        train: features (n, d) and truth (n, k) of 0 and 1.
        validation: likewise; chooses the strength when it has `linear_head.ENOUGH` images.
        seed: of the folds.
    """
    problem = Problem(solved, loss, loss, partial(_folds, seed=seed))
    head: LinearHead = linear_head.choose(problem, train, validation, STRENGTHS)
    return head


def solved(vectors: Vectors, truth: Truth, strength: float) -> LinearHead:
    """Return the solution for one strength; arguments as for `fit`."""
    mean, scale = scaling(vectors)
    scaled = (vectors - mean) * scale
    columns = [_column(scaled, truth[:, at], strength) for at in range(truth.shape[1])]
    kernel = np.stack([weights * scale for weights, _ in columns], axis=1).astype(np.float32)
    bias = np.array([offset for _, offset in columns], np.float32) - mean @ kernel
    return LinearHead(kernel, np.asarray(bias, np.float32), strength)


def _column(scaled: Vectors, there: Truth, strength: float) -> tuple[Vectors, float]:
    """Return weights (d,) and bias of one label; of one that all images have, or none, a bias alone."""
    count = int(there.sum())
    if count in (0, len(there)):
        share = (count + 0.5) / (len(there) + 1)
        return np.zeros(scaled.shape[1], np.float32), float(np.log(share / (1 - share)))
    model = LogisticRegression(C=strength / len(there), max_iter=_MOST_STEPS, tol=1e-3).fit(scaled, there)
    return np.asarray(model.coef_[0], np.float32), float(model.intercept_[0])


def loss(outputs: Vectors, truth: Truth) -> float:
    """Return the binary cross-entropy of outputs (n, k) before the sigmoid, a mean over images and labels."""
    likely = np.clip(expit(outputs.astype(np.float64)), _LEAST, 1 - _LEAST)
    return float(-np.where(truth, np.log(likely), np.log1p(-likely)).mean())


def micro_f1(outputs: Vectors, truth: Truth) -> float:
    """Return F1 over all labels, 0 to 1, where a label is given from a probability of .5 on."""
    given = outputs > 0
    among = int(given.sum()) + int(truth.sum())
    return 2 * int((given & (truth > 0)).sum()) / among if among else 0.0


def _folds(truth: Truth, *, seed: int) -> Sequence[tuple[Rows, Rows]]:
    count = min(MOST_FOLDS, len(truth) // 2)
    return list(KFold(count, shuffle=True, random_state=seed).split(truth)) if count > 1 else []


def _truth(dataset: TaggedImages, rows: Rows) -> Truth:
    return np.asarray(dataset.truth[rows], np.uint8)


def _fit(train: Part, validation: Part, recipe: Any, dataset: TaggedImages) -> LinearHead:
    del dataset
    return fit(train, validation, seed=recipe.seed)


def _scores(outputs: Vectors, truth: Truth, recipe: Any) -> dict[str, float]:
    del recipe
    return {"micro_f1": micro_f1(outputs, truth), "loss": loss(outputs, truth)}


SOLVED = SolvedHead(HEAD, targets=_truth, fit=_fit, scores=_scores, cross_validated="cv_loss")
