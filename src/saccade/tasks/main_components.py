"""Many images as few numbers that are as far from each other as their pixels."""

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 150
"""Kept of the pixels' principal components. Distances and penalised linear models are the same in any rotation of the
pixels, and change little without the components in which images hardly differ."""

WORTH_TURNING = 5000
"""Images; with fewer, their pixels are as quick."""

MEASURED = 10_000
"""Images, at most, of which the components are computed."""

Features = NDArray[np.float32]


def main_components(known: Features, asked: Features) -> tuple[Features, Features]:
    """Return images (n, k) and (m, k) as their principal components, those of `known`; as they are where they are few.

    Args:
        known: (n, d), pixels of training images.
        asked: (m, d), of others.
    """
    if len(known) < WORTH_TURNING or known.shape[1] <= COMPONENTS:
        return known, asked
    some = known if len(known) <= MEASURED else known[np.random.default_rng(0).permutation(len(known))[:MEASURED]]
    middle = some.mean(axis=0)
    away = some - middle
    _, directions = np.linalg.eigh(away.T @ away)  # the largest last
    kept = np.ascontiguousarray(directions[:, : -COMPONENTS - 1 : -1])
    return (known - middle) @ kept, (asked - middle) @ kept
