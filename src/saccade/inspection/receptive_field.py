"""Which part of the image one number of a layer depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from saccade.core.backend import Layer, keras

layers = keras.layers

_LOCAL = (
    layers.InputLayer,
    *(layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Conv2DTranspose),
    *(layers.MaxPooling2D, layers.AveragePooling2D, layers.ZeroPadding2D, layers.Cropping2D),
    *(layers.Rescaling, layers.Normalization, layers.BatchNormalization, layers.UnitNormalization),
    *(layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU, layers.Softmax, layers.Identity),
    *(layers.Dense, layers.Dropout, layers.SpatialDropout2D, layers.AlphaDropout, layers.GaussianNoise),
    *(layers.GaussianDropout, layers.ActivityRegularization, layers.Masking),
    *(layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum),
    layers.Concatenate,
)
"""Of all others, a user's own among them, it is not known: their numbers may depend on the whole image."""


@dataclass(frozen=True)
class Field:
    """What one number of a layer sees, in pixels of the input.

    Attributes:
        size: (height, width), as if the image had no border; None is the whole image.
        stride: (height, width) from one number to its neighbour; below 1 after enlarging.
        start: (row, column) of the first pixel that the first number sees; negative where padding comes first.
    """

    size: tuple[int, int] | None = (1, 1)
    stride: tuple[float, float] | None = (1, 1)
    start: tuple[float, float] = (0, 0)

    def box(self, row: int, column: int, image: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return (top, left, bottom, right) of what the number at a place sees, cut off at the image's border.

        Args:
            row: of the number in its map, from 0.
            column: likewise.
            image: (height, width) in pixels.
        """
        if self.size is None or self.stride is None:
            return 0, 0, *image
        first = [floor(self.start[axis] + place * self.stride[axis]) for axis, place in enumerate((row, column))]
        last = [first[axis] + self.size[axis] for axis in (0, 1)]
        # at least one pixel, also where a number sees nothing but padding
        top, left = (min(max(first[axis], 0), image[axis] - 1) for axis in (0, 1))
        bottom, right = (min(max(last[axis], begin + 1), image[axis]) for axis, begin in enumerate((top, left)))
        return top, left, bottom, right


WHOLE = Field(None, None)


def after(layer: Layer, inputs: Sequence[Field], came: tuple[int, ...], shape: tuple[int, ...]) -> Field:
    """Return what one number of a layer's output sees.

    Args:
        layer: a Keras layer or operation.
        inputs: of each tensor that comes in; of several branches the largest counts.
        came: the shape of the (first) tensor that comes in, without the batch.
        shape: of the output, likewise; of three numbers it is still an image.
    """
    field = _largest(inputs)
    if field.size is None or field.stride is None or len(shape) != 3 or not _is_local(layer):
        return WHOLE
    along = [_along(layer, axis, field, came, shape) for axis in (0, 1)]
    (height, down, top), (width, across, left) = along
    return Field((height, width), (down, across), (top, left))


def _is_local(layer: Layer) -> bool:
    """Say whether it is known that one number of the output depends on a window of the input, and on which."""
    if isinstance(layer, layers.LayerNormalization):
        return layer.axis in (-1, [-1], (3,), [3])
    if isinstance(layer, layers.UpSampling2D):
        return bool(layer.interpolation == "nearest")
    return isinstance(layer, _LOCAL) or not isinstance(layer, keras.Layer)  # operations work number by number


def _along(
    layer: Layer, axis: int, field: Field, came: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[int, float, float]:
    """Return size, stride and start after a layer, along one axis."""
    assert field.size and field.stride
    size, stride, start = field.size[axis], field.stride[axis], field.start[axis]
    window = _pair(layer, "kernel_size") or _pair(layer, "pool_size") or (1, 1)
    dilation = _pair(layer, "dilation_rate") or (1, 1)
    step = _pair(layer, "strides") or (1, 1)
    reach = (window[axis] - 1) * dilation[axis]
    same = getattr(layer, "padding", None) == "same"
    if isinstance(layer, layers.Conv2DTranspose):
        finer = stride / step[axis]
        cut = max(reach + 1 - step[axis], 0) // 2 if same else 0
        # only every step-th cell under the kernel has come from a number: the others are gaps
        seen = (reach // step[axis]) * stride
        return size + int(seen), finer, start + (cut - reach) * finer
    if isinstance(layer, layers.UpSampling2D):
        return size, stride / layer.size[axis], start
    before = max((shape[axis] - 1) * step[axis] + reach + 1 - came[axis], 0) // 2 if same else _border(layer, axis)
    return size + int(reach * stride), stride * step[axis], start - before * stride


def _border(layer: Layer, axis: int) -> int:
    """Return how many rows or columns a layer puts before the first one; negative where it cuts them off."""
    if isinstance(layer, layers.ZeroPadding2D):
        return int(layer.padding[axis][0])
    return -int(layer.cropping[axis][0]) if isinstance(layer, layers.Cropping2D) else 0


def _pair(layer: Layer, name: str) -> tuple[int, int] | None:
    value = getattr(layer, name, None)
    if isinstance(value, int):
        return value, value
    return (value[0], value[1]) if isinstance(value, tuple | list) and len(value) == 2 else None


def _largest(fields: Sequence[Field]) -> Field:
    if any(field.size is None for field in fields):
        return WHOLE
    sizes = [field.size or (1, 1) for field in fields]
    strides = [field.stride or (1, 1) for field in fields]
    return Field(
        (max(size[0] for size in sizes), max(size[1] for size in sizes)),
        (max(stride[0] for stride in strides), max(stride[1] for stride in strides)),
        (min(field.start[0] for field in fields), min(field.start[1] for field in fields)),
    )
