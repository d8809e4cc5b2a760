"""Images with the boxes of the objects in them."""

from pathlib import Path

import numpy as np

from saccade.modalities.images.annotations import MarkedImage, MarkedObject, annotation_text
from saccade.modalities.images.dataset import ImageDataset
from saccade.tasks.object_detection.object_images import PADDING, with_objects


def marked(*objects):
    return MarkedImage("a.png", Path("a.png"), (20, 30), tuple(MarkedObject(*each) for each in objects))


def images_of(*marks, splits=("train", "train", "test")):
    texts = [annotation_text(each) for each in marks]
    classes = tuple(sorted(set(texts)))
    return ImageDataset(
        name="x",
        source="x",
        images=np.zeros((len(marks), 64, 64, 3), np.uint8),
        labels=np.array([classes.index(text) for text in texts]),
        classes=classes,
        names=np.array([f"{at}.png" for at in range(len(marks))]),
        splits=np.array(splits),
        content_hash="0",
    )


TWO = marked(("dog", 1, 2, 9, 9.25), ("cat", 0, 0, 5, 5))
CROWD = marked(("cat", 0, 0, 5, 5), ("cat", 6, 6, 20, 20, True))
EMPTY = marked()


def test_texts_of_annotations_become_padded_boxes():
    made = with_objects(images_of(TWO, EMPTY, CROWD))
    assert made.objects == ("cat", "dog")
    assert made.numbers.tolist() == [[0, 1], [PADDING, PADDING], [0, 0]]
    np.testing.assert_allclose(made.boxes[0], [[0, 0, 5, 5], [1, 2, 9, 9.25]])
    assert made.sizes.tolist() == [[20, 30]] * 3


def test_the_order_of_objects_makes_no_difference():
    assert annotation_text(TWO) == annotation_text(marked(("cat", 0, 0, 5, 5), ("dog", 1, 2, 9, 9.25)))


def test_objects_are_counted_without_the_ignored_ones():
    made = with_objects(images_of(TWO, EMPTY, CROWD))
    assert made.counts() == {
        "train": {"cat": 1, "dog": 1, "background": 1},
        "test": {"cat": 1, "dog": 0, "background": 0},
    }
    assert [row[1] for row in made.split_rows()] == ["1 cat, 1 dog", "background", "1 cat"]


def test_strata_are_the_rarest_classes_of_objects():
    strata = with_objects(images_of(TWO, EMPTY, CROWD)).strata()
    assert [strata.classes[label] for label in strata.labels] == ["dog", "background", "cat"]


def test_classes_that_a_run_does_not_know_are_left_out():
    made = with_objects(images_of(TWO, EMPTY, CROWD), objects=("dog",))
    assert made.numbers.tolist() == [[0, PADDING], [PADDING, PADDING], [PADDING, PADDING]]


def test_some_rows_keep_their_boxes():
    made = with_objects(images_of(TWO, EMPTY, CROWD)).only(np.array([2]))
    assert made.numbers.tolist() == [[0, 0]]
    assert made.ignored.tolist() == [[False, True]]
    assert len(made.images) == 1
