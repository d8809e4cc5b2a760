"""How few random cuts it takes to part a row from the training rows: an isolation forest of 100 trees."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from saccade.tasks.anomaly_detection.baselines._sampling import Features


class Forest:
    """Isolation forest (Liu, Ting and Zhou 2008), scikit-learn's with its defaults: 256 rows a tree."""

    fitted_on = 0

    def __init__(self, seed: int) -> None:
        self.forest: Any = IsolationForest(random_state=seed)

    def fit(self, features: Features) -> "Forest":
        """Grow the trees on features (n, w)."""
        self.forest.fit(features)
        self.fitted_on = len(features)
        return self

    def score(self, features: Features) -> NDArray[np.float64]:
        """Return (n,) anomaly scores of features (n, w), 0 to 1."""
        return -np.asarray(self.forest.score_samples(features), np.float64)


def make(seed: int) -> Forest:
    """Return the detector; the seed draws the rows and the cuts."""
    return Forest(seed)
