"""What ranks draw, put together, is what one process draws for the whole batch."""

import numpy as np
import pytest
import tensorflow as tf

from saccade.core.backend import keras
from saccade.core.batch_mean import batch_mean
from saccade.core.errors import RecipeError
from saccade.modalities.images import augmentation
from saccade.training.distributed.batch_rows import rows_to_read
from saccade.training.distributed.whole_batch import Part, seen_as_whole
from saccade.training.mixup import Mixup

pytestmark = pytest.mark.heavy
SIZE = 3
IMAGES = np.random.default_rng(0).integers(0, 255, (11, 12, 12, 1)).astype(np.float32)


def dropout():
    return keras.layers.Dropout(0.3, seed=1)


def spatial_dropout():
    return keras.layers.SpatialDropout2D(0.3, seed=1)


def noise():
    return keras.layers.GaussianNoise(0.3, seed=1)


def mixup():
    paired = Mixup(0.3, seed=1)
    return lambda images, training: paired.inputs(images)


def augmented(recipe, **changes):
    def make():
        layers = augmentation.layers(recipe.changed(**changes).augment, seed=0)

        def run(images, training):
            for layer in layers:
                images = layer(images, training=training)
            return tf.cast(images, tf.float32)

        return run

    return make


def answers(make, rank=None, images=IMAGES):
    """Return what a layer gives of all images, or of those of a rank."""
    layer = make()

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, *images.shape[1:]), tf.float32)])
    def run(images):
        if rank is None:
            return layer(images, training=True)
        part = Part.of(tf.shape(images)[0], rank=rank, size=SIZE, collectives=None)
        with seen_as_whole(part):
            return layer(tf.gather(images, part.rows), training=True)

    return run(images).numpy()


def compare(make):
    whole, together = answers(make), np.full_like(IMAGES, np.nan)
    for rank in range(SIZE):
        together[rows_to_read(len(IMAGES), rank=rank, size=SIZE)] = answers(make, rank)
    assert np.array_equal(whole, together)
    assert not np.array_equal(whole, IMAGES), "something was drawn"


@pytest.mark.parametrize("make", [dropout, spatial_dropout, noise, mixup])
def test_what_is_drawn_does_not_depend_on_the_number_of_ranks(make):
    compare(make)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flip", "both"),
        ("shift", 0.2),
        ("rotate", 20),
        ("zoom", 0.2),
        ("contrast", 0.3),
        ("colour", 0.3),
        ("cutout", 0.3),
    ],
)
def test_nor_does_augmentation(recipe, name, value):
    compare(augmented(recipe, **{f"augment.{name}": value}))


def test_a_rank_takes_the_same_rows_inside_and_outside_of_a_graph():
    for count in (1, 2, 5, 32, 33):
        for rank in range(SIZE):
            found = Part.of(tf.constant(count), rank=rank, size=SIZE, collectives=None).rows
            assert found.numpy().tolist() == rows_to_read(count, rank=rank, size=SIZE).tolist()


def test_what_cannot_be_shared_is_refused():
    def shuffled():
        return lambda images, training: keras.random.shuffle(images, seed=1)

    with pytest.raises(RecipeError, match=r"keras\.random\.shuffle"):
        answers(shuffled, rank=0)


def test_keras_is_as_before_afterwards():
    before = keras.random.uniform((4,), seed=3)
    answers(dropout, rank=1)
    assert np.array_equal(before, keras.random.uniform((4,), seed=3))
    assert float(batch_mean(keras.ops.convert_to_tensor([1.0, 3.0]))) == 2


class Alone:
    """Sums over one rank."""

    def total(self, values):
        return values


def test_normalisation_by_the_whole_batch_of_one_rank_is_that_of_keras():
    def normalised(part):
        layer = keras.layers.BatchNormalization(momentum=0.5)
        layer.build(IMAGES.shape)
        with tf.GradientTape() as tape:
            images = tf.constant(IMAGES)
            tape.watch(images)
            if part:
                with seen_as_whole(part):
                    found = layer(images, training=True)
            else:
                found = layer(images, training=True)
            loss = tf.reduce_sum(found**3)
        return [found, tape.gradient(loss, images), *layer.weights]

    part = Part.of(tf.constant(len(IMAGES)), rank=0, size=1, collectives=Alone())
    for ours, theirs in zip(normalised(part), normalised(None), strict=True):
        assert np.asarray(ours) == pytest.approx(np.asarray(theirs), rel=1e-4, abs=1e-4)
