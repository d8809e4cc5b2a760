"""A stack of convolution, pooling and dense layers, written out in the recipe.

Example of a recipe::

    model:
      name: convnet
      padding: same
      layers:
        - {conv: 32, kernel_size: 5}
        - {max_pool: 2}
        - flatten
        - {dropout: 0.4}
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from saccade.core.backend import keras
from saccade.core.errors import RecipeError
from saccade.models import _ends, _layers

LAYERS = (
    {"conv": 32, "kernel_size": 3},
    {"max_pool": 2},
    {"conv": 64, "kernel_size": 3},
    {"max_pool": 2},
    {"conv": 128, "kernel_size": 3},
    "flatten",
)
"""The network of most first lessons: 104,202 parameters for 28×28×1 images of ten classes."""


def build(
    input_shape: tuple[int, int, int],
    outputs: int,
    *,
    layers: Sequence[Any] = LAYERS,
    padding: str = "valid",
    activation: str = "relu",
    kernel_initializer: Any = "glorot_uniform",
    bias_initializer: Any = "zeros",
) -> Any:
    """Return a network of the given layers, one after the other.

    Args:
        input_shape: (height, width, channels).
        outputs: number of classes; the last layer, a softmax over them, is added to `layers`.
        layers: from the image to the classes, an entry a layer: a name of `_layers.KINDS` alone ("flatten")
            or with its number and further Keras arguments ({"conv": 32, "kernel_size": 5, "strides": 2}).
        padding: "valid" or "same", for convolutions that do not say; pooling is "valid".
        activation: of convolutions and dense layers that do not say.
        kernel_initializer: a Keras name, or {"class_name": ..., "config": {...}}; of the last layer too.
        bias_initializer: likewise.

    Raises:
        UnknownNameError: no such layer or option of a layer.
        RecipeError: an image is too small for the layers, or a layer cannot stand where it does.
    """
    network = {
        "padding": padding,
        "activation": activation,
        "kernel_initializer": kernel_initializer,
        "bias_initializer": bias_initializer,
    }
    inputs, features = _ends.pixels(input_shape)
    for position, name, layer in _named(_checked(layers)):
        features = _apply(layer, features, name=name, position=position, network=network)
    initializers = {"kernel_initializer": kernel_initializer, "bias_initializer": bias_initializer}
    return keras.Model(inputs, _ends.answer(features, outputs, **initializers), name="convnet")


def _checked(layers: Any) -> list[_layers.Layer]:
    if isinstance(layers, str | Mapping) or not isinstance(layers, Sequence):
        raise RecipeError(f"'layers' is a list, one layer an entry; found {layers!r}.")
    return [_layers.read(entry) for entry in layers]


def _named(layers: list[_layers.Layer]) -> Iterator[tuple[int, str, _layers.Layer]]:
    """Give each layer its position and a name to find it by: conv_1, max_pool_1, conv_2."""
    seen: Counter[str] = Counter()
    for position, layer in enumerate(layers, start=1):
        seen[layer.kind] += 1
        yield position, f"{layer.kind}_{seen[layer.kind]}", layer


def _apply(layer: _layers.Layer, features: Any, *, name: str, position: int, network: Mapping[str, Any]) -> Any:
    """Return what the layer makes of the features; raises RecipeError with the layer's position."""
    _refuse_wrong_place(layer, features.shape[1:], position)
    try:
        made = layer.make(name, network)
        _refuse_too_small(made, features.shape[1:], f"Layer {position}, {layer.written},")
        return made(features)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"Layer {position}, {layer.written}, cannot be built: {error}") from error


def _refuse_wrong_place(layer: _layers.Layer, shape: tuple[int, ...], position: int) -> None:
    """Refuse what Keras would accept and do per pixel, or refuse obscurely."""
    wants = _layers.KINDS[layer.kind].wants
    if wants == "row" and len(shape) == 3:
        raise RecipeError(
            f"Layer {position}, {layer.written}, needs one row of numbers, but {_times(shape)} come in, "
            "still arranged as an image. Put flatten or global_average_pool before it."
        )
    if wants == "image" and len(shape) != 3:
        raise RecipeError(
            f"Layer {position}, {layer.written}, needs an image, but a row of {shape[0]} numbers comes in. "
            "Put it before flatten."
        )


def _refuse_too_small(made: Any, shape: tuple[int, ...], where: str) -> None:
    """Refuse a window that does not fit into what is left of the image."""
    window = getattr(made, "kernel_size", getattr(made, "pool_size", None))
    if window is None or made.padding == "same":
        return
    dilation = getattr(made, "dilation_rate", (1, 1))
    needed = tuple((side - 1) * apart + 1 for side, apart in zip(window, dilation, strict=True))
    if any(have < need for have, need in zip(shape, needed, strict=False)):
        raise RecipeError(
            f"{where} needs at least {_times(needed)} pixels, but only {_times(shape[:2])} are left of the "
            "image there. Try a larger --image-size, padding: same, or fewer pooling layers."
        )


def _times(shape: Sequence[int]) -> str:
    return "×".join(str(side) for side in shape)
