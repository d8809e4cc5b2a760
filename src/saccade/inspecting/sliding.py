"""What a Keras layer that slides a window is made of: where the window stands, and the kernel of one output channel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.backend import keras
from saccade.errors import RunError
from saccade.inspecting.operations import Numbers, Slide, slides

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


def geometry(layer: Any, shape: tuple[int, ...]) -> tuple[Slide, Slide]:
    """Return how the window of a layer slides down and to the right.

    Args:
        layer: one of CONVOLUTIONS or POOLINGS.
        shape: (h, w, c) of what comes in.

    Raises:
        RunError: the layer takes the channels first.
    """
    if layer.data_format != "channels_last":
        raise RunError(f"{layer.name} takes the channels first; only channels_last (h, w, c) is explained.")
    size = (shape[0], shape[1])
    if isinstance(layer, GLOBAL_POOLINGS):
        return slides(size, size)
    window = layer.kernel_size if isinstance(layer, CONVOLUTIONS) else layer.pool_size
    return slides(size, window, layer.strides, getattr(layer, "dilation_rate", (1, 1)), layer.padding)


def kernel_of(layer: Any, channel: int) -> Kernel:
    """Return the weights of one output channel of one of CONVOLUTIONS.

    The two kernels of a separable convolution are multiplied out to the one that gives the same numbers.
    """
    bias = float(array(layer.bias)[channel]) if layer.use_bias else None
    if isinstance(layer, layers.SeparableConv2D):
        apart = array(layer.depthwise_kernel)  # (kernel height, kernel width, c, m)
        mixed = array(layer.pointwise_kernel)[0, 0, :, channel].reshape(apart.shape[2:])
        return Kernel((apart * mixed).sum(axis=-1), range(apart.shape[2]), bias)
    weights = array(layer.kernel)
    if isinstance(layer, layers.DepthwiseConv2D):
        source, number = divmod(channel, layer.depth_multiplier)
        return Kernel(weights[:, :, source : source + 1, number], range(source, source + 1), bias)
    seen = weights.shape[2]
    first = channel // (layer.filters // layer.groups) * seen
    return Kernel(weights[:, :, :, channel], range(first, first + seen), bias)


def array(weight: Any) -> NDArray[np.float32]:
    """Return a weight or a tensor of any backend as an array."""
    return np.asarray(keras.ops.convert_to_numpy(weight), np.float32)


def activation_of(layer: Any) -> str:
    """Return the name of the function at the end of a layer; "linear" changes nothing."""
    activation = layer.activation
    return str(getattr(activation, "__name__", None) or type(activation).__name__)
