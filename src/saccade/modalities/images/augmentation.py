"""Random changes of the training images, inside the training graph and never in the saved model."""

from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.modalities.images.settings import Augment

ops = keras.ops


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
    """Mirror each image and move it by whole pixels, reflecting at the border.

    Keras' RandomTranslation resamples every pixel; picking rows and columns of the uint8 image is many times
    cheaper on a CPU and leaves the pixels as they are.
    """

    def __init__(self, flip: str, shift: float, *, seed: int) -> None:
        super().__init__(dtype="float32", autocast=False)
        self.flip_rows, self.flip_columns = flip in ("vertical", "both"), flip in ("horizontal", "both")
        self.shift = shift
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Return images (n, h, w, c) of the same type, moved when training."""
        if not training:
            return images
        moved = self._pick_rows(images, flip=self.flip_rows)
        turned = self._pick_rows(ops.transpose(moved, (0, 2, 1, 3)), flip=self.flip_columns)
        return ops.transpose(turned, (0, 2, 1, 3))

    def _pick_rows(self, images: Any, *, flip: bool) -> Any:
        count, (side, across, channels) = ops.shape(images)[0], images.shape[1:]
        most = round(self.shift * side)
        by = keras.random.randint((count, 1), -most, most + 1, seed=self.seed_generator) if most else 0
        rows = ops.abs(ops.arange(side) + by)  # reflected at the top …
        rows = (side - 1) - ops.abs((side - 1) - rows)  # … and at the bottom
        rows = ops.broadcast_to(rows, (count, side))
        if flip:
            mirrored = keras.random.randint((count, 1), 0, 2, seed=self.seed_generator)
            rows = ops.where(mirrored == 1, side - 1 - rows, rows)
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
