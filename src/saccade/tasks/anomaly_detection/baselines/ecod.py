"""How deep a row lies in the tails of the training rows' distributions, column by column: ECOD."""

import numpy as np
from numpy.typing import NDArray

from saccade.tasks.anomaly_detection.baselines._sampling import Features


class TailProbabilities:
    """ECOD (Li et al. 2022, arXiv 2201.00382).

    A column contributes the negative logarithm of the share of training rows that lie as far out, in the tail where
    that is less. The paper adds up whole tails and takes the largest sum of three, one chosen by skewness; the authors'
    library, whose scores are the published ones, takes the larger tail of each column, as here: skewness then decides
    nothing. A row counts as one of the training rows, so that no share is zero; other rows asked about do not.
    """

    fitted_on = 0

    def fit(self, features: Features) -> "TailProbabilities":
        """Sort every column of features (n, w)."""
        self.columns = np.sort(features, axis=0).T.copy()
        self.fitted_on = len(features)
        return self

    def score(self, features: Features) -> NDArray[np.float64]:
        """Return (n,) sums over the columns of features (n, w)."""
        found = np.zeros(len(features))
        for values, known in zip(features.T, self.columns, strict=True):
            lower = np.searchsorted(known, values, side="right")
            upper = len(known) - np.searchsorted(known, values, side="left")
            found -= np.log((np.minimum(lower, upper) + 1) / (len(known) + 1))
        return found


def make(seed: int) -> TailProbabilities:
    """Return the detector."""
    return TailProbabilities()
