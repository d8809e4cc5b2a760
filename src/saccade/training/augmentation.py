"""Random changes of the training pictures, inside the training graph and never in the saved model."""

from typing import Any

from saccade.backend import keras
from saccade.recipe import Augment

ops = keras.ops


def layers(augment: Augment, *, seed: int) -> list[Any]:
    """Return Keras layers from float pictures 0–255, (n, h, w, c), to the same; empty when nothing is asked."""
    random = keras.layers
    flip = "horizontal" if augment.flip is True else str(augment.flip).replace("both", "horizontal_and_vertical")
    options: dict[str, Any] = {"seed": seed, "dtype": "float32"}
    near = {"fill_mode": "nearest", **options}
    available = [
        (augment.flip, lambda: random.RandomFlip(flip, **options)),
        (augment.shift, lambda: random.RandomTranslation(augment.shift, augment.shift, **near)),
        (augment.rotate, lambda: random.RandomRotation(augment.rotate / 360, **near)),
        (augment.zoom, lambda: random.RandomZoom((-augment.zoom, augment.zoom), **near)),
        (augment.contrast, lambda: random.RandomContrast(augment.contrast, value_range=(0, 255), **options)),
        (augment.cutout, lambda: Cutout(augment.cutout, seed=seed)),
    ]
    return [make() for amount, make in available if amount]


class Cutout(keras.layers.Layer):  # type: ignore[misc]
    """Blank out one square of each picture (DeVries and Taylor 2017, arXiv 1708.04552).

    The square's centre is anywhere in the picture, so part of it may fall outside; it takes the mean colour.
    """

    def __init__(self, share: float, *, seed: int) -> None:
        super().__init__(dtype="float32")
        self.share = share
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Return float pictures (n, h, w, c) with a blank square each."""
        if not training:
            return images
        count, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]
        centre = keras.random.uniform((2, count, 1), seed=self.seed_generator)
        half = self.share / 2
        inside_rows = ops.abs((ops.arange(height, dtype="float32") + 0.5) / height - centre[0]) < half
        inside_columns = ops.abs((ops.arange(width, dtype="float32") + 0.5) / width - centre[1]) < half
        hole = ops.logical_and(inside_rows[:, :, None], inside_columns[:, None, :])[..., None]
        return ops.where(hole, ops.mean(images, axis=(1, 2), keepdims=True), images)


class Mixup:
    """Blend each picture and its target with another of the batch (Zhang et al. 2018, arXiv 1710.09412).

    `images` draws one weight and one partner order a batch; `targets`, called in the same trace, uses the same.
    """

    def __init__(self, alpha: float, *, seed: int) -> None:
        self.alpha = alpha
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._weight: Any = None

    def images(self, images: Any) -> Any:
        """Return blended float pictures (n, h, w, c)."""
        self._weight = keras.random.beta((), self.alpha, self.alpha, seed=self.seed_generator)
        return self._blend(images)

    def targets(self, targets: Any) -> Any:
        """Return targets (n, units) blended like the last pictures."""
        return self._blend(targets)

    def _blend(self, values: Any) -> Any:
        # the batch is shuffled already, so its reverse is as random a partner as any
        return self._weight * values + (1 - self._weight) * ops.flip(values, axis=0)
