"""Layers in words: their settings, and in one sentence what they do to what comes in."""

from collections.abc import Callable, Sequence
from typing import Any

from saccade.core.backend import Layer, keras

layers = keras.layers
Shape = tuple[int, ...]

PASSING = (
    layers.Dropout,
    layers.SpatialDropout2D,
    layers.GaussianNoise,
    layers.GaussianDropout,
    layers.ActivityRegularization,
    layers.Identity,
)
"""Layers that work in training only, and pass on here what they get."""

PREPARING = (layers.Rescaling, layers.Normalization)
"""Layers that, at the beginning, only bring the pixels to another scale."""

_ACTIVATIONS = {
    "relu": "negative numbers become 0 (ReLU)",
    "relu6": "negative numbers become 0, and large ones 6 (ReLU6)",
    "softmax": "the softmax makes shares of them that sum to 1",
    "sigmoid": "the sigmoid brings each between 0 and 1",
    "tanh": "the hyperbolic tangent brings each between −1 and 1",
    "elu": "negative numbers are squeezed towards −1 (ELU)",
    "selu": "negative numbers are squeezed, all are scaled (SELU)",
    "gelu": "negative numbers are brought close to 0 (GELU)",
    "silu": "negative numbers are brought close to 0 (SiLU, also called swish)",
    "leaky_relu": "negative numbers are made small (leaky ReLU)",
    "hard_silu": "negative numbers are brought close to 0 (hard SiLU)",
    "hard_sigmoid": "each is brought between 0 and 1 (hard sigmoid)",
}

_OPERATIONS = {
    "Var": "Keeps one number of each map, its variance: how much it differs from place to place.",
    "Sqrt": "Takes the square root of each number.",
    "Maximum": "Raises numbers below a bound to it, and leaves the others.",
}
"""In words, of functions written as operations that take one tensor."""

_SETTINGS = (
    ("filters", "{} filters"),
    ("units", "{} units"),
    ("kernel_size", "kernel {}"),
    ("pool_size", "window {}"),
    ("strides", "stride {}"),
    ("padding", "padding {}"),
    ("dilation_rate", "dilation {}"),
    ("groups", "{} groups"),
    ("depth_multiplier", "{} maps a channel"),
    ("rate", "rate {}"),
    ("size", "{} times as large"),
    ("interpolation", "{}"),
    ("momentum", "momentum {}"),
    ("epsilon", "epsilon {}"),
    ("scale", "scale {}"),
    ("offset", "offset {}"),
    ("target_shape", "to {}"),
)
_USUAL = {
    "dilation_rate": (1, 1),
    "groups": 1,
    "depth_multiplier": 1,
    "interpolation": "nearest",
    "strides": (1, 1),
    "offset": 0.0,
}


def settings(layer: Layer) -> str:
    """Return a layer's settings in words: "64 filters, kernel 3×3, padding valid, relu, with bias"."""
    config = _config(layer)
    words = [
        text.format(_value(config[name]))
        for name, text in _SETTINGS
        if name in config
        and isinstance(config[name], int | float | str | tuple | list)
        # a normalisation's "scale" says only that there is one
        and not isinstance(config[name], bool)
        and _plain(config[name]) != _usual(name)
    ]
    activation = activation_of(layer)
    words += [activation] if activation else []
    if "use_bias" in config and getattr(layer, "weights", None):
        words.append("with bias" if config["use_bias"] else "without bias")
    return ", ".join(words)


def activation_of(layer: Layer) -> str:
    """Return the Keras name of a layer's activation, "" where it has none."""
    kind = type(layer).__name__
    own = {"ReLU": "relu", "Softmax": "softmax", "LeakyReLU": "leaky_relu", "ELU": "elu"}.get(kind, "")
    if isinstance(layer, layers.ReLU) and getattr(layer, "max_value", None) == 6:
        return "relu6"
    if kind in ("Relu", "Relu6", "Silu", "Gelu", "Sigmoid", "Tanh"):  # operations written as functions
        return kind.lower()
    name = getattr(getattr(layer, "activation", None), "__name__", "")
    return own or ("" if name == "linear" else name)


def sentence(layer: Layer, came: Sequence[Shape], shape: Shape) -> str:
    """Return in one sentence what a layer does.

    Args:
        layer: a Keras layer or operation.
        came: shapes of what comes in, without the batch.
        shape: of what goes out, likewise.
    """
    if isinstance(layer, PASSING):
        return "Works in training only; here it passes on what it gets, unchanged."
    first = came[0] if came else shape
    for kinds, describe in _SENTENCES:
        if isinstance(layer, kinds):
            return describe(layer, first, shape)
    return _by_name(layer, came, shape)


def times(shape: Sequence[float]) -> str:
    """Return "3×3"."""
    return "×".join(f"{side:g}" for side in shape)


def _convolution(layer: Layer, came: Shape, shape: Shape) -> str:
    if layer.kernel_size == (1, 1):
        what = f"Mixes the {came[-1]} maps anew at every place: each of {shape[-1]} filters weighs and adds them"
    else:
        through = f", through all {came[-1]} maps at once" if came[-1] > 3 else ""
        what = f"Slides {_many(shape[-1], 'filter')} of {times(layer.kernel_size)} over what comes in{through}"
    step = f", {layer.strides[0]} places at a time" if tuple(layer.strides) != (1, 1) else ""
    return f"{what}{step}; each makes one map, large where its pattern is found{_then(layer)}."


def _depthwise(layer: Layer, came: Shape, shape: Shape) -> str:
    return (
        f"Slides a filter of {times(layer.kernel_size)} of its own over each of the {came[-1]} maps, "
        f"without mixing them{_then(layer)}."
    )


def _separable(layer: Layer, came: Shape, shape: Shape) -> str:
    return (
        f"Slides a filter of {times(layer.kernel_size)} over each of the {came[-1]} maps, then mixes them anew into "
        f"{shape[-1]}{_then(layer)}."
    )


def _transposed(layer: Layer, came: Shape, shape: Shape) -> str:
    return (
        f"Paints a {times(layer.kernel_size)} pattern for every number that comes in, which makes the maps larger: "
        f"{times(came[:2])} become {times(shape[:2])}{_then(layer)}."
    )


def _pooling(layer: Layer, came: Shape, shape: Shape) -> str:
    kept = "the largest number" if "Max" in type(layer).__name__ else "the mean"
    return (
        f"Keeps {kept} of every {times(layer.pool_size)} window: {came[-1]} maps of {times(came[:2])} shrink to "
        f"{times(shape[:2])}."
    )


def _global_pooling(layer: Layer, came: Shape, shape: Shape) -> str:
    kept = "largest number" if "Max" in type(layer).__name__ else "mean"
    return f"Keeps one number of each map, its {kept}: where something was found no longer counts, only how much."


def _dense(layer: Layer, came: Shape, shape: Shape) -> str:
    return (
        f"{'Each of ' if shape[-1] > 1 else ''}{_many(shape[-1], 'unit')} weighs and adds all {came[-1]:,} numbers "
        f"that come in{_then(layer)}."
    )


def _flatten(layer: Layer, came: Shape, shape: Shape) -> str:
    return f"Lays the {times(came)} numbers out in one row of {shape[-1]:,}; nothing is computed."


def _reshape(layer: Layer, came: Shape, shape: Shape) -> str:
    return f"Arranges the {times(came)} numbers as {times(shape)}; nothing is computed."


def _normalisation(layer: Layer, came: Shape, shape: Shape) -> str:
    return "Shifts and scales each map by what was usual for it in training, so that no map drowns the others."


def _own_normalisation(layer: Layer, came: Shape, shape: Shape) -> str:
    return "Shifts and scales the numbers by their own mean and spread, then by what was learned."


def _activation(layer: Layer, came: Shape, shape: Shape) -> str:
    name = activation_of(layer)
    if name == "softmax":
        return "Makes shares of the numbers that sum to 1: the probabilities (softmax)."
    return f"Changes each number by itself: {_ACTIVATIONS.get(name, name or type(layer).__name__)}."


def _rescaling(layer: Layer, came: Shape, shape: Shape) -> str:
    low, high = float(layer.offset), 255 * float(layer.scale) + float(layer.offset)
    if len(came) == 3:
        return f"Prepares the image: pixels from 0 to 255 become numbers from {low:g} to {high:g}."
    return f"Multiplies every number by {float(layer.scale):g}" + (f" and adds {low:g}." if low else ".")


def _preparing(layer: Layer, came: Shape, shape: Shape) -> str:
    return "Prepares the image: subtracts a mean and divides by a spread."


def _padding(layer: Layer, came: Shape, shape: Shape) -> str:
    return f"Puts a border of zeros around: {times(came[:2])} become {times(shape[:2])}."


def _cropping(layer: Layer, came: Shape, shape: Shape) -> str:
    return f"Cuts off the border: {times(came[:2])} become {times(shape[:2])}."


def _upsampling(layer: Layer, came: Shape, shape: Shape) -> str:
    return f"Repeats every number, so that maps of {times(came[:2])} become {times(shape[:2])}."


def _by_name(layer: Layer, came: Sequence[Shape], shape: Shape) -> str:
    kind = type(layer).__name__
    if kind == "Add":
        return f"Adds {len(came)} branches number by number: a shortcut lets the earlier maps pass by."
    if kind in ("Concatenate", "Concat"):
        return f"Puts the maps of {len(came)} branches one behind the other: {shape[-1]} channels in all."
    if kind in _OPERATIONS and len(came) == 1:
        return _OPERATIONS[kind]
    if kind == "Multiply":
        return "Multiplies its branches number by number: one says how much of the other passes."
    if activation_of(layer):
        return _activation(layer, (), shape)
    before = " and ".join(times(each) for each in came) or "nothing"
    return f"Makes {times(shape)} numbers of {before} ({kind})."


_SENTENCES: tuple[tuple[Any, Callable[[Any, Shape, Shape], str]], ...] = (
    (layers.DepthwiseConv2D, _depthwise),
    (layers.SeparableConv2D, _separable),
    (layers.Conv2DTranspose, _transposed),
    (layers.Conv2D, _convolution),
    ((layers.MaxPooling2D, layers.AveragePooling2D), _pooling),
    ((layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D), _global_pooling),
    (layers.Dense, _dense),
    (layers.Flatten, _flatten),
    (layers.Reshape, _reshape),
    (layers.BatchNormalization, _normalisation),
    ((layers.LayerNormalization, layers.GroupNormalization, layers.UnitNormalization), _own_normalisation),
    ((layers.Activation, layers.ReLU, layers.Softmax, layers.LeakyReLU, layers.ELU, layers.PReLU), _activation),
    (layers.Rescaling, _rescaling),
    (layers.Normalization, _preparing),
    (layers.ZeroPadding2D, _padding),
    (layers.Cropping2D, _cropping),
    (layers.UpSampling2D, _upsampling),
)


def _then(layer: Layer) -> str:
    name = activation_of(layer)
    return f"; then {_ACTIVATIONS.get(name, f'{name} is applied')}" if name else ""


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _config(layer: Layer) -> dict[str, Any]:
    try:
        return dict(layer.get_config())
    except Exception:  # operations written as functions, and layers of users, may have none
        return {}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _usual(name: str) -> Any:
    return _USUAL.get(name, ...)


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return times(value) if all(isinstance(side, int | float) for side in value) else str(tuple(value))
    return f"{value:g}" if isinstance(value, float) else str(value)
