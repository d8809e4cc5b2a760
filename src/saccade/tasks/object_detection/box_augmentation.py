"""Images mirrored, moved and scaled at random together with the boxes in them, and two put side by side."""

from typing import Any, NamedTuple

from saccade.core.backend import keras
from saccade.modalities.images.settings import Augment

ops = keras.ops

LEAST_LEFT = 0.3
"""A box of which less is left in the image is neither learnt nor held against the network."""

LEAST_SIDE = 2.0
"""Pixels, likewise."""

SPLIT = (0.35, 0.65)
"""Where two images that stand side by side meet, as a part of the side."""

SHRUNK = (0.5, 1.0)
"""By how much each of them is scaled."""

LOOSE = 0.15
"""By how much of the side each of them is moved away from the middle of its part, at most."""


class Moves(NamedTuple):
    """How images of a batch are moved, in pixels, (n, 2) each for x and y: new = scale × old + offset.

    Attributes:
        scale: negative where it mirrors.
        offset: of the left and upper edge.
        low, high: the part of the new image in which the old one is seen.
    """

    scale: Any
    offset: Any
    low: Any
    high: Any


class BoxAugmentation:
    """Random changes of a batch that move boxes as they move pixels: flip, shift, zoom, and mosaics of two images.

    `inputs` draws a change for each image, and `targets`, called in the same trace, uses the same.
    """

    moves_targets = True

    def __init__(self, augment: Augment, *, seed: int, mosaic: float = 0.0) -> None:
        """Know what changes; `mosaic` is the share of images that stand beside another (after YOLOv4's of four)."""
        self.flip, self.shift, self.zoom, self.mosaic = augment.flip, augment.shift, augment.zoom, mosaic
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._side: Any = None
        self._own: Any = None
        self._other: Any = None

    def inputs(self, images: Any) -> Any:
        """Return images (n, h, w, c), each mirrored, moved and scaled about its middle; new ground is grey."""
        count, (height, width) = ops.shape(images)[0], images.shape[1:3]
        self._side = ops.convert_to_tensor([width, height], "float32")
        self._own = self._drawn(count)
        if not self.mosaic:
            return _moved(images, self._own)
        self._own, self._other = self._side_by_side(count, self._own)
        own, other = _moved(images, self._own), _moved(_partners(images), self._other)
        return ops.where(_seen(self._own, (height, width)), own, other)

    def targets(self, objects: Any) -> Any:
        """Return objects (n, k, 6) as the images show them now; what is hardly left is marked as ignored.

        Where there are mosaics, each image has the objects of its partner too, (n, 2 k, 6).
        """
        own = _followed(objects, self._own)
        return ops.concatenate([own, _followed(_partners(objects), self._other)], axis=1) if self.mosaic else own

    def _uniform(self, count: Any, low: float, high: float, columns: int) -> Any:
        return keras.random.uniform((count, columns), low, high, seed=self.seed_generator)

    def _drawn(self, count: Any) -> Moves:
        """Draw a change of each image, which is seen in the whole of the new one."""
        zoom = 1 + self._uniform(count, -self.zoom, self.zoom, 1)
        scale = zoom * self._signs(count)
        middle = self._side / 2
        offset = middle - middle * scale + self._uniform(count, -self.shift, self.shift, 2) * self._side
        return Moves(scale, offset, ops.zeros_like(scale), ops.zeros_like(scale) + self._side)

    def _signs(self, count: Any) -> Any:
        """Draw −1 where an image is mirrored, (n, 2)."""
        mirrored = [self.flip in ("horizontal", "both"), self.flip in ("vertical", "both")]
        is_low = ops.cast(self._uniform(count, 0, 1, 2) < 0.5, "float32")
        return 1 - 2 * is_low * ops.convert_to_tensor(mirrored, "float32")

    def _side_by_side(self, count: Any, alone: Moves) -> tuple[Moves, Moves]:
        """Return how images and their partners are moved, where some images stand alone and see no partner."""
        chosen, across, first = (self._uniform(count, 0, 1, 1) < share for share in (self.mosaic, 0.5, 0.5))
        meet = self._uniform(count, *SPLIT, 1) * self._side
        axis = ops.concatenate([across, ~across], axis=1)
        is_low, is_high = axis & first, axis & ~first
        low, high = ops.where(is_high, meet, 0.0), ops.where(is_low, meet, self._side)
        own = self._within(count, low, high)
        other = self._within(count, ops.where(is_low, meet, 0.0), ops.where(is_high, meet, self._side))
        nowhere = other._replace(low=ops.zeros_like(low), high=ops.zeros_like(high))
        return _either(chosen, own, alone), _either(chosen, other, nowhere)

    def _within(self, count: Any, low: Any, high: Any) -> Moves:
        """Draw a change of each image that shows it in a part of the new one."""
        scale = self._uniform(count, *SHRUNK, 1) * self._signs(count)
        away = self._uniform(count, -LOOSE, LOOSE, 2) * self._side
        return Moves(scale, (low + high) / 2 - self._side / 2 * scale + away, low, high)


def _partners(values: Any) -> Any:
    """Return for each row of a batch another one: it is shuffled already, so its reverse is as random as any."""
    return ops.flip(values, axis=0)


def _either(chosen: Any, first: Moves, second: Moves) -> Moves:
    return Moves(*(ops.where(chosen, one, another) for one, another in zip(first, second, strict=True)))


def _moved(images: Any, moves: Moves) -> Any:
    grey = ops.mean(images, axis=(1, 2), keepdims=True)
    back = _back(moves.scale, moves.offset)
    return grey + ops.image.affine_transform(
        images - grey, back, interpolation="bilinear", fill_mode="constant", fill_value=0.0
    )


def _seen(moves: Moves, size: tuple[int, int]) -> Any:
    """Return which pixels show the image itself, (n, h, w, 1)."""
    x, y = (ops.arange(side, dtype="float32")[None] + 0.5 for side in (size[1], size[0]))
    across = (x >= moves.low[:, :1]) & (x < moves.high[:, :1])
    down = (y >= moves.low[:, 1:]) & (y < moves.high[:, 1:])
    return (down[:, :, None] & across[:, None, :])[..., None]


def _followed(objects: Any, moves: Moves) -> Any:
    """Return objects (n, k, 6) where the images went; of what is hardly seen there, the last column is 1."""
    corners = ops.reshape(objects[..., 1:5], (-1, objects.shape[1], 2, 2))
    moved = corners * moves.scale[:, None, None, :] + moves.offset[:, None, None, :]
    low, high = ops.min(moved, axis=2), ops.max(moved, axis=2)
    window = moves.low[:, None, :], moves.high[:, None, :]
    inner_low, inner_high = (ops.clip(each, *window) for each in (low, high))
    sides, inner = high - low, inner_high - inner_low
    left = (inner[..., 0] * inner[..., 1]) / ops.maximum(sides[..., 0] * sides[..., 1], 1e-6)
    lost = ops.cast((left < LEAST_LEFT) | (ops.min(inner, axis=-1) < LEAST_SIDE), "float32")
    is_ignored = ops.maximum(objects[..., 5], lost)
    return ops.concatenate([objects[..., :1], inner_low, inner_high, is_ignored[..., None]], axis=-1)


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
