"""Telling two samples apart as a whole: a forest finds what moved together where nothing moved alone."""

import numpy as np
from numpy.typing import NDArray

from saccade.core import cross_validation
from saccade.core.cross_validation import Verdict

APART, FAR_APART = 0.6, 0.75
"""AUC above which new rows clearly differ, and differ so much that one says little of the other; the lower end of its
99.9% interval must be above. As between the splits of images, see modalities/images/audit/checks/distribution.py."""


def tell_apart(reference: NDArray[np.float32], new: NDArray[np.float32], *, seed: int) -> Verdict | None:
    """Return how well a forest tells new rows from a run's own, as many of each (Lopez-Paz and Oquab 2017).

    Args:
        reference: (n, d); NaN is missing.
        new: (m, d).
        seed: of what is drawn, of the forest and of its folds.

    Returns:
        None where there are too few of them.
    """
    rng, each = np.random.default_rng(seed), min(len(reference), len(new), cross_validation.SAMPLE // 2)
    if each < cross_validation.LEAST:
        return None
    chosen = [values[rng.permutation(len(values))[:each]] for values in (reference, new)]
    # trees cut anywhere: what is missing lies below everything
    features = np.concatenate(chosen)
    features = np.where(np.isnan(features), np.finfo(np.float32).min / 4, features)
    # equal rows stay in one fold, or the forest would know them by heart
    units = np.unique(features, axis=0, return_inverse=True)[1].ravel()
    if len(np.unique(units)) < cross_validation.FOLDS:
        return None
    return cross_validation.auc(features, np.repeat([False, True], each), units, seed=seed)
