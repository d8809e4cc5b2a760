"""Random changes of the training images, inside the training graph and never in the saved model."""

from typing import Any

import numpy as np

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.modalities.images.settings import Augment

ops = keras.ops

SEEN_PIXELS = 16
"""A side, or up to twice as many: by which it is told in which half of the images one is."""

PRIME = 8191
"""Whose remainders say it: images of few different values have sums that are alike in their last bits."""


def layers(augment: Augment, *, seed: int) -> list[Any]:
    """Return layers from raw images 0–255, (n, h, w, c), to the same, as float; empty when nothing is asked.

    Raises:
        RecipeError: a setting is still "auto": the task has no trial that could settle it.
    """
    open_settings = [name for name, value in augment.model_dump().items() if value == "auto"]
    if open_settings:
        raise RecipeError(
            f"augment.{open_settings[0]} is auto, which only classification settles by a trial: say what it is to be."
        )
    options: dict[str, Any] = {"seed": seed, "dtype": "float32"}
    near = {"fill_mode": "nearest", **options}
    made = keras.layers
    available = [
        (augment.flip != "none" or augment.shift, lambda: FlipAndShift(augment.flip, augment.shift, seed=seed)),
        (augment.rotate, lambda: made.RandomRotation(float(augment.rotate) / 360, **near)),
        (augment.zoom, lambda: made.RandomZoom((-augment.zoom, augment.zoom), **near)),
        (augment.contrast, lambda: made.RandomContrast(augment.contrast, value_range=(0, 255), **options)),
        (augment.colour, lambda: Recolour(float(augment.colour), seed=seed)),
        (augment.cutout, lambda: Cutout(augment.cutout, seed=seed)),
    ]
    return [make() for amount, make in available if amount]


class FlipAndShift(keras.layers.Layer):
    """Mirror half of the images and move each by whole pixels, reflecting at the border.

    The other half is mirrored in the next pass (Jordan 2024, arXiv 2404.00498): where chance mirrors, every second
    image looks as it did in the pass before. An image's own pixels say which half it is in.

    Keras' RandomTranslation resamples every pixel; picking rows and columns of the uint8 image is many times
    cheaper on a CPU and leaves the pixels as they are.

    Attributes:
        steps_a_pass: batches in which each image is seen once; a trainer sets it before the first.
    """

    def __init__(self, flip: str, shift: float, *, seed: int) -> None:
        super().__init__(dtype="float32", autocast=False)
        self.flip, self.shift, self.seed = flip, shift, seed
        self.steps_a_pass = 1
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.steps = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="steps")

    def call(self, images: Any, training: bool = False) -> Any:
        """Return images (n, h, w, c) of the same type, moved when training."""
        if not training:
            return images
        turn = self._quarters(images) + self.steps // self.steps_a_pass
        self.steps.assign(self.steps + 1)
        rows, columns = {
            "none": (None, None),
            "vertical": (turn % 2, None),
            "horizontal": (None, turn % 2),
            "both": (turn // 2 % 2, turn % 2),
        }[self.flip]
        moved = self._pick_rows(images, mirrored=rows)
        turned = self._pick_rows(ops.transpose(moved, (0, 2, 1, 3)), mirrored=columns)
        return ops.transpose(turned, (0, 2, 1, 3))

    def _quarters(self, images: Any) -> Any:
        """Return (n,), 0 to 3, as often one as the other, and the same for the same pixels."""
        apart = max(1, max(images.shape[1:3]) // SEEN_PIXELS)
        pixels = ops.cast(images[:, ::apart, ::apart], "float32")  # whose whole numbers are added exactly
        weights = np.random.default_rng(self.seed).integers(1, 17, pixels.shape[1:]).astype(np.float32)
        return ops.cast(ops.sum(pixels * weights, axis=(1, 2, 3)) % PRIME, "int32") % 4

    def _pick_rows(self, images: Any, *, mirrored: Any) -> Any:
        """Return images (n, h, w, c) moved along their height, and upside down where `mirrored` (n,) is 1."""
        count, (side, across, channels) = ops.shape(images)[0], images.shape[1:]
        most = round(self.shift * side)
        by = keras.random.randint((count, 1), -most, most + 1, seed=self.seed_generator) if most else 0
        rows = ops.abs(ops.arange(side) + by)  # reflected at the top …
        rows = (side - 1) - ops.abs((side - 1) - rows)  # … and at the bottom
        rows = ops.broadcast_to(rows, (count, side))
        if mirrored is not None:
            rows = ops.where(mirrored[:, None] == 1, side - 1 - rows, rows)
        positions = rows + side * ops.arange(count)[:, None]
        return ops.take(ops.reshape(images, (-1, across, channels)), positions, axis=0)


class Recolour(keras.layers.Layer):
    """Make each channel of each image stronger or weaker, as another light would."""

    def __init__(self, most: float, *, seed: int) -> None:
        super().__init__(dtype="float32")
        self.most = most
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Return float images (n, h, w, c), 0 to 255, in another light when training."""
        if not training:
            return images
        shape = (ops.shape(images)[0], 1, 1, images.shape[-1])
        gains = keras.random.uniform(shape, 1 - self.most, 1 + self.most, seed=self.seed_generator)
        return ops.clip(ops.cast(images, "float32") * gains, 0, 255)


class Cutout(keras.layers.Layer):
    """Blank out one square of each image (DeVries and Taylor 2017, arXiv 1708.04552).

    The square's centre is anywhere in the image, so part of it may fall outside; it takes the mean colour.
    """

    def __init__(self, share: float, *, seed: int) -> None:
        super().__init__(dtype="float32")
        self.share = share
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Return float images (n, h, w, c) with a blank square each."""
        if not training:
            return images
        count, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]
        centre = keras.random.uniform((2, count, 1), seed=self.seed_generator)
        half = self.share / 2
        inside_rows = ops.abs((ops.arange(height, dtype="float32") + 0.5) / height - centre[0]) < half
        inside_columns = ops.abs((ops.arange(width, dtype="float32") + 0.5) / width - centre[1]) < half
        hole = ops.logical_and(inside_rows[:, :, None], inside_columns[:, None, :])[..., None]
        return ops.where(hole, ops.mean(images, axis=(1, 2), keepdims=True), images)
