"""Multiply-adds of a layer for one image: the work that its weights are for."""

from math import prod
from typing import Any

from saccade.core.backend import Layer, keras

layers = keras.layers

WORK_A_BYTE = 50
"""Multiply-adds that take as long as writing a byte of an output and reading it again does, on a CPU."""

FLOAT_BYTES = 4

UNKNOWN = 10**9
"""Multiply-adds of a network of which they are not known."""

_SLIDING = (layers.Conv1D, layers.Conv2D, layers.Conv3D, layers.DepthwiseConv1D, layers.DepthwiseConv2D)
_TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
_SEPARABLE = (layers.SeparableConv1D, layers.SeparableConv2D)


def count_multiply_adds(layer: Layer, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int | None:
    """Return the multiply-adds of a layer for one image; None for weights of a kind not known here.

    Pooling, activations, biases and normalisation count nothing: they are small beside the kernels.

    Args:
        layer: a Keras layer or operation.
        input_shape: of one image, without the batch.
        output_shape: likewise.
    """
    if isinstance(layer, layers.Dense):
        return prod(output_shape[:-1]) * _size(layer.kernel)
    if isinstance(layer, _SEPARABLE):
        kernels = _size(layer.depthwise_kernel) + _size(layer.pointwise_kernel)
        return _positions(layer, output_shape) * kernels
    if isinstance(layer, _TRANSPOSED):  # every input pixel is multiplied by the whole kernel
        return _positions(layer, input_shape) * _size(layer.kernel)
    if isinstance(layer, _SLIDING):  # a grouped kernel holds only its group's channels
        return _positions(layer, output_shape) * _size(layer.kernel)
    own = isinstance(layer, keras.Layer) and not type(layer).__module__.startswith("keras.")
    return None if own or any(len(weight.shape) > 1 for weight in getattr(layer, "weights", ())) else 0


def work(multiply_adds: int, output_bytes: int) -> float:
    """Return multiply-adds, and what moving outputs of so many bytes costs in them; both take time on a CPU."""
    return multiply_adds + WORK_A_BYTE * float(output_bytes)


def _size(weight: Any) -> int:
    return prod(weight.shape)


def _positions(layer: Layer, shape: tuple[int, ...]) -> int:
    """Return the number of places at which a kernel is applied."""
    return prod(shape[1:] if layer.data_format == "channels_first" else shape[:-1])
