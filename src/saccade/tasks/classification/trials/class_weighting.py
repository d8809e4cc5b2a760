"""Do classes of equal weight help the rare ones more than they cost the others? Told by held-out images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saccade.core.intervals import draws

UNEVEN = 2
"""The largest class has so many times the images of the smallest: below, it is not worth a trial."""

WORTH = 0.02
"""Of balanced accuracy, beyond what it costs in accuracy: for less, no one wants to lose any."""

LEAST_IMAGES = 100
"""In all: of fewer, a trial cannot say that anything pays."""


@dataclass(frozen=True)
class Gain:
    """What equal weights give.

    Attributes:
        plain, balanced: balanced accuracy (mean recall) without and with them, 0 to 1.
        low: lower end of the 95% interval of their difference.
        cost: by how much the accuracy falls.
    """

    plain: float
    balanced: float
    low: float
    cost: float

    @property
    def pays(self) -> bool:
        """Whether rare classes surely gain, and clearly more than all images together lose."""
        return self.low > 0 and self.balanced - self.plain >= self.cost + WORTH


def is_uneven(counts: NDArray[np.int64]) -> bool:
    """Say whether some classes have many more training images than others; counts (k,)."""
    return bool(counts.sum() >= LEAST_IMAGES and counts.max() > UNEVEN * counts[counts > 0].min())


def gain(labels: NDArray[np.int64], plain: NDArray[np.floating], balanced: NDArray[np.floating]) -> Gain:
    """Return what equal weights give; labels (n,), answers (n, k) about the same images."""
    right = np.stack([plain.argmax(axis=1) == labels, balanced.argmax(axis=1) == labels]).astype(float)
    present, which = np.unique(labels, return_inverse=True)
    recalls = [_recalls(right, which, len(present), rows) for rows in (np.arange(len(labels)), *_resampled(labels))]
    means = [np.nanmean(each, axis=1) for each in recalls]
    apart = np.array([each[1] - each[0] for each in means[1:]])
    accuracies = right.mean(axis=1)
    return Gain(
        plain=float(means[0][0]),
        balanced=float(means[0][1]),
        low=float(np.quantile(apart, 0.025)),
        cost=float(accuracies[0] - accuracies[1]),
    )


def _resampled(labels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [rows for some in draws(len(labels)) for rows in some]


def _recalls(
    right: NDArray[np.floating], which: NDArray[np.int64], classes: int, rows: NDArray[np.int64]
) -> NDArray[np.floating]:
    """Return (2, classes): the part of each class's images among some rows that is answered right."""
    counts = np.bincount(which[rows], minlength=classes).astype(float)
    counts[counts == 0] = np.nan
    return np.stack([np.bincount(which[rows], each[rows], minlength=classes) / counts for each in right])
