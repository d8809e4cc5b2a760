"""MobileNet v2: blocks that widen, filter each channel and narrow again, with shortcuts between the narrow ends.

Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted residuals and linear bottlenecks, 2018, arXiv 1801.04381.
"""

from typing import Any

from saccade.core.backend import keras
from saccade.models import _ends, _families
from saccade.models._whitening import initialize

__all__ = ["build", "initialize"]

layers = keras.layers

GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""(expansion, channels, blocks, stride of the first) of each group, as in table 2 of the paper."""

LAST = 1280


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    width: float = 1.0,
    stem: str = "auto",
    stem_stride: int | None = None,
    whiten: bool = False,
    dropout: float = 0,
) -> Any:
    """Return MobileNet v2; 3,538,984 parameters for 224×224×3 images of 1,000 classes.

    Seventeen blocks. A block makes six times as many channels by a 1×1 convolution, filters each by a 3×3 window of its
    own, and narrows them by a 1×1 convolution without activation, which would lose what few channels hold. Where the
    grid and the channels stay, what came in is added.

    Args:
        input_shape: height, width and channels of an image; 16 pixels or more a side.
        outputs: number of classes.
        width: factor on the published channels; the last 1,280 become more, but never fewer.
        stem: "original" (the first convolution has stride 2), "small" (stride 1, and the first halving is left out),
            or "auto": small below 96 pixels.
        stem_stride: of the small stem's convolution, 1 or 2; None: 1 below 48 pixels.
        whiten: set the small stem's convolution by the training images, once and for all (Page 2019, airbench).
        dropout: part of the last features left out in training, 0 to below 1.

    Raises:
        UnknownNameError: no such stem.
        RecipeError: the images are too small or an option is out of range.
    """
    small = _families.is_small(stem, input_shape, whiten=whiten)
    stride = _families.stem_stride(stem_stride, input_shape)
    inputs, features = _families.pixels(input_shape)
    first = _families.scaled(32, width)
    features = _families.mobile_stem(features, first, stride=stride if small else None, whiten=whiten)
    for number, (expansion, channels, count, stride_of_group) in enumerate(GROUPS, start=1):
        for position in range(1, count + 1):
            strides = stride_of_group if position == 1 and not (small and number == 2) else 1
            filters = _families.scaled(channels, width)
            name = f"group{number}_{position}"
            features = _inverted_residual(features, filters, expansion=expansion, strides=strides, name=name)
    features = _families.convolution(
        features, _families.scaled(LAST, max(1, width)), 1, activation="relu6", name="last"
    )
    features = _families.pooled(features, dropout=dropout)
    return keras.Model(inputs, _ends.answer(features, outputs), name="mobilenet_v2")


def _inverted_residual(features: Any, filters: int, *, expansion: int, strides: int, name: str) -> Any:
    narrow = features.shape[-1]
    found = features
    if expansion > 1:
        found = _families.convolution(found, expansion * narrow, 1, activation="relu6", name=f"{name}_widen")
    found = _families.depthwise(found, strides=strides, name=f"{name}_filter")
    found = _families.convolution(found, filters, 1, activation=None, name=f"{name}_narrow")
    return layers.Add(name=f"{name}_add")([features, found]) if strides == 1 and filters == narrow else found
