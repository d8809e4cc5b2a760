import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import RunError
from saccade.tasks.object_detection import answers as module
from saccade.tasks.object_detection.answers import answers
from saccade.tasks.object_detection.detections import interpreted
from saccade.tasks.object_detection.object_images import ObjectImages


class FakeNetwork:
    """Answers each image with one box that its first pixel says the left side of."""

    def __init__(self, network):
        self.scale = network

    def outputs(self, images):
        boxes = np.zeros((len(images), 100, 4), np.float32)
        boxes[:, 0] = np.stack([images[:, 0, 0, 0], *[np.full(len(images), side) for side in (16, 48, 48)]], axis=1)
        scores = np.zeros((len(images), 100), np.float32)
        scores[:, 0] = self.scale
        return boxes, scores, np.ones((len(images), 100), np.float32)


@pytest.fixture
def dataset(monkeypatch):
    """Ten images of 128 rows and 64 columns, seen as 64×64 with margins at both sides."""
    monkeypatch.setattr(module, "with_decoder", lambda network, overlap: network)
    monkeypatch.setattr(module, "Network", FakeNetwork)
    monkeypatch.setattr(
        module, "batches", lambda images, rows: (images[rows[at : at + 3]] for at in range(0, len(rows), 3))
    )
    images = np.zeros((10, 64, 64, 1), np.uint8)
    images[:, 0, 0, 0] = 16 + np.arange(10)
    return ObjectImages(
        name="x",
        source="x",
        images=images,
        labels=np.arange(10),
        classes=tuple(map(str, range(10))),
        names=np.array([str(at) for at in range(10)]),
        splits=np.full(10, "test"),
        content_hash="0",
        objects=("a", "b"),
        sizes=np.tile(np.array([128, 64], np.int32), (10, 1)),
        boxes=np.zeros((10, 1, 4), np.float32),
        numbers=np.full((10, 1), -1, np.int32),
        ignored=np.zeros((10, 1), np.bool_),
    )


def test_boxes_are_in_pixels_of_the_source_in_the_order_of_the_rows(dataset):
    rows = np.array([7, 2, 9, 4, 0])
    found = answers(0.8, dataset, rows, recipes.read("object_detection", data="x"))
    assert [each.boxes.tolist() for each in found] == [[[2.0 * row, 32, 64, 96]] for row in rows.tolist()]
    assert {(each.numbers[0], each.size) for each in found} == {(1, (128, 64))}


def test_boxes_beside_the_image_in_its_margin_are_none(dataset):
    outside = np.full((1, 100, 4), [0, 0, 10, 60], np.float32)
    outside[0, 1] = [10, 10, 20, 20]
    found = interpreted(
        outside, np.full((1, 100), 0.5), np.zeros((1, 100), int), dataset.sizes[:1], (64, 64), fit="pad"
    )
    assert found[0].boxes.tolist() == [[0, 20, 8, 40]]


def test_infinite_answers_are_refused(dataset):
    with pytest.raises(RunError, match="diverged"):
        answers(np.nan, dataset, np.arange(3), recipes.read("object_detection", data="x"))
