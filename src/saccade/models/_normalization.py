"""Batch normalisation by one operation of TensorFlow, for training on a processor: it takes half of the time.

Keras takes the mean, the variance and the rest one after another, in float32; a detector trains a sixth faster with
the one operation, which reads bfloat16. Only a network that is trained in half precision has such layers: the file of a
run is made of another network, in float32, with Keras's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from saccade.core import batch_mean, device
from saccade.core.backend import keras

_FUSED: ContextVar[bool] = ContextVar("fused", default=False)


@contextmanager
def fused_in_half_precision() -> Iterator[None]:
    """Build networks, in this context, whose normalisation is fused where they are trained in half precision."""
    token = _FUSED.set(True)
    try:
        yield
    finally:
        _FUSED.reset(token)


def batch_normalization(**options: Any) -> Any:
    """Return a layer of batch normalisation, with the options of Keras's."""
    policy = keras.config.dtype_policy()
    is_half = policy.compute_dtype != policy.variable_dtype
    can_fuse = keras.backend.backend() == "tensorflow" and not device.active_gpus()
    kind = FusedBatchNormalization if _FUSED.get() and is_half and can_fuse else keras.layers.BatchNormalization
    return kind(**options)


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras has no types
    """Keras's normalisation of maps (n, h, w, c), fused in training; where processes share a batch, it is not."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return maps that are normalised by their batch in training, else by what was learnt."""
        if not (training and self.trainable) or batch_mean.is_shared():
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = _fused(inputs, self.gamma, self.beta, epsilon=self.epsilon)
        for moving, of_batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + of_batch * (1 - self.momentum))
        return outputs


def _fused(inputs: Any, gamma: Any, beta: Any, *, epsilon: float) -> tuple[Any, Any, Any]:
    """Return normalised maps, and mean and variance of each channel."""
    import tensorflow as tf  # noqa: PLC0415  (only where it is the backend)

    nothing = tf.zeros([0])
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=tf.convert_to_tensor(gamma),
        offset=tf.convert_to_tensor(beta),
        mean=nothing,
        variance=nothing,
        epsilon=epsilon,
        is_training=True,
    )
    count = tf.cast(tf.size(inputs) // tf.size(mean), "float32")
    return outputs, mean, variance * (count - 1) / count  # it answers with the unbiased one, which Keras does not keep
