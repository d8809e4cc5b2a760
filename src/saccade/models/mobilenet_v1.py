"""MobileNet v1: each convolution in two cheap steps, a filter a channel and then a mixture of channels.

Howard et al.: MobileNets: Efficient convolutional neural networks for mobile vision applications, 2017, arXiv
1704.04861.
"""

from typing import Any

from saccade.core.backend import keras
from saccade.models import _ends, _families
from saccade.models._whitening import initialize

__all__ = ["build", "initialize"]

BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)),
)
"""(channels, stride) of each block, as in table 1 of the paper."""


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
    """Return MobileNet v1; 4,253,864 parameters for 224×224×3 images of 1,000 classes.

    Thirteen blocks. A block filters each channel by a 3×3 window of its own (depthwise), then mixes the channels by a
    1×1 convolution (pointwise): an eighth to a ninth of the work of a full 3×3 convolution, for slightly less accuracy.

    Args:
        input_shape: height, width and channels of an image; 16 pixels or more a side.
        outputs: number of classes.
        width: factor on the published channels.
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
    for number, (channels, strides) in enumerate(BLOCKS, start=1):
        name, kept = f"block{number}", 1 if small and number == 2 else strides
        features = _families.depthwise(features, strides=kept, name=f"{name}_a")
        filters = _families.scaled(channels, width)
        features = _families.convolution(features, filters, 1, activation="relu6", name=f"{name}_b")
    features = _families.pooled(features, dropout=dropout)
    return keras.Model(inputs, _ends.answer(features, outputs), name="mobilenet_v1")
