"""Batch normalisation in one operation: on a processor, where each pass over the numbers waits for memory.

Keras takes the mean, the variance and the normalised values of a batch in a dozen operations, in float32, and as many
back. TensorFlow has one for each way, which takes bfloat16 as it is: three to six times as fast on a CPU.

Networks in float32 are left as they are: it rounds otherwise, and a training in one process is to be that of several.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from saccade.core.backend import keras

ops = keras.ops


def fuse_normalisation(network: Any) -> None:
    """Let the layers that normalise images in bfloat16 do so in one operation, when training; on TensorFlow only.

    The layers stay what they are: in files, without training, and in other networks of theirs nothing changes.
    """
    for layer in _layers(network):
        if _can_fuse(layer):
            layer.call = partial(_call, layer, layer.call)


def _layers(network: Any) -> Iterator[Any]:
    """Yield all layers, those within others too."""
    for layer in network._flatten_layers(include_self=False):
        if type(layer) is keras.layers.BatchNormalization:
            yield layer


def _can_fuse(layer: Any) -> bool:
    """Say whether a layer normalises the last of four axes in bfloat16, and does nothing else."""
    is_image = layer.built and layer.input_spec.ndim == 4 and layer.axis in (-1, 3)
    plain = layer.center and layer.scale and not (layer.renorm or layer.synchronized)
    is_fresh = not isinstance(layer.call, partial)
    return bool(layer.compute_dtype == "bfloat16" and is_image and plain and is_fresh)


def _call(layer: Any, otherwise: Any, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
    """Return inputs (n, h, w, c) normalised, and take the batch into the moving statistics."""
    if not (training and layer.trainable) or mask is not None:
        return otherwise(inputs, training=training, mask=mask)
    outputs, mean, variance = _normalized(layer, inputs)
    for average, value in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
        average.assign(average * layer.momentum + value * (1.0 - layer.momentum))
    return outputs


def _normalized(layer: Any, inputs: Any) -> tuple[Any, Any, Any]:
    """Return normalised inputs, and the mean and variance (c,) of the batch, as Keras takes them."""
    import tensorflow as tf  # noqa: PLC0415  (only on its own backend)

    none = tf.zeros((0,), tf.float32)
    outputs, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=ops.cast(layer.gamma, "float32"),
        offset=ops.cast(layer.beta, "float32"),
        mean=none,
        variance=none,
        epsilon=layer.epsilon,
        is_training=True,
    )
    count = tf.cast(tf.size(inputs) // inputs.shape[-1], tf.float32)
    return outputs, mean, unbiased * (count - 1) / count
