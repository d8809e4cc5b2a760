"""Images mirrored, moved and scaled at random together with the boxes in them."""

from typing import Any

from saccade.core.backend import keras
from saccade.modalities.images.settings import Augment

ops = keras.ops

LEAST_LEFT = 0.3
"""A box of which less is left in the image is neither learnt nor held against the network."""

LEAST_SIDE = 2.0
"""Pixels, likewise."""


class BoxAugmentation:
    """Random changes of a batch that move boxes as they move pixels: flip, shift, zoom.

    `inputs` draws a change for each image, and `targets`, called in the same trace, uses the same.
    """

    moves_targets = True

    def __init__(self, augment: Augment, *, seed: int) -> None:
        self.flip, self.shift, self.zoom = augment.flip, augment.shift, augment.zoom
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._scale: Any = None
        self._offset: Any = None
        self._side: Any = None

    def inputs(self, images: Any) -> Any:
        """Return images (n, h, w, c), each mirrored, moved and scaled about its middle; new ground is grey."""
        count, (height, width) = ops.shape(images)[0], images.shape[1:3]
        self._side = ops.convert_to_tensor([width, height], "float32")
        self._draw(count)
        back = _back(self._scale, self._offset)
        grey = ops.mean(images, axis=(1, 2), keepdims=True)
        moved = ops.image.affine_transform(
            images - grey, back, interpolation="bilinear", fill_mode="constant", fill_value=0.0
        )
        return moved + grey

    def targets(self, objects: Any) -> Any:
        """Return objects (n, k, 6) as the images show them now; what is hardly left is marked as ignored."""
        corners = ops.reshape(objects[..., 1:5], (-1, objects.shape[1], 2, 2))
        moved = corners * self._scale[:, None, None, :] + self._offset[:, None, None, :]
        low, high = ops.min(moved, axis=2), ops.max(moved, axis=2)
        inner_low, inner_high = ops.clip(low, 0, self._side), ops.clip(high, 0, self._side)
        sides, inner = high - low, inner_high - inner_low
        left = (inner[..., 0] * inner[..., 1]) / ops.maximum(sides[..., 0] * sides[..., 1], 1e-6)
        lost = ops.cast((left < LEAST_LEFT) | (ops.min(inner, axis=-1) < LEAST_SIDE), "float32")
        is_ignored = ops.maximum(objects[..., 5], lost)
        return ops.concatenate([objects[..., :1], inner_low, inner_high, is_ignored[..., None]], axis=-1)

    def _draw(self, count: Any) -> None:
        """Draw for each image a scale and an offset in pixels, (n, 2) each: new = scale × old + offset."""

        def uniform(low: float, high: float, columns: int) -> Any:
            return keras.random.uniform((count, columns), low, high, seed=self.seed_generator)

        zoom = 1 + uniform(-self.zoom, self.zoom, 1)
        mirrored = [self.flip in ("horizontal", "both"), self.flip in ("vertical", "both")]
        sign = 1 - 2 * ops.cast(uniform(0, 1, 2) < 0.5, "float32") * ops.convert_to_tensor(mirrored, "float32")
        self._scale = zoom * sign
        middle = self._side / 2
        self._offset = middle - middle * self._scale + uniform(-self.shift, self.shift, 2) * self._side


def _back(scale: Any, offset: Any) -> Any:
    """Return the transform (n, 8) that says of each pixel of the new image where in the old one it comes from.

    Pixels are counted from their middles, half a pixel off the edges. It divides in float64: TensorFlow's reciprocal of
    float32 ends in another digit for eight values at once than for fewer, so an image would depend on how many are in
    the batch. Beside an edge, the last digit of a position changes a pixel (0 to 255) by .002.
    """
    scale, offset = ops.cast(scale, "float64"), ops.cast(offset, "float64")
    shrink, begin = (ops.cast(each, "float32") for each in (1 / scale, (0.5 - offset) / scale - 0.5))
    zero = ops.zeros_like(shrink[:, 0])
    return ops.stack([shrink[:, 0], zero, begin[:, 0], zero, shrink[:, 1], begin[:, 1], zero, zero], axis=1)
