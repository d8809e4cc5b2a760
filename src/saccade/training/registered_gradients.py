"""Gradients that TensorFlow registers by name while it traces a graph: each holds its graph for the whole process."""

from collections.abc import Iterator
from contextlib import contextmanager

from saccade.core.backend import keras

PREFIX = "CustomGradient-"
"""Of the names that `tf.custom_gradient` makes up, one a trace; those of TensorFlow's own operations have none."""


@contextmanager
def forgotten_gradients() -> Iterator[None]:
    """Forget afterwards the gradients that were registered meanwhile, so that the memory of their graphs is given back.

    Graphs that were traced meanwhile run as before, but nothing can be differentiated through them any more.
    """
    if keras.backend.backend() != "tensorflow":
        yield
        return
    from tensorflow.python.framework import ops  # noqa: PLC0415  (only on its own backend)

    registered = ops.gradient_registry._registry  # TensorFlow has no public way; its version is pinned
    before = set(registered)
    try:
        yield
    finally:
        for name in [name for name in registered if name.startswith(PREFIX) and name not in before]:
            del registered[name]
