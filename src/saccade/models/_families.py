"""What the famous families share: their ends, channels by a factor, and a start that suits the images' size.

They were made for photos of 224 pixels, and begin by making them four times smaller. Of an image of 32 pixels nothing
would be left. So each has two stems: the published one, and a small one for images below `SMALL_BELOW` pixels, as
is usual on CIFAR-10.
"""

import math
from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError, unknown

layers = keras.layers

STEMS = ("auto", "small", "original")
SMALL_BELOW = 96
"""Pixels of the shorter side from which on `auto` takes the published stem: it leaves a grid of 24×24."""

SMALLEST = 16
"""Pixels a side: the small stem and three halvings leave 2×2 of them."""


def is_small(stem: str, input_shape: tuple[int, int, int]) -> bool:
    """Say whether images get the small stem.

    Raises:
        UnknownNameError: no such stem.
        RecipeError: the images are smaller than 16×16.
    """
    if stem not in STEMS:
        raise unknown("stem", str(stem), STEMS)
    height, width, _ = input_shape
    if min(height, width) < SMALLEST:
        raise RecipeError(
            f"The famous networks need images of at least {SMALLEST}×{SMALLEST} pixels, found {height}×{width}. "
            "Try --image-size 28, or the model 'quick'."
        )
    return stem == "small" or (stem == "auto" and min(height, width) < SMALL_BELOW)


def scaled(channels: int, width: float) -> int:
    """Return so many channels times a factor, rounded to a multiple of 8, and at least 8.

    Raises:
        RecipeError: the factor is not positive.
    """
    if not isinstance(width, int | float) or not width > 0:
        raise RecipeError(f"'width' is a factor on the published channels, like 1 or .5; found {width!r}.")
    return max(8, 8 * round(channels * width / 8))


def pixels(input_shape: tuple[int, int, int]) -> tuple[Any, Any]:
    """Return the input (n, h, w, c), raw pixels 0 to 255, and the same pixels scaled to −1 to 1."""
    inputs = keras.Input(input_shape, dtype="float32", name="pixels")
    return inputs, layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(inputs)


def convolution(
    features: Any,
    filters: int,
    kernel_size: int,
    *,
    name: str,
    strides: int = 1,
    activation: str | None = "relu",
    normalize: bool = True,
) -> Any:
    """Return a convolution with `same` padding, normalised (momentum .9) or with a bias, and activated."""
    layer = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=not normalize,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )
    return finished(layer(features), name=name, activation=activation, normalize=normalize)


def depthwise(features: Any, *, name: str, strides: int = 1) -> Any:
    """Return a 3×3 filter of its own on each channel, normalised and activated by ReLU6."""
    layer = layers.DepthwiseConv2D(
        3,
        strides=strides,
        padding="same",
        use_bias=False,
        # of 9 numbers each, where Keras' he_normal would count those of all channels (He et al. 2015)
        depthwise_initializer=keras.initializers.RandomNormal(stddev=math.sqrt(2 / 9)),
        name=f"{name}_depthwise",
    )
    return finished(layer(features), name=name, activation="relu6")


def finished(features: Any, *, name: str, activation: str | None = "relu", normalize: bool = True) -> Any:
    """Return features normalised and activated, as asked."""
    if normalize:
        # Keras' default momentum of .99 remembers more steps than a short training has
        features = layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(features)
    return layers.Activation(activation, name=f"{name}_{activation}")(features) if activation else features


def stem_stride(asked: int | None, input_shape: tuple[int, int, int]) -> int:
    """Return the stride of a small stem: as asked, or 1 below 48 pixels and 2 from there on.

    Raises:
        RecipeError: it is neither 1 nor 2.
    """
    if asked not in (None, 1, 2):
        raise RecipeError(f"'stem_stride' is 1 or 2, found {asked!r}.")
    return asked or (1 if min(input_shape[:2]) < 48 else 2)


def small_stem(features: Any, filters: int, *, stride: int, activation: str = "relu", normalize: bool = True) -> Any:
    """Return the small stem: a 3×3 convolution, or one of 4×4 and stride 2."""
    size = 3 if stride == 1 else 4  # 3×3 of stride 2 would see some pixels twice as often as others
    return convolution(features, filters, size, strides=stride, activation=activation, normalize=normalize, name="stem")


def mobile_stem(features: Any, filters: int, *, stride: int | None) -> Any:
    """Return MobileNet's stem, of either version: the small one of a stride, or with None the published one."""
    if stride is None:
        return convolution(features, filters, 3, strides=2, activation="relu6", name="stem")
    return small_stem(features, filters, stride=stride, activation="relu6")


def max_pool(features: Any, size: int, *, name: str, strides: int = 2) -> Any:
    """Return the largest of each window; a border that does not fill one counts too, so that 7 pixels become 4."""
    return layers.MaxPooling2D(size, strides=strides, padding="same", name=name)(features)


def pooled(features: Any, *, dropout: float) -> Any:
    """Return the mean of each channel (n, c), with dropout in training."""
    features = layers.GlobalAveragePooling2D(name="pool")(features)
    return layers.Dropout(dropout, name="dropout")(features) if dropout else features
