"""A part of the training rows, for detectors that cannot afford all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating[Any]]


def sampled(features: Features, most: int, seed: int) -> Features:
    """Return at most so many rows of features (n, w), drawn without putting back, in their order."""
    if len(features) <= most:
        return features
    return features[np.sort(np.random.default_rng(seed).choice(len(features), most, replace=False))]
