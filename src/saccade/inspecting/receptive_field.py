"""Which part of the picture one number of a layer depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saccade.backend import keras

layers = keras.layers

_GLOBAL = (
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.Flatten,
    layers.GroupNormalization,  # its mean and variance are taken over the whole picture
)
_ENLARGING = (layers.UpSampling2D, layers.Conv2DTranspose)


@dataclass(frozen=True)
class Field:
    """What one number of a layer sees, in pixels of the input.

    Attributes:
        size: (height, width), as if the picture had no border; None is the whole picture.
        stride: (height, width) from one number to its neighbour; below 1 after enlarging.
    """

    size: tuple[int, int] | None = (1, 1)
    stride: tuple[float, float] | None = (1, 1)


WHOLE = Field(None, None)


def after(layer: Any, inputs: Sequence[Field], output_rank: int) -> Field:
    """Return what one number of a layer's output sees.

    Args:
        layer: a Keras layer or operation.
        inputs: of each tensor that comes in; of several branches the largest counts.
        output_rank: numbers in the output's shape, without the batch: 3 is still a picture.
    """
    field = _largest(inputs)
    if field.size is None or field.stride is None or output_rank != 3 or isinstance(layer, _GLOBAL):
        return WHOLE
    size, stride = zip(*(_along(layer, axis, field.size[axis], field.stride[axis]) for axis in (0, 1)), strict=True)
    return Field((size[0], size[1]), (stride[0], stride[1]))


def _along(layer: Any, axis: int, size: int, stride: float) -> tuple[int, float]:
    """Return size and stride after a layer, along one axis."""
    window = _pair(layer, "kernel_size") or _pair(layer, "pool_size") or (1, 1)
    dilation = _pair(layer, "dilation_rate") or (1, 1)
    step = _pair(layer, "strides") or (1, 1)
    reach = (window[axis] - 1) * dilation[axis]
    if isinstance(layer, _ENLARGING):
        finer = stride / (step[axis] if isinstance(layer, layers.Conv2DTranspose) else layer.size[axis])
        return size + int(reach * finer), finer
    return size + int(reach * stride), stride * step[axis]


def _pair(layer: Any, name: str) -> tuple[int, int] | None:
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
    )
