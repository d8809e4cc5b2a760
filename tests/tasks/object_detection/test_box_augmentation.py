"""Boxes move as their images do."""

import numpy as np
import pytest
import tensorflow as tf

from saccade.modalities.images.settings import Augment
from saccade.tasks.object_detection.box_augmentation import BoxAugmentation
from saccade.training.distributed.whole_batch import Part, seen_as_whole

SIDE = 64


def square(left, top, right, bottom):
    image = np.zeros((SIDE, SIDE, 1), np.float32)
    image[top:bottom, left:right] = 200
    return image, [0, left, top, right, bottom, 0]


def augmented(augment, *squares, seed=0):
    images, objects = zip(*squares, strict=True)
    paired = BoxAugmentation(Augment(**augment), seed=seed)
    changed = np.asarray(paired.inputs(np.stack(images)))
    return changed[..., 0], np.asarray(paired.targets(np.array(objects, np.float32)[:, None]))[:, 0]


@pytest.mark.parametrize(
    "augment",
    [
        {"flip": "horizontal"},
        {"flip": "both"},
        {"shift": 0.1},
        {"zoom": 0.2},
        {"flip": "both", "shift": 0.1, "zoom": 0.2},
    ],
)
def test_what_was_in_a_box_is_in_the_changed_box(augment):
    squares = [square(18, 22, 40, 36)] * 8
    images, objects = augmented(augment, *squares)
    for image, (_, *box, ignored) in zip(images, objects, strict=True):
        bright = image > (image.min() + image.max()) / 2
        rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
        np.testing.assert_allclose(box, [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], atol=1.2)
        assert not ignored
    assert len({tuple(box.round(2)) for box in objects}) > 1


def test_what_has_left_the_image_is_ignored_and_cut():
    images, objects = augmented({"shift": 0.5}, *[square(0, 20, 10, 40)] * 16, seed=3)
    del images
    assert (objects[:, 1:5] >= 0).all()
    assert (objects[:, 1:5] <= SIDE).all()
    width = objects[:, 3] - objects[:, 1]
    assert (objects[width < 2, 5] == 1).all()
    assert (width < 2).any()
    assert (objects[width > 9, 5] == 0).all()


def test_without_a_change_all_stays_as_it_is():
    (image, row) = square(18, 22, 40, 36)
    images, objects = augmented({}, (image, row))
    np.testing.assert_allclose(images[0], image[..., 0], atol=1e-3)
    np.testing.assert_allclose(objects[0], row)


def in_a_graph(images, rank=None, size=2):
    """Return images and targets as a training step makes them, of all images or of those of a rank, and which."""
    paired = BoxAugmentation(Augment(flip="horizontal", shift=0.1, zoom=0.25), seed=0)
    boxes = np.random.default_rng(1).uniform(0, SIDE, (len(images), 3, 6)).astype(np.float32)

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, SIDE, SIDE, 1)), tf.TensorSpec((None, 3, 6))])
    def changed(images, boxes):
        if rank is None:
            return paired.inputs(images), paired.targets(boxes), tf.range(tf.shape(images)[0])
        part = Part.of(tf.shape(images)[0], rank=rank, size=size, collectives=None)
        with seen_as_whole(part):
            own = paired.inputs(tf.gather(images, part.rows))
            return own, paired.targets(tf.gather(boxes, part.rows)), part.rows

    return [each.numpy() for each in changed(images, boxes)]


@pytest.fixture
def optimised():
    """Let TensorFlow optimise graphs, as in a training: it is what makes reciprocals of divisions."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.mark.heavy
def test_an_image_is_changed_alike_to_the_last_digit_however_many_ranks_share_the_batch(optimised):
    images = np.random.default_rng(0).integers(0, 256, (32, SIDE, SIDE, 1)).astype(np.float32)
    whole, boxes, _ = in_a_graph(images)
    for rank in range(5):
        own, targets, rows = in_a_graph(images, rank, size=5)
        assert np.array_equal(own, whole[rows])
        assert np.array_equal(targets, boxes[rows])
