"""The features that a classifier's last layer sees, and a network that gives them beside its answers."""

from typing import Any

from saccade.core.backend import Model, keras

MOST = 4096
"""Features of an image above which they are pixels rather than features: distances among them mean nothing."""


def features(network: Model) -> Any:
    """Return the output (n, d) of a network before its last layer with weights; None where it is no row of features.

    A head that is a network of its own is looked into only where it is one layer.
    """
    last = next((layer for layer in reversed(network.layers) if layer.weights), None)
    inputs = getattr(last, "input", None)
    shape = getattr(inputs, "shape", ())
    return inputs if len(shape) == 2 and shape[1] and shape[1] <= MOST and inputs is not network.input else None


def with_features(network: Model) -> Model:
    """Return a Keras model from the same pixels to answers (n, k) and features (n, d)."""
    return keras.Model(network.input, [network.output, features(network)])


def distance(found: Any, kernel: Any, references: Any) -> Any:
    """Return the output (n,) of squared distances of features (n, d), as `KnownFeatures.distances` has them."""
    ops, width = keras.ops, kernel.shape[1]
    described = ops.matmul(found, kernel)
    products = ops.matmul(described, references.T * (-2 / width))
    nearest = ops.min(products + (references**2).mean(axis=1), axis=1)
    return ops.relu(nearest + ops.mean(ops.square(described), axis=1))
