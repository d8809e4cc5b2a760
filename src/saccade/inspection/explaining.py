"""Layer + what comes into it → how one number of its output came about."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.backend import Layer, keras
from saccade.core.errors import RecipeError, RunError
from saccade.inspection import convolution_windows
from saccade.inspection.convolution_windows import activation_of, array
from saccade.inspection.operations import inside, window_at
from saccade.inspection.steps import MEANINGS, Convolved, Formulated, Moved, Pooled, Step, Weighed, number

layers = keras.layers

Floats = NDArray[np.float32]
Place = tuple[int, ...]


def explain(layer: Layer, inputs: Array, *, at: tuple[int, int] | None = None, channel: int | None = None) -> Step:
    """Return how one number of a layer's output came about.

    Args:
        layer: a built Keras layer.
        inputs: what comes into it for one image, (h, w, c) or (n,).
        at: (row, column) of the number, from 0. When left out, where the channel is largest.
        channel: of the number, from 0; the position in the row for layers that give one row of numbers. When left
            out, the largest at that place.

    Raises:
        RunError: a layer of a kind that is not known here, or that takes something else or the channels first.
        RecipeError: the layer has no such place or channel; names those that it has.
    """
    kind = type(layer)
    if kind not in _EXPLAINERS:
        known = ", ".join(sorted(each.__name__ for each in _EXPLAINERS))
        raise RunError(f"{layer.name} is a {kind.__name__}, whose arithmetic is not explained here. Known: {known}.")
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise RunError(f"{layer.name} takes the channels first; only channels_last (h, w, c) is explained.")
    inputs = np.asarray(inputs, np.float32)
    outputs = outputs_of(layer, inputs)
    place = _place(layer, outputs, at, channel)
    common = {
        "layer": layer.name,
        "kind": kind.__name__,
        "place": place[:2] if len(place) == 3 else None,
        "channel": place[-1],
        "input_shape": inputs.shape,
        "output_shape": outputs.shape,
    }
    return _EXPLAINERS[kind](layer, inputs, place, common)


def outputs_of(layer: Layer, inputs: Floats) -> Floats:
    """Return what a layer gives for one image, without the batch.

    Raises:
        RunError: the layer takes something of another shape.
    """
    try:
        outputs: Floats = array(layer(inputs[None], training=False))[0]
        return outputs
    except ValueError as error:
        shape = "×".join(map(str, inputs.shape))
        raise RunError(f"{layer.name} does not take {shape} numbers: {str(error).splitlines()[0]}") from error


def _place(layer: Layer, outputs: Floats, at: tuple[int, int] | None, channel: int | None) -> Place:
    """Return the chosen place, filled up with where the output is largest."""
    if outputs.ndim not in (1, 3):
        raise RunError(f"{layer.name} gives numbers of shape {outputs.shape}; only maps and rows are explained.")
    if at is not None and outputs.ndim == 1:
        raise RecipeError(
            f"{layer.name} gives one row of {len(outputs)} numbers, which has no rows and columns. "
            f"Choose a channel from 0 to {len(outputs) - 1} instead."
        )
    wished = (*(at or (None,) * (outputs.ndim - 1)), channel)
    for name, index, count in zip(("row", "column", "channel")[-outputs.ndim :], wished, outputs.shape, strict=True):
        if index is not None and not 0 <= index < count:
            raise RecipeError(f"{layer.name} has {name}s 0 to {count - 1}; there is no {name} {index}.")
    allowed = np.full(outputs.shape, -np.inf)
    free = tuple(slice(None) if index is None else index for index in wished)
    allowed[free] = outputs[free]
    return tuple(int(index) for index in np.unravel_index(allowed.argmax(), outputs.shape))


def _convolved(layer: Layer, inputs: Floats, place: Place, common: dict[str, Any]) -> Step:
    rows, columns = convolution_windows.geometry(layer, inputs.shape)
    row, column, channel = place
    window = window_at(inputs, rows, columns, (row, column))
    kernels = convolution_windows.kernels_of(layer, range(common["output_shape"][-1]))
    seen = [window[:, :, kernel.channels] for kernel in kernels]
    # of all channels, because softmax divides by their sum
    before = [
        float((split * kernel.weights).sum()) + (kernel.bias or 0) for split, kernel in zip(seen, kernels, strict=True)
    ]
    return Convolved(
        **common,
        value=_activated(layer.activation, before, channel),
        rows=rows,
        columns=columns,
        inside=inside(rows, columns, (row, column)),
        window=seen[channel],
        channels=tuple(kernels[channel].channels),
        kernel=kernels[channel].weights,
        bias=kernels[channel].bias,
        before=before[channel],
        activation=activation_of(layer),
    )


def _pooled(layer: Layer, inputs: Floats, place: Place, common: dict[str, Any]) -> Step:
    rows, columns = convolution_windows.geometry(layer, inputs.shape)
    stands, channel = (place[0], place[1]) if len(place) == 3 else (0, 0), place[-1]
    window = window_at(inputs[..., [channel]], rows, columns, stands)
    counted = inside(rows, columns, stands)
    numbers = np.where(counted, window[..., 0], -np.inf)
    i, j = np.unravel_index(numbers.argmax(), numbers.shape)
    is_max = isinstance(layer, convolution_windows.MAX_POOLINGS)
    return Pooled(
        **common,
        value=float(numbers[i, j]) if is_max else float(window[..., 0][counted].mean()),
        rows=rows,
        columns=columns,
        inside=counted,
        window=window,
        channels=(channel,),
        how="max" if is_max else "average",
        winner=(rows.cells(stands[0])[i], columns.cells(stands[1])[j]) if is_max else None,
    )


def _weighed(layer: Layer, inputs: Floats, place: Place, common: dict[str, Any]) -> Step:
    came = inputs[place[:-1]].astype(np.float64)
    kernel = array(layer.kernel)
    bias = array(layer.bias) if layer.use_bias else None
    before = came @ kernel + (0 if bias is None else bias)
    unit = place[-1]
    return Weighed(
        **common,
        value=_activated(layer.activation, before.tolist(), unit),
        inputs=came,
        weights=kernel[:, unit],
        bias=None if bias is None else float(bias[unit]),
        before=float(before[unit]),
        activation=activation_of(layer),
    )


def _activated(activation: Any, before: list[float], channel: int) -> float:
    """Return what the activation makes of one of the numbers at a place."""
    return float(array(activation(keras.ops.convert_to_tensor(np.array([before], np.float32))))[0, channel])


def _batch_normalized(layer: Layer, inputs: Floats, place: Place, common: dict[str, Any]) -> Step:
    if layer.axis not in (-1, inputs.ndim):
        raise RunError(f"{layer.name} normalises along axis {layer.axis}; only the last is explained.")
    x, channel = float(inputs[place]), place[-1]
    mean, variance = (float(array(each)[channel]) for each in (layer.moving_mean, layer.moving_variance))
    gamma = float(array(layer.gamma)[channel]) if layer.scale else 1.0
    beta = float(array(layer.beta)[channel]) if layer.center else 0.0
    epsilon = float(layer.epsilon)
    return Formulated(
        **common,
        value=(x - mean) / (variance + epsilon) ** 0.5 * gamma + beta,
        came=x,
        formula="(x − mean) / √(variance + epsilon) × gamma + beta",
        filled=f"({number(x)} − {_in_brackets(mean)}) / √({number(variance)} + {number(epsilon)}) × "
        f"{_in_brackets(gamma)} + {_in_brackets(beta)}",
        numbers={"mean": mean, "variance": variance, "epsilon": epsilon, "gamma": gamma, "beta": beta},
        meaning=f"mean and variance of channel {channel} were kept from training; gamma and beta were learned",
    )


def _rescaled(layer: Layer, inputs: Floats, place: Place, common: dict[str, Any]) -> Step:
    x = float(inputs[place])
    scale, offset = (float(np.broadcast_to(each, inputs.shape)[place]) for each in (layer.scale, layer.offset))
    return Formulated(
        **common,
        value=x * scale + offset,
        came=x,
        formula="x × scale + offset",
        filled=f"{number(x)} × {_in_brackets(scale)} + {_in_brackets(offset)}",
        numbers={"scale": scale, "offset": offset},
        meaning="brings the numbers of an image into the range in which networks learn well",
    )


def _function(layer: Layer, inputs: Floats, place: Place, common: dict[str, Any]) -> Step:
    x = float(inputs[place])
    name = activation_of(layer) if isinstance(layer, layers.Activation) else type(layer).__name__.lower()
    return Formulated(
        **common,
        value=float(outputs_of(layer, inputs)[place]),
        came=x,
        formula=f"{name}(x)",
        filled=f"{name}({number(x)})",
        numbers={},
        meaning=f"{name} {MEANINGS[name]}" if name in MEANINGS else f"{name} is applied to each number alone",
    )


def _unchanged(layer: Layer, inputs: Floats, place: Place, common: dict[str, Any]) -> Step:
    del layer
    x = float(inputs[place])
    meaning = "does nothing at prediction; it works only while the network is trained"
    return Formulated(**common, value=x, came=x, formula="x", filled=number(x), numbers={}, meaning=meaning)


def _moved(layer: Layer, inputs: Floats, place: Place, common: dict[str, Any]) -> Step:
    # each cell carries its own number through the layer; 0 is left for padding
    numbered = np.arange(1, inputs.size + 1, dtype=np.float32).reshape(inputs.shape)
    found = int(outputs_of(layer, numbered)[place]) - 1
    source = tuple(int(index) for index in np.unravel_index(found, inputs.shape)) if found >= 0 else None
    return Moved(**common, value=float(inputs[source]) if source else 0.0, source=source)


def _in_brackets(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


_EXPLAINERS: dict[type, Callable[[Any, Floats, Place, dict[str, Any]], Step]] = {
    **dict.fromkeys(convolution_windows.CONVOLUTIONS, _convolved),
    **dict.fromkeys(convolution_windows.POOLINGS, _pooled),
    layers.Dense: _weighed,
    layers.BatchNormalization: _batch_normalized,
    layers.Rescaling: _rescaled,
    **dict.fromkeys((layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.Softmax), _function),
    **dict.fromkeys(
        (layers.Dropout, layers.SpatialDropout2D, layers.GaussianNoise, layers.GaussianDropout), _unchanged
    ),
    **dict.fromkeys((layers.Flatten, layers.Reshape, layers.Permute, layers.ZeroPadding2D, layers.Cropping2D), _moved),
}
"""Exact classes: one that inherits may compute something else."""
