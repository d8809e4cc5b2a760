"""What measurements of training speed share: random images, a data set of them, the layers, and the clock.

Speed does not depend on what the pixels show. Each competitor imports its own library, so nothing is imported ahead.
"""

import time

LAYERS = ((32, True), (64, True), (128, False))
"""Of `mnist-convnet`: the filters of each 3×3 convolution, and whether a maximum over 2×2 follows."""


def random_images(count, shape):
    """Return images (count, *shape), uint8, and their classes (count,), 0 to 9; always the same."""
    import numpy as np

    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, *shape), dtype=np.uint8), random.integers(0, 10, count)


def random_dataset(count, shape):
    """Return the same images as a data set of training images only."""
    import numpy as np

    from saccade.modalities.images.dataset import ImageDataset

    images, labels = random_images(count, shape)
    return ImageDataset(
        name="random",
        source="random",
        images=images,
        labels=labels,
        classes=tuple("0123456789"),
        names=np.arange(count).astype(str),
        splits=np.full(count, "train"),
        content_hash="",
    )


def keras_network(shape):
    """Return the network in plain Keras, compiled as tutorials do."""
    import keras

    layers = keras.layers
    stack = [layers.Input(shape)]
    for filters, pooled in LAYERS:
        stack += [layers.Conv2D(filters, 3, activation="relu"), *([layers.MaxPooling2D()] if pooled else [])]
    model = keras.Sequential([*stack, layers.Flatten(), layers.Dense(10, activation="softmax")])
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def pytorch_network(example):
    """Return the network in plain PyTorch, its last layer as wide as one batch of images (n, c, h, w) asks."""
    from torch import nn

    stack, before = [], example.shape[1]
    for filters, pooled in LAYERS:
        stack += [nn.Conv2d(before, filters, 3), nn.ReLU(), *([nn.MaxPool2d(2)] if pooled else [])]
        before = filters
    model = nn.Sequential(*stack, nn.Flatten(), nn.LazyLinear(10)).to(example.device)
    model(example)
    return model


def later_epochs(epochs, epoch):
    """Return the seconds of each epoch but the first, which compiles."""
    seconds = []
    for _ in range(epochs):
        started = time.monotonic()
        epoch()
        seconds.append(time.monotonic() - started)
    return seconds[1:]
