import numpy as np

from saccade.modalities.images.joined_store import joined
from saccade.tasks.object_detection.object_images import PADDING, ObjectImages
from saccade.tasks.object_detection.other_images import _in_arrays


def images(count, objects, *, split):
    """Return images with so many objects each."""
    boxes = np.tile(np.arange(objects * 4, dtype=np.float32).reshape(1, objects, 4), (count, 1, 1))
    return ObjectImages(
        name=split,
        source=split,
        images=np.zeros((count, 64, 64, 1), np.uint8),
        labels=np.zeros(count, np.int64),
        classes=("",),
        names=np.array([f"{split}/{at}" for at in range(count)]),
        splits=np.full(count, split),
        content_hash="0",
        objects=("a",),
        sizes=np.full((count, 2), 64, np.int32),
        boxes=boxes,
        numbers=np.zeros((count, objects), np.int32),
        ignored=np.zeros((count, objects), np.bool_),
    )


def test_images_with_more_objects_stand_behind_images_with_fewer():
    found = _in_arrays(joined(images(3, 2, split="train"), images(2, 5, split="other")))
    assert found.is_object.sum(axis=1).tolist() == [2, 2, 2, 5, 5]
    assert found.numbers[0].tolist() == [0, 0, PADDING, PADDING, PADDING]
    assert found.boxes.shape == (5, 5, 4)
    assert found.sizes.shape == (5, 2)


def test_images_that_stand_alone_stay_as_they_are():
    alone = images(3, 2, split="other")
    assert _in_arrays(alone).boxes is alone.boxes
