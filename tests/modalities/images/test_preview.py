import numpy as np
import pytest
from PIL import Image

from saccade.core.errors import DataError
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.loading import load
from saccade.modalities.images.preview import sample_grid


def toys(classes, shape=(8, 8, 1), each=12, names=None, split="train"):
    labels = np.repeat(np.arange(classes), each)
    shades = np.random.default_rng(0).integers(0, 200, (len(labels), 1, 1, 1), dtype=np.uint8)
    images = np.broadcast_to(shades, (len(labels), *shape)).copy()  # even shades, which are quick to pack
    return ImageDataset(
        name="toys",
        source="toys",
        images=images,
        labels=labels,
        classes=tuple(names or (f"class {number}" for number in range(classes))),
        names=np.array([str(row) for row in range(len(labels))]),
        splits=np.full(len(labels), split),
        content_hash="",
    )


def drawn(dataset, path, **options):
    sample_grid(dataset, path, **options)
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.heavy
@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 32, 3), (96, 96, 3), (200, 150, 3)])
@pytest.mark.parametrize("classes", [2, 20])
def test_nothing_is_cut_off(tmp_path, shape, classes):
    image = drawn(toys(classes, shape), tmp_path / "grid.png")
    margin = 8
    for edge in (image[:margin], image[-margin:], image[:, :margin], image[:, -margin:]):
        assert (edge == 255).all()
    assert image.shape[0] > classes * 50
    assert image.shape[1] > 600


def test_small_images_are_enlarged_sharply(tmp_path):
    dataset = toys(2, each=1)
    dataset.images[0] = np.where(np.indices((8, 8)).sum(axis=0) % 2, 255, 0)[..., None]
    image = drawn(dataset, tmp_path / "grid.png")
    left = int(np.flatnonzero((image[70:130] == 0).all(axis=2).sum(axis=0) >= 24)[0])
    top = int(np.flatnonzero((image[:, left] == 0).all(axis=1))[0])
    square = image[top : top + 64, left : left + 64, 0]
    assert np.array_equal(square, np.kron(dataset.images[0, ..., 0], np.ones((8, 8), np.uint8)))


@pytest.mark.heavy
def test_of_many_classes_twenty_are_shown(tmp_path):
    tall = drawn(toys(20), tmp_path / "20.png").shape[0]
    assert drawn(toys(60), tmp_path / "60.png").shape[0] == tall


def test_the_same_seed_draws_the_same_image(tmp_path):
    dataset = load("digits")
    first = drawn(dataset, tmp_path / "a.png", seed=1)
    assert np.array_equal(first, drawn(dataset, tmp_path / "b.png", seed=1))
    other = drawn(dataset, tmp_path / "c.png", seed=2)
    assert first.shape == other.shape
    assert (first != other).any()


def test_class_names_may_be_anything(tmp_path):
    drawn(
        toys(3, names=("$\\alpha^", "猫", "a very long name that would take all the room" * 2)), tmp_path / "grid.png"
    )


def test_a_temporary_name_without_an_ending_will_do(tmp_path):
    sample_grid(toys(2), tmp_path / ".123-samples")
    with Image.open(tmp_path / ".123-samples") as image:
        assert image.format == "PNG"


def test_a_part_without_images_is_an_error(tmp_path):
    with pytest.raises(DataError, match="toys has no test images to show. Parts: train"):
        sample_grid(toys(2), tmp_path / "grid.png", split="test")
