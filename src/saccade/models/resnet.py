"""ResNet-18, -34 and -50: each block adds to what came in, so that depth no longer hinders learning.

He, Zhang, Ren, Sun: Deep residual learning for image recognition, 2015, arXiv 1512.03385.
"""

from collections.abc import Iterator
from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.models import _ends, _families
from saccade.models._whitening import initialize

__all__ = ["build", "initialize"]

layers = keras.layers

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
CHANNELS = (64, 128, 256, 512)
EXPANSION = 4
"""A bottleneck block gives four times the channels that its 3×3 convolution works on."""


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    depth: int = 18,
    width: float = 1.0,
    stem: str = "auto",
    stem_stride: int | None = None,
    shortcuts: bool = True,
    whiten: bool = False,
    dropout: float = 0,
) -> Any:
    """Return ResNet; for 224×224×3 images of 1,000 classes 11,689,512, 21,797,672 or 25,557,032 trained parameters.

    Four stages of blocks. A block is two 3×3 convolutions (ResNet-50: 1×1, 3×3, 1×1, the bottleneck) whose result is
    added to what came in; the gradient takes the same shortcut back. Where the grid is halved and the channels
    doubled, a 1×1 convolution makes the shortcut fit. As is usual today, the 3×3 convolution of a bottleneck has
    the stride, not the 1×1 before it.

    Args:
        input_shape: height, width and channels of an image; 16 pixels or more a side.
        outputs: number of classes.
        depth: 18, 34 or 50 layers with weights.
        width: factor on the published channels.
        stem: "original" (a 7×7 convolution of stride 2 and pooling: a quarter of the side), "small" (one 3×3
            convolution), or "auto": small below 96 pixels.
        stem_stride: of the small stem's convolution, 1 or 2; None: 1 below 48 pixels.
        shortcuts: add what came into a block to what it found; false is the paper's plain network, to compare with.
        whiten: set the small stem's convolution by the training images, once and for all (Page 2019, airbench).
        dropout: part of the last features left out in training, 0 to below 1.

    Raises:
        UnknownNameError: no such stem.
        RecipeError: the images are too small or an option is out of range.
    """
    if depth not in BLOCKS:
        raise RecipeError(f"ResNet has a 'depth' of 18, 34 or 50, found {depth!r}.")
    small = _families.is_small(stem, input_shape, whiten=whiten)
    stride = _families.stem_stride(stem_stride, input_shape)
    inputs, features = _families.pixels(input_shape)
    features = _stem(features, width, small=small, stride=stride, whiten=whiten)
    find = _bottleneck if depth >= 50 else _basic
    for name, channels, strides in _blocks(depth):
        found = find(features, _families.scaled(channels, width), strides=strides, name=name)
        features = _added(features, found, strides=strides, name=name) if shortcuts else found
        features = layers.Activation("relu", name=f"{name}_relu")(features)
    features = _families.pooled(features, dropout=dropout)
    return keras.Model(inputs, _ends.answer(features, outputs), name=f"resnet{depth}")


def _stem(features: Any, width: float, *, small: bool, stride: int, whiten: bool) -> Any:
    filters = _families.scaled(CHANNELS[0], width)
    if small:
        return _families.small_stem(features, filters, stride=stride, whiten=whiten)
    features = _families.convolution(features, filters, 7, strides=2, name="stem")
    return _families.max_pool(features, 3, name="stem_pool")


def _blocks(depth: int) -> Iterator[tuple[str, int, int]]:
    """Yield each block's name, channels and stride: the first one of each stage but the first halves the grid."""
    for stage, (channels, count) in enumerate(zip(CHANNELS, BLOCKS[depth], strict=True), start=1):
        for position in range(1, count + 1):
            yield f"stage{stage}_{position}", channels, 2 if stage > 1 and position == 1 else 1


def _basic(features: Any, filters: int, *, strides: int, name: str) -> Any:
    found = _families.convolution(features, filters, 3, strides=strides, name=f"{name}_a")
    return _families.convolution(found, filters, 3, activation=None, name=f"{name}_b")


def _bottleneck(features: Any, filters: int, *, strides: int, name: str) -> Any:
    found = _families.convolution(features, filters, 1, name=f"{name}_a")
    found = _families.convolution(found, filters, 3, strides=strides, name=f"{name}_b")
    return _families.convolution(found, EXPANSION * filters, 1, activation=None, name=f"{name}_c")


def _added(features: Any, found: Any, *, strides: int, name: str) -> Any:
    """Return the sum of what came in, made to fit where it must be, and what the block found."""
    filters = found.shape[-1]
    if strides != 1 or features.shape[-1] != filters:
        features = _families.convolution(
            features, filters, 1, strides=strides, activation=None, name=f"{name}_shortcut"
        )
    return layers.Add(name=f"{name}_add")([features, found])
