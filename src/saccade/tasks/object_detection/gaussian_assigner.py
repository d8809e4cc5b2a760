"""Which cells learn what of an object: a Gaussian around its middle (Liu et al. 2020, TTFNet)."""

from typing import Any, NamedTuple

from saccade.core.backend import keras
from saccade.models.pyramids import STRIDE

ops = keras.ops

REACH = 0.54
"""The part of a box, from its middle, whose cells learn it (TTFNet's alpha)."""


class Assigned(NamedTuple):
    """What the cells of a map are to say.

    Attributes:
        heat: (n, h, w, c), 1 at the cell with an object's middle, falling to 0 around it.
        boxes: (n, h, w, 4), left, top, right, bottom in pixels, of the smallest object that a cell is near to.
        weights: (n, h, w), how much a cell learns its box; those of an object sum to the logarithm of its area.
        counted: (n, h, w), 0 where a cell is inside an object that is neither learnt nor judged, else 1.
    """

    heat: Any
    boxes: Any
    weights: Any
    counted: Any


def assign(objects: Any, grid: tuple[int, int], classes: int) -> Assigned:
    """Return what the cells are to say of objects.

    Args:
        objects: (n, k, 6): class (−1: there is none), left, top, right, bottom in pixels, and 1 where it is ignored.
        grid: height and width of the map, in cells.
        classes: how many.
    """
    objects = _smallest_last(objects)
    numbers, boxes, ignored = objects[..., 0], objects[..., 1:5], objects[..., 5]
    is_real = ops.cast((numbers >= 0) & (ignored < 0.5), "float32")
    bells = _bells(boxes, grid) * is_real[..., None, None]
    heat = _heat(bells, numbers, classes)
    owner = ops.where(bells > 0, ops.arange(1, bells.shape[1] + 1, dtype="int32")[None, :, None, None], 0)
    owner = ops.max(owner, axis=1)  # the last, which is the smallest
    area = ops.maximum(_sides(boxes)[0] * _sides(boxes)[1], 1.0)
    mass = ops.maximum(ops.sum(bells, axis=(2, 3)), 1e-6)
    shares = bells * (ops.log(area + 1) / mass)[..., None, None]
    at = ops.maximum(owner - 1, 0)
    weights = ops.take_along_axis(shares, at[:, None], axis=1)[:, 0] * ops.cast(owner > 0, "float32")
    flat = ops.reshape(at, (-1, grid[0] * grid[1], 1))
    owned = ops.take_along_axis(boxes, ops.repeat(flat, 4, axis=-1), axis=1)
    return Assigned(
        heat,
        ops.reshape(owned, (-1, *grid, 4)),
        weights,
        1 - _inside(boxes, ignored * ops.cast(numbers >= 0, "float32"), grid),
    )


def _smallest_last(objects: Any) -> Any:
    width, height = _sides(objects[..., 1:5])
    order = ops.argsort(-(width * height), axis=1)
    return ops.take_along_axis(objects, ops.repeat(order[..., None], 6, axis=-1), axis=1)


def _sides(boxes: Any) -> tuple[Any, Any]:
    return boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]


def _bells(boxes: Any, grid: tuple[int, int]) -> Any:
    """Return Gaussians (n, k, h, w) around the middles of boxes, 0 beyond their reach and exactly 1 in one cell."""
    across = _bell(boxes[..., 0], boxes[..., 2], grid[1])
    down = _bell(boxes[..., 1], boxes[..., 3], grid[0])
    return down[..., :, None] * across[..., None, :]


def _bell(low: Any, high: Any, cells: int) -> Any:
    """Return (n, k, cells)."""
    middle = ops.clip(ops.floor((low + high) / 2 / STRIDE), 0, cells - 1)
    radius = ops.floor((high - low) / STRIDE / 2 * REACH)
    sigma = (2 * radius + 1) / 6
    away = ops.arange(cells, dtype="float32") - middle[..., None]
    bell = ops.exp(-ops.square(away) / (2 * ops.square(sigma[..., None])))
    return ops.where(ops.abs(away) <= radius[..., None], bell, 0.0)


def _heat(bells: Any, numbers: Any, classes: int) -> Any:
    """Return for each class the highest of its Gaussians, (n, h, w, c)."""
    maps = []
    for number in range(classes):
        of_class = ops.cast(ops.equal(numbers, float(number)), "float32")[..., None, None]
        maps.append(ops.max(bells * of_class, axis=1))
    return ops.stack(maps, axis=-1)


def _inside(boxes: Any, chosen: Any, grid: tuple[int, int]) -> Any:
    """Return 1 for the cells whose middles are in one of the chosen boxes, (n, h, w)."""
    x = (ops.arange(grid[1], dtype="float32") + 0.5) * STRIDE
    y = (ops.arange(grid[0], dtype="float32") + 0.5) * STRIDE
    across = ops.cast((x >= boxes[..., 0:1]) & (x <= boxes[..., 2:3]), "float32")
    down = ops.cast((y >= boxes[..., 1:2]) & (y <= boxes[..., 3:4]), "float32")
    return ops.max(down[..., :, None] * across[..., None, :] * chosen[..., None, None], axis=1)
