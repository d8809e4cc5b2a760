"""What most of the five training images say that are nearest, pixel by pixel."""

from typing import Any

from sklearn.neighbors import KNeighborsClassifier


def make() -> Any:
    """Return the classifier."""
    return KNeighborsClassifier(n_neighbors=5, algorithm="brute")
