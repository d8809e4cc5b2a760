"""VGG-16 and VGG-19: nothing but 3×3 convolutions, two and more in a row, and pooling between.

Simonyan and Zisserman: Very deep convolutional networks for large-scale image recognition, 2014, arXiv 1409.1556.
"""

from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.models import _ends, _families
from saccade.models._whitening import initialize

__all__ = ["build", "initialize"]

layers = keras.layers

CONVOLUTIONS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
CHANNELS = (64, 128, 256, 512, 512)
HIDDEN = 4096


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    depth: int = 16,
    width: float = 1.0,
    stem: str = "auto",
    batch_norm: bool | None = None,
    whiten: bool = False,
    dropout: float | None = None,
) -> Any:
    """Return VGG; for 224×224×3 images of 1,000 classes the published 138,357,544 or 143,667,240 parameters.

    Two 3×3 convolutions see as much as one of 5×5 and three as much as one of 7×7, with fewer parameters and a bend
    more. Five blocks of them, each followed by 2×2 maximum pooling: grids 32, 16, 8, 4, 2, 1 for 32×32 images.

    With the original stem two hidden layers of 4,096 follow: 119 of its 138 million parameters. With the small one the
    mean of each channel goes to the classes, and every convolution is followed by batch normalisation, without which
    16 layers hardly begin to learn.

    Args:
        input_shape: height, width and channels of an image; 16 pixels or more a side.
        outputs: number of classes.
        depth: 16 or 19 layers with weights.
        width: factor on the published channels and hidden units.
        stem: "original", "small", or "auto": small below 96 pixels.
        batch_norm: normalise each convolution; None: with the small stem only.
        whiten: set the small stem's convolution by the training images, once and for all (Page 2019, airbench).
        dropout: part of the hidden features left out in training, 0 to below 1; None: .5 as published with the original
            stem, else 0.

    Raises:
        UnknownNameError: no such stem.
        RecipeError: the images are too small or an option is out of range.
    """
    if depth not in CONVOLUTIONS:
        raise RecipeError(f"VGG has a 'depth' of 16 or 19, found {depth!r}.")
    small = _families.is_small(stem, input_shape, whiten=whiten)
    normalize = small if batch_norm is None else batch_norm
    inputs, features = _families.pixels(input_shape)
    for number, (channels, count) in enumerate(zip(CHANNELS, CONVOLUTIONS[depth], strict=True), start=1):
        filters = _families.scaled(channels, width)
        features = _block(
            features, number, filters=filters, convolutions=count, normalize=normalize, whiten=whiten and number == 1
        )
    if small:
        features = _families.pooled(features, dropout=dropout or 0)
    else:
        features = _hidden(features, _families.scaled(HIDDEN, width), dropout=0.5 if dropout is None else dropout)
    return keras.Model(inputs, _ends.answer(features, outputs), name=f"vgg{depth}")


def _block(
    features: Any, number: int, *, filters: int, convolutions: int, normalize: bool, whiten: bool = False
) -> Any:
    if whiten:
        features = _families.small_stem(features, filters, stride=1, whiten=True)
    for position in range(2 if whiten else 1, convolutions + 1):
        name = f"block{number}_{position}"
        features = _families.convolution(features, filters, 3, normalize=normalize, name=name)
    return _families.max_pool(features, 2, name=f"block{number}_pool")


def _hidden(features: Any, units: int, *, dropout: float) -> Any:
    features = layers.Flatten(name="flatten")(features)
    for number in (1, 2):
        features = layers.Dense(units, activation="relu", kernel_initializer="he_normal", name=f"dense_{number}")(
            features
        )
        features = layers.Dropout(dropout, name=f"dropout_{number}")(features)
    return features
