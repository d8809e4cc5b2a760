"""The distance to the fifth nearest of the training rows, of at most 20,000 of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from saccade.tasks.anomaly_detection.baselines._sampling import Features, sampled

NEIGHBOURS = 5

MOST_ROWS = 20_000
"""Every row asked about is compared with each: 50,000 take three seconds, with 200,000 to compare half a minute."""


class Neighbours:
    """Distance to the k-th nearest training row (Ramaswamy, Rastogi and Shim 2000)."""

    fitted_on = 0

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, features: Features) -> "Neighbours":
        """Remember features (n, w), or a sample of them."""
        known = sampled(features, MOST_ROWS, self.seed)
        self.neighbours: Any = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(known))).fit(known)
        self.fitted_on = len(known)
        return self

    def score(self, features: Features) -> NDArray[np.float64]:
        """Return (n,) distances of features (n, w), in standard deviations of a column."""
        distances, _ = self.neighbours.kneighbors(features)
        return np.asarray(distances[:, -1], np.float64)


def make(seed: int) -> Neighbours:
    """Return the detector; the seed draws the sample."""
    return Neighbours(seed)
