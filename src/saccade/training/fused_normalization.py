"""Batch normalisation of training steps by TensorFlow's fused kernel: the same numbers, a fifth of the time on a CPU.

Keras takes mean, variance and the normalised values one after the other, in float32: a dozen passes over the maps, a
third of the time of a normalised network. The kernel takes them at once, and reads bfloat16 as it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from saccade.core import device
from saccade.core.backend import keras

LEAST_EPSILON = 1.001e-5
"""Below it the kernel would take this one instead."""

TYPES = ("float32", "bfloat16")
"""Of maps that it takes on a CPU."""

BLOCK = 16
"""Channels that the kernel takes at once: bfloat16 maps of 24 channels cost it seven times as much as of 32."""

Call = Callable[..., Any]


@contextmanager
def fused_normalization() -> Iterator[None]:
    """Have layers of batch normalisation that are called in this block, in training, use the fused kernel.

    For example::

        with fused_normalization():
            network(images, training=True)

    Not on a GPU, where it was not measured. Keras has no public way to it: its layer is given another `call` for as
    long as a step is traced. What the kernel cannot do stays with Keras.
    """
    layer = keras.layers.BatchNormalization
    before = layer.call
    if not device.active_gpus():
        layer.call = _fused_where_possible(before)
    try:
        yield
    finally:
        layer.call = before


def _fused_where_possible(call: Call) -> Call:
    @wraps(call)
    def fused_or_not(layer: Any, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if training and layer.trainable and mask is None and _can_fuse(layer, inputs):
            return _normalized(layer, inputs)
        return call(layer, inputs, training=training, mask=mask)

    return fused_or_not


def _can_fuse(layer: Any, inputs: Any) -> bool:
    """Say whether the kernel does what a layer does to maps (n, h, w, c)."""
    is_plain = not layer.renorm and not layer.synchronized and layer.epsilon >= LEAST_EPSILON
    return is_plain and len(inputs.shape) == 4 and layer.axis in (-1, 3) and inputs.dtype.name in TYPES


def _normalized(layer: Any, inputs: Any) -> Any:
    """Return normalised maps (n, h, w, c) in the type of the inputs, and take their statistics into the layer."""
    import tensorflow as tf  # noqa: PLC0415  (only on its own backend)

    channels = inputs.shape[-1]
    gamma = tf.convert_to_tensor(layer.gamma) if layer.scale else tf.ones(channels)
    beta = tf.convert_to_tensor(layer.beta) if layer.center else tf.zeros(channels)
    # a cast there and back costs a quarter of what the kernel needs for such maps
    maps = tf.cast(inputs, tf.float32) if channels % BLOCK else inputs
    outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(maps, gamma, beta, epsilon=layer.epsilon)
    count = tf.cast(tf.size(inputs) // channels, tf.float32)
    variance *= (count - 1) / count  # the kernel's is that of a sample, Keras's that of the batch
    for moving, now in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
        moving.assign(moving * layer.momentum + now * (1 - layer.momentum))
    return tf.cast(outputs, layer.compute_dtype)
