"""Models and images of the tests: three classes, each with a bright row of its own."""

import numpy as np

from saccade.core.backend import keras, seed_everything

layers = keras.layers
SPARSE = keras.losses.SparseCategoricalCrossentropy


def striped(count=300, *, classes=3, seed=0):
    """Return images (n, 12, 12, 1), 0 to 255 uint8, and labels (n,)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    images = rng.integers(0, 100, (count, 12, 12, 1), dtype=np.uint8)
    images[np.arange(count), labels * (12 // classes) + 1] = 255
    return images, labels


def network(*, head=None, hidden=(), before=(), outputs=3, loss="sparse_categorical_crossentropy", **options):
    """Return a small compiled network; `head` are its last layers. XLA, slow to compile, is left out."""
    seed_everything(0)
    middle = hidden or [layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(2)]
    last = [layers.Dense(outputs, activation="softmax")] if head is None else head
    model = keras.Sequential([keras.Input((12, 12, 1)), *before, *middle, layers.Flatten(), *last])
    model.compile(keras.optimizers.Adam(0.01), loss, **{"jit_compile": False, **options})
    return traced_once(model)


def traced_once(model):
    """Return a model with the variables of its optimizer; made in the first step, they have it traced a second time."""
    model.optimizer.build(model.trainable_variables)
    return model


def kinds(diagnosis):
    return [(finding.kind, finding.severity) for finding in diagnosis]
