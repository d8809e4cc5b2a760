"""The squared distance from the mean training row, each column in its standard deviations: nothing is learnt beside."""

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.anomaly_detection.baselines._sampling import Features


class SquaredNorm:
    """Sum of the squared standardised features; what a variational autoencoder often comes down to."""

    fitted_on = 0

    def fit(self, features: Features) -> "SquaredNorm":
        """Learn nothing: the features are standardised already."""
        self.fitted_on = len(features)
        return self

    def score(self, features: Features) -> NDArray[np.float64]:
        """Return (n,) squared norms of features (n, w)."""
        return np.asarray(np.square(features, dtype=np.float64).sum(axis=1))


def make(seed: int) -> SquaredNorm:
    """Return the detector."""
    return SquaredNorm()
