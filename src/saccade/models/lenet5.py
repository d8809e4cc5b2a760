"""LeNet-5, the network that read cheques, as it is usually taught.

LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998. The original
differs: it pads images to 32×32; its second convolution sees only some of the first one's maps; its pooling
has a weight and a bias a map, and a sigmoid; its tanh is scaled (1.7159 tanh(2x/3)); its last layer measures
distances to drawn prototypes (radial basis functions) where this one has a softmax.
"""

from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError, unknown
from saccade.models import _ends

POOLS = {"average": keras.layers.AveragePooling2D, "max": keras.layers.MaxPooling2D}
SMALLEST = 12
"""Pixels a side: 12 is pooled to 6, the second 5×5 convolution leaves 2, pooled to 1."""


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    activation: str = "tanh",
    pool: str = "average",
) -> Any:
    """Return LeNet-5: 61,706 parameters for 28×28×1 images of ten classes.

    Args:
        input_shape: (height, width, channels), at least 12×12.
        outputs: number of classes.
        activation: "tanh" as in 1998; "relu" learns faster.
        pool: "average" as in 1998, or "max".

    Raises:
        UnknownNameError: no such pooling.
        RecipeError: the images are smaller than 12×12.
    """
    _refuse_too_small(input_shape)
    if pool not in POOLS:
        raise unknown("pooling", str(pool), POOLS)
    layers = keras.layers
    inputs, features = _ends.pixels(input_shape)
    # same padding: 28×28 images count as the 32×32 of the paper
    features = layers.Conv2D(6, 5, padding="same", activation=activation, name="conv_1")(features)
    features = POOLS[pool](2, name=f"{pool}_pool_1")(features)
    features = layers.Conv2D(16, 5, activation=activation, name="conv_2")(features)
    features = POOLS[pool](2, name=f"{pool}_pool_2")(features)
    features = layers.Flatten(name="flatten")(features)
    features = layers.Dense(120, activation=activation, name="dense_1")(features)
    features = layers.Dense(84, activation=activation, name="dense_2")(features)
    return keras.Model(inputs, _ends.answer(features, outputs), name="lenet5")


def _refuse_too_small(input_shape: tuple[int, int, int]) -> None:
    height, width, _ = input_shape
    if min(height, width) < SMALLEST:
        raise RecipeError(
            f"LeNet-5 needs images of at least {SMALLEST}×{SMALLEST} pixels, found {height}×{width}. "
            "Try --image-size 28, or the model 'dense'."
        )
