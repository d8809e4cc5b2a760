"""Convolutions over small maps in training steps on a processor: the same numbers in less time.

Where it multiplies tiles (Intel's AMX), a tile takes 32 numbers of a sum at once. TensorFlow's kernels sum along a row
of one image, so that a map of 4×4 fills an eighth of it: the gradient of a 3×3 kernel takes six times as long as the
answer. Here the images of a batch lie side by side, zeros between them, and a row is as long as 16 of theirs. Measured
on two such cores, a convolution of a batch with both of its gradients: 192 channels on 4×4 41 ms → 15, 96 on 8×8
20 → 13, 256 on 2×2 75 → 13, kernels of 1×1 on 4×4 12 → 5; a step of `cifar10-resnet18` takes two thirds of the time
(docs/measured.md). Without tiles it would be slower.

On any processor: the gradient of depthwise kernels has a slow way alone for maps of up to 2×2 that it has to pad itself
(3×3 kernels of 720 channels: 44 ms → 4 in bfloat16, 9 → 4 in float32), so they come with their zeros.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from saccade.core import backend, device
from saccade.core.backend import keras
from saccade.core.padding import same_padding

LARGEST = 8
"""Side of a small map, in pixels: of 16 pixels a row nearly fills a tile by itself."""

TINY = 2
"""Side of a map so small that more than the gradient of its kernel is worth a copy."""

BESIDE = 16
"""Images in a row."""

Call = Callable[..., Any]


@contextmanager
def small_maps_together() -> Iterator[None]:
    """Have convolutions over small maps that are called in this block take several images at once.

    For example::

        with small_maps_together():
            network(images, training=True)

    Not on a GPU, and but for depthwise ones only in bfloat16, on a processor with tiles. Keras has layers override
    `convolution_op`; for depthwise convolutions it has nothing of the kind, so they are given another `call`.
    """
    ordinary, depthwise = keras.layers.Conv2D, keras.layers.DepthwiseConv2D
    before = ordinary.convolution_op, depthwise.call
    if not device.active_gpus():
        depthwise.call = _padded_where_it_pays(depthwise.call)
        if backend.multiplies_tiles():
            ordinary.convolution_op = _together_where_it_pays(ordinary.convolution_op)
    try:
        yield
    finally:
        ordinary.convolution_op, depthwise.call = before


def _padded_where_it_pays(call: Call) -> Call:
    @wraps(call)
    def padded_or_not(layer: Any, inputs: Any) -> Any:
        sides = inputs.shape[1:3]
        is_plain = layer.data_format == "channels_last" and layer.dilation_rate == (1, 1)
        if not is_plain or layer.padding != "same" or None in sides or max(sides) > TINY:
            return call(layer, inputs)
        gaps = [same_padding(*of_side) for of_side in zip(sides, layer.kernel_size, layer.strides, strict=True)]
        padded = keras.ops.pad(inputs, ((0, 0), *gaps, (0, 0)))
        layer.padding = "valid"
        try:
            return call(layer, padded)
        finally:
            layer.padding = "same"

    return padded_or_not


def _together_where_it_pays(call: Call) -> Call:
    @wraps(call)
    def together_or_not(layer: Any, inputs: Any, kernel: Any) -> Any:
        if not _is_small(layer, inputs):
            return call(layer, inputs, kernel)
        kernel = keras.ops.convert_to_tensor(kernel, inputs.dtype.name)
        if layer.kernel_size == layer.strides == (1, 1):
            return _mixed(inputs, kernel)
        return _convolved(inputs, kernel, layer.strides[0])

    return together_or_not


def _is_small(layer: Any, inputs: Any) -> bool:
    """Say whether a layer is an ordinary convolution, and its images (n, h, w, c) are small maps in bfloat16."""
    height, width = inputs.shape[1:3]
    stride = layer.strides[0]
    is_plain = layer.data_format == "channels_last" and layer.dilation_rate == (1, 1) and layer.groups == 1
    is_even = layer.padding == "same" and layer.strides == (stride, stride)
    return (
        is_plain
        and is_even
        and inputs.dtype.name == "bfloat16"
        and None not in (height, width)
        and max(height, width) <= LARGEST
        and not height % stride
        and not width % stride
    )


def _mixed(inputs: Any, kernel: Any) -> Any:
    """Return what a 1×1 kernel (1, 1, c, filters) makes of maps (n, h, w, c): one product of matrices."""
    import tensorflow as tf  # noqa: PLC0415  (only on its own backend)

    height, width, channels = inputs.shape[1:]
    answers = tf.matmul(tf.reshape(inputs, (-1, channels)), kernel[0, 0])
    return tf.reshape(answers, (-1, height, width, kernel.shape[-1]))


def _convolved(inputs: Any, kernel: Any, stride: int) -> Any:
    """Return the convolution of maps (n, h, w, c) by a kernel (side, side, c, filters)."""
    import tensorflow as tf  # noqa: PLC0415  (only on its own backend)

    height, width = inputs.shape[1] // stride, inputs.shape[2] // stride
    gap = -(-(max(kernel.shape[:2]) // 2) // stride)  # columns between two images, of the answers
    if max(height, width) * stride <= TINY:
        answers = tf.nn.conv2d(_beside(inputs, (width + gap) * stride), kernel, stride, "SAME")
        return _apart(answers, tf.shape(inputs)[0], width, gap)

    @tf.custom_gradient
    def convolved(inputs: Any, kernel: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
        def gradients(upstream: Any) -> tuple[Any, Any]:
            options = {"strides": (1, stride, stride, 1), "padding": "SAME"}
            to_inputs = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(inputs), filter=kernel, out_backprop=upstream, **options
            )
            to_kernel = tf.raw_ops.Conv2DBackpropFilter(
                input=_beside(inputs, (width + gap) * stride),
                filter_sizes=kernel.shape,
                out_backprop=_beside(upstream, width + gap),
                **options,
            )
            return to_inputs, to_kernel

        return tf.nn.conv2d(inputs, kernel, stride, "SAME"), gradients

    return convolved(inputs, kernel)


def _beside(maps: Any, width: int) -> Any:
    """Return maps (n, h, w, c) side by side, each made so wide with zeros: (n / 16, h, 16 · width, c)."""
    import tensorflow as tf  # noqa: PLC0415  (only on its own backend)

    height, before, channels = maps.shape[1:]
    missing = -tf.shape(maps)[0] % BESIDE
    padded = tf.pad(maps, ((0, missing), (0, 0), (0, width - before), (0, 0)))
    rows = tf.transpose(tf.reshape(padded, (-1, BESIDE, height, width * channels)), (0, 2, 1, 3))
    return tf.reshape(rows, (-1, height, BESIDE * width, channels))


def _apart(rows: Any, count: Any, width: int, gap: int) -> Any:
    """Return the first `count` of the maps (n, h, width, c) that lie side by side with so many columns between them."""
    import tensorflow as tf  # noqa: PLC0415  (only on its own backend)

    height, channels = rows.shape[1], rows.shape[3]
    maps = tf.transpose(tf.reshape(rows, (-1, height, BESIDE, (width + gap) * channels)), (0, 2, 1, 3))
    return tf.reshape(maps, (-1, height, width + gap, channels))[:count, :, :width]
