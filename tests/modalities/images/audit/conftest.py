"""Generated images for the audit: soft coloured scenes, no two alike, and data sets made of them."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from saccade.modalities.images.audit import edge_matching
from saccade.modalities.images.dataset import ImageDataset

MakeScenes = Callable[..., np.ndarray]
MakeDataset = Callable[..., ImageDataset]


@pytest.fixture(scope="session")
def make_scenes() -> MakeScenes:
    """Give a function that makes images (n, side, side, 3): large soft blotches with some finer ones."""

    def make(count: int, *, seed: int = 0, side: int = 32) -> np.ndarray:
        rng = np.random.default_rng(seed)
        images = np.empty((count, side, side, 3), np.uint8)
        for row in range(count):
            layers = [Image.fromarray(rng.integers(0, 256, (n, n, 3), dtype=np.uint8)) for n in (4, 10)]
            large, fine = (np.asarray(layer.resize((side, side), Image.Resampling.BICUBIC)) for layer in layers)
            images[row] = 0.6 * large + 0.4 * fine
        return images

    return make


@pytest.fixture(scope="session")
def make_dataset() -> MakeDataset:
    """Give a function that makes a dataset of images, with random labels and splits unless they are given."""

    def make(
        images, *, labels=None, splits=None, groups=None, classes=("cat", "dog"), skipped_items=()
    ) -> ImageDataset:
        rng = np.random.default_rng(1)
        count = len(images)
        return ImageDataset(
            name="scenes",
            source="scenes",
            images=images,
            labels=rng.integers(0, len(classes), count) if labels is None else np.asarray(labels, np.int64),
            classes=classes,
            names=np.array([f"{row:05d}.png" for row in range(count)]),
            splits=rng.permutation(np.resize(np.array(["train", "train", "test"]), count))
            if splits is None
            else np.asarray(splits, "<U10"),
            content_hash=str(hash(images.tobytes())),
            groups=None if groups is None else np.asarray(groups, np.str_),
            skipped_items=skipped_items,
        )

    return make


@pytest.fixture(scope="session")
def photo_tiles() -> Callable[[int], list[np.ndarray]]:
    """Give a function that cuts two photos into tiles (side, side, 3) that do not overlap."""

    def cut(side: int) -> list[np.ndarray]:
        return [
            photo[top : top + side, left : left + side]
            for photo in load_sample_images().images
            for top in range(0, 427 - side, side)
            for left in range(0, 640 - side, side)
        ]

    return cut


@pytest.fixture(autouse=True)
def small_samples(monkeypatch):
    """Learn from a fifth of the images what is left of look-alikes: three pairs are compared for each, at 2 ms."""
    monkeypatch.setattr(edge_matching, "SAMPLE", 60)
