"""How far a row lies from the plane of the leading principal components: the best linear autoencoder."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from saccade.tasks.anomaly_detection.baselines._sampling import Features

KEPT = 0.5
"""The share of the training rows' variance that the leading components carry at least.

Strange rows of most tables are strange in the leading components too: with .9, six of eight public ones are told less.
"""


class LinearReconstruction:
    """Squared reconstruction error of PCA."""

    fitted_on = 0

    def fit(self, features: Features) -> "LinearReconstruction":
        """Find the components of features (n, w); at least one is left out, or nothing could be strange."""
        pca: Any = PCA(svd_solver="covariance_eigh")
        at_least_two = np.concatenate([features, features[:1]]) if len(features) == 1 else features
        with np.errstate(invalid="ignore"):  # training rows that are all equal have no variance to take shares of
            pca.fit(np.asarray(at_least_two, np.float64))
        carried = np.cumsum(pca.explained_variance_)
        leading = int(np.searchsorted(carried, KEPT * carried[-1])) + 1
        self.mean = pca.mean_
        self.left_out = _complement(pca.components_[: min(leading, features.shape[1] - 1)])
        self.fitted_on = len(features)
        return self

    def score(self, features: Features) -> NDArray[np.float64]:
        """Return (n,) squared lengths of what the leading components cannot say of features (n, w)."""
        return np.asarray(np.square((features - self.mean) @ self.left_out).sum(axis=1))


def _complement(components: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an orthonormal base, (w, w - k), of everything at right angles to k components (k, w)."""
    base, _ = np.linalg.qr(components.T, mode="complete")
    return np.asarray(base[:, len(components) :])


def make(seed: int) -> LinearReconstruction:
    """Return the detector."""
    return LinearReconstruction()
