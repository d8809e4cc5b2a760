import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.modalities.images.dataset import ImageDataset
from saccade.training import train

SMALL_STACK = {
    "name": "convnet",
    "layers": [{"conv": 4, "kernel_size": 3}, {"max_pool": 2}, {"dropout": 0.2}, "flatten"],
}


def stripes(count=240, *, side=12, seed=0):
    """Images with one bright row (class by its height), so that a small network learns them in seconds."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    images = random.integers(0, 100, (count, side, side, 1), dtype=np.uint8)
    images[np.arange(count), labels * 4 + 1] = 255
    splits = np.array(["train"] * (count * 2 // 3) + ["validation"] * (count // 6) + ["test"] * count)[:count]
    return ImageDataset(
        name="stripes",
        source="stripes",
        images=images,
        labels=labels.astype(np.int64),
        classes=("top", "middle", "bottom"),
        names=np.array([f"{i:04d}" for i in range(count)]),
        splits=splits,
        content_hash="stripes",
    )


@pytest.fixture(scope="session")
def dataset():
    return stripes()


def small_recipe():
    return recipes.make(
        {
            "name": "small",
            "data": "stripes",
            "model": SMALL_STACK,
            "epochs": 3,
            "batch_size": 16,
            "learning_rate": 0.01,
            "precision": "float32",
            "image_size": 12,
            "channels": 1,
            "class_weights": "none",
            "none_rate": 0,
        }
    )


@pytest.fixture(scope="session")
def recipe():
    return small_recipe()


@pytest.fixture
def trained(run_once):
    """Give a copy of what training with `recipe` on `dataset` leaves, for tests that look at it or spoil it."""
    return run_once("small_stripes", lambda folder: train(small_recipe(), stripes(), folder=folder / "run"))
