"""GoogLeNet (Inception v1): windows of four sizes side by side, with 1×1 convolutions that keep them cheap.

Szegedy et al.: Going deeper with convolutions, 2014, arXiv 1409.4842.
"""

from typing import Any, NamedTuple

from saccade.core.backend import keras
from saccade.models import _ends, _families
from saccade.models._whitening import initialize

__all__ = ["build", "initialize"]

layers = keras.layers


class Inception(NamedTuple):
    """Channels of one module, as in table 1 of the paper: of each branch, and of the 1×1 reductions before."""

    one: int
    reduced_three: int
    three: int
    reduced_five: int
    five: int
    pool: int


STAGES = {
    "3": {"a": Inception(64, 96, 128, 16, 32, 32), "b": Inception(128, 128, 192, 32, 96, 64)},
    "4": {
        "a": Inception(192, 96, 208, 16, 48, 64),
        "b": Inception(160, 112, 224, 24, 64, 64),
        "c": Inception(128, 128, 256, 24, 64, 64),
        "d": Inception(112, 144, 288, 32, 64, 64),
        "e": Inception(256, 160, 320, 32, 128, 128),
    },
    "5": {"a": Inception(256, 160, 320, 32, 128, 128), "b": Inception(384, 192, 384, 48, 128, 128)},
}


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    width: float = 1.0,
    stem: str = "auto",
    stem_stride: int | None = None,
    batch_norm: bool | None = None,
    whiten: bool = False,
    dropout: float | None = None,
) -> Any:
    """Return GoogLeNet without its auxiliary classifiers; 6,998,552 parameters for 224×224×3 images of 1,000 classes.

    Nine Inception modules in three stages. A module looks at the same features with 1×1, 3×3 and 5×5 convolutions and
    a 3×3 maximum, and puts what they find side by side; 1×1 convolutions before the large windows and behind the
    maximum make channels fewer. The mean of each channel, not hidden layers, goes to the classes: that is why it
    has a twentieth of VGG's parameters.

    The auxiliary classifiers of the paper help training only, and batch normalisation does so better (Ioffe and
    Szegedy 2015, arXiv 1502.03167). Its local response normalisation, which has no parameters, is left out: Simonyan
    and Zisserman found no use in it (arXiv 1409.1556).

    Args:
        input_shape: height, width and channels of an image; 16 pixels or more a side.
        outputs: number of classes.
        width: factor on the published channels.
        stem: "original" (a 7×7 convolution of stride 2, pooling, 1×1 and 3×3, pooling: an eighth of the side),
            "small" (the 7×7 becomes a 3×3 and nothing is pooled), or "auto": small below 96 pixels.
        stem_stride: of the small stem's first convolution, 1 or 2; None: 1 below 48 pixels.
        batch_norm: normalise each convolution; None: with the small stem only.
        whiten: set the small stem's convolution by the training images, once and for all (Page 2019, airbench).
        dropout: part of the last features left out in training, 0 to below 1; None: .4 as published with the original
            stem, else 0.

    Raises:
        UnknownNameError: no such stem.
        RecipeError: the images are too small or an option is out of range.
    """
    small = _families.is_small(stem, input_shape, whiten=whiten)
    normalize = small if batch_norm is None else batch_norm
    stride = _families.stem_stride(stem_stride, input_shape)
    inputs, features = _families.pixels(input_shape)
    features = _stem(features, width, small=small, stride=stride, normalize=normalize, whiten=whiten)
    for stage, modules in STAGES.items():
        if stage != "3":
            features = _families.max_pool(features, 3, name=f"pool{stage}")
        for letter, channels in modules.items():
            features = _module(features, channels, width, normalize=normalize, name=f"inception{stage}{letter}")
    features = _families.pooled(features, dropout=(0 if small else 0.4) if dropout is None else dropout)
    return keras.Model(inputs, _ends.answer(features, outputs), name="googlenet")


def _stem(features: Any, width: float, *, small: bool, stride: int, normalize: bool, whiten: bool) -> Any:
    first, last = _families.scaled(64, width), _families.scaled(192, width)
    if small:
        features = _families.small_stem(features, first, stride=stride, normalize=normalize, whiten=whiten)
    else:
        features = _families.convolution(features, first, 7, strides=2, normalize=normalize, name="stem")
        features = _families.max_pool(features, 3, name="pool2")
    features = _families.convolution(features, first, 1, normalize=normalize, name="conv2_reduce")
    features = _families.convolution(features, last, 3, normalize=normalize, name="conv2")
    return features if small else _families.max_pool(features, 3, name="pool3")


def _module(features: Any, channels: Inception, width: float, *, normalize: bool, name: str) -> Any:
    def branch(before: Any, count: int, kernel_size: int, called: str) -> Any:
        filters = _families.scaled(count, width)
        return _families.convolution(before, filters, kernel_size, normalize=normalize, name=f"{name}_{called}")

    pool = _families.max_pool(features, 3, strides=1, name=f"{name}_pool")
    branches = [
        branch(features, channels.one, 1, "1x1"),
        branch(branch(features, channels.reduced_three, 1, "3x3_reduce"), channels.three, 3, "3x3"),
        branch(branch(features, channels.reduced_five, 1, "5x5_reduce"), channels.five, 5, "5x5"),
        branch(pool, channels.pool, 1, "pool_1x1"),
    ]
    return layers.Concatenate(name=name)(branches)
