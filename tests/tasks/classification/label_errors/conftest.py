"""Images that a small network learns in a second, some of them with a wrong label; and suspects without a search."""

from dataclasses import replace

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.modalities.images.dataset import ImageDataset, Override
from saccade.tasks.classification.label_errors import Suspects


@pytest.fixture(scope="session")
def wrong():
    """Rows of `mislabelled` whose label is the next class of what they show."""
    return np.arange(5, 240, 31)


@pytest.fixture(scope="session")
def mislabelled(wrong):
    """Three classes by the height of a bright row, in noise; 240 images for training and 60 for the test."""
    random = np.random.default_rng(0)
    shown = random.integers(0, 3, 300)
    images = random.integers(0, 100, (300, 12, 12, 1), dtype=np.uint8)
    images[np.arange(300), shown * 4 + 1] = 255
    labels = shown.copy()
    labels[wrong] = (labels[wrong] + 1) % 3
    return ImageDataset(
        name="stripes",
        source="stripes",
        images=images,
        labels=labels.astype(np.int64),
        classes=("top", "middle", "bottom"),
        names=np.array([f"{row:04d}" for row in range(300)]),
        splits=np.array(["train"] * 200 + ["validation"] * 40 + ["test"] * 60, "<U10"),
        content_hash="stripes",
    )


@pytest.fixture(scope="session")
def recipe():
    settings = {"model": "dense", "learning_rate": 0.003, "batch_size": 32, "precision": "float32"}
    return recipes.make({"data": "stripes", **settings})


@pytest.fixture
def make_suspects():
    """Give a function that makes suspects of probabilities (n, k) and given labels (n,), the first so many flagged."""

    def make(probabilities, given, *, flagged=1, classes=("cat", "dog", "<b>cow</b>"), overrides=()) -> Suspects:
        probabilities, given = np.array(probabilities, np.float32), np.array(given)
        others = probabilities.copy()
        others[np.arange(len(given)), given] = -1
        return Suspects(
            name="pets",
            source="photos/pets",
            classes=classes,
            rows=np.arange(len(given)),
            names=np.array([f'{classes[label]}/"{row}",.png' for row, label in enumerate(given)]),
            given=given,
            suggested=others.argmax(axis=1),
            probabilities=probabilities,
            flagged=np.arange(len(given)) < flagged,
            folds=3,
            overrides=tuple(Override(*each) for each in overrides),
        )

    return make


@pytest.fixture
def three(make_suspects):
    """Three suspects: a cat that is a dog, a dog that may be a cow, a cat."""
    return make_suspects([[0.05, 0.9, 0.05], [0.1, 0.2, 0.7], [0.8, 0.1, 0.1]], [0, 1, 0], flagged=2)


@pytest.fixture
def images(mislabelled):
    """Return images for suspects of a few rows."""
    return replace(mislabelled, classes=("cat", "dog", "<b>cow</b>"))
