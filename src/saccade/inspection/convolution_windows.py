"""What a Keras layer that slides a window is made of: where the window stands, and the kernel of one output channel."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.backend import Layer, keras
from saccade.inspection.operations import Numbers, Slide, slides

layers = keras.layers

CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)
MAX_POOLINGS = (layers.MaxPooling2D, layers.GlobalMaxPooling2D)
GLOBAL_POOLINGS = (layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D)
POOLINGS = (layers.MaxPooling2D, layers.AveragePooling2D, *GLOBAL_POOLINGS)


@dataclass(frozen=True, eq=False)
class Kernel:
    """The weights that make one output channel.

    Attributes:
        weights: (kernel height, kernel width, n), a slice for each input channel that is seen.
        channels: the n input channels; all of them, or those of the group.
        bias: the number that is added to the sum; None when the layer has none.
    """

    weights: Numbers
    channels: range
    bias: float | None


def geometry(layer: Layer, shape: tuple[int, ...]) -> tuple[Slide, Slide]:
    """Return how the window of a layer slides down and to the right.

    Args:
        layer: one of CONVOLUTIONS or POOLINGS.
        shape: (h, w, c) of what comes in.
    """
    size = (shape[0], shape[1])
    if isinstance(layer, GLOBAL_POOLINGS):
        return slides(size, size)
    window = layer.kernel_size if isinstance(layer, CONVOLUTIONS) else layer.pool_size
    return slides(size, window, layer.strides, getattr(layer, "dilation_rate", (1, 1)), layer.padding)


def kernels_of(layer: Layer, channels: Iterable[int]) -> list[Kernel]:
    """Return the weights of some output channels of one of CONVOLUTIONS.

    The two kernels of a separable convolution are multiplied out to the one that gives the same numbers.
    """
    biases = array(layer.bias) if layer.use_bias else None
    cut = _cutter(layer)
    return [Kernel(*cut(channel), None if biases is None else float(biases[channel])) for channel in channels]


def _cutter(layer: Layer) -> Callable[[int], tuple[Numbers, range]]:
    """Return a function of an output channel that gives its weights, and the input channels that they are for."""
    if isinstance(layer, layers.SeparableConv2D):
        apart, mixing = array(layer.depthwise_kernel), array(layer.pointwise_kernel)[0, 0]
        count, each = apart.shape[2:]
        return lambda channel: ((apart * mixing[:, channel].reshape(count, each)).sum(axis=-1), range(count))
    weights = array(layer.kernel)
    if isinstance(layer, layers.DepthwiseConv2D):
        flat = weights.reshape(*weights.shape[:2], 1, -1)
        return lambda channel: (flat[..., channel], _group(channel // layer.depth_multiplier, 1))
    seen, filters = weights.shape[2:]
    return lambda channel: (weights[..., channel], _group(channel // (filters // layer.groups), seen))


def _group(number: int, size: int) -> range:
    return range(number * size, number * size + size)


def array(weight: Any) -> NDArray[np.float32]:
    """Return a weight or a tensor of any backend as an array."""
    return np.asarray(keras.ops.convert_to_numpy(weight), np.float32)


def activation_of(layer: Layer) -> str:
    """Return the name of the function at the end of a layer; "linear" changes nothing."""
    activation = layer.activation
    return str(getattr(activation, "__name__", None) or type(activation).__name__)
