"""Muon, for convolutions too."""

import math
from typing import Any

from saccade.core.backend import keras

ops = keras.ops

TINY = 1e-7
"""Added to a length before it divides."""


LONG = 2
"""Times as long as wide is a matrix for which products of its shorter side alone are fewer."""


@keras.saving.register_keras_serializable(package="saccade")
class Muon(keras.optimizers.Muon):
    """Muon (Jordan 2024) that takes a convolution's kernel (h, w, c, filters) as a matrix (h · w · c, filters).

    A depthwise kernel (h, w, c, 1) is c matrices of a column each, the nearest orthogonal one to which is the column
    with a length of 1. Keras's own leaves all that is not a matrix to AdamW, and so nearly all of an image network.
    Biases, normalisation and excluded layers are AdamW's here as well.
    """

    def _should_use_adamw(self, variable: Any) -> bool:
        shape = variable.shape
        if len(shape) != 4:
            return bool(super()._should_use_adamw(variable))
        return any(layer in variable.path for layer in self.exclude_layers)

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """Return the nearest orthogonal matrix to an update (h, w, c, filters) or (inputs, outputs), in its shape."""
        if _is_depthwise(x):
            return x / (ops.norm(x, axis=(0, 1), keepdims=True) + TINY)
        matrix = ops.reshape(x, (-1, x.shape[-1]))
        longer, shorter = max(matrix.shape), min(matrix.shape)
        nearest = super().zeropower_via_newtonschulz5 if longer < LONG * shorter else self._nearest_to_a_long_one
        return ops.reshape(nearest(matrix, steps), x.shape)

    def _nearest_to_a_long_one(self, matrix: Any, steps: int) -> Any:
        """Return what Keras returns, by fewer products.

        A step of Newton and Schulz is x ← p x, where p = a + b g + c g² and g = x xᵀ. So g ← p g p and pₛ … p₂ p₁ need
        square matrices of the shorter side alone, and the matrix is multiplied once before and once after all steps.
        """
        x = matrix if matrix.shape[0] <= matrix.shape[1] else ops.transpose(matrix)
        x = x / (ops.norm(x) + TINY)
        gram, product = ops.matmul(x, ops.transpose(x)), ops.eye(x.shape[0], dtype=x.dtype)
        identity = product
        for step in range(steps):
            polynomial = self.muon_a * identity + self.muon_b * gram + self.muon_c * ops.matmul(gram, gram)
            product = ops.matmul(polynomial, product) if step else polynomial
            if step < steps - 1:
                gram = ops.matmul(ops.matmul(polynomial, gram), polynomial)
        x = ops.matmul(product, x)
        return x if matrix.shape[0] <= matrix.shape[1] else ops.transpose(x)

    def lr_adjust(self, x: Any) -> Any:
        """Return an update of the size that one of Adam's has, whatever the shape of the weights."""
        longer = max(math.prod(x.shape[: 2 if _is_depthwise(x) else -1]), x.shape[-1])
        return x * math.sqrt(longer) * self.rms_rate


def _is_depthwise(update: Any) -> bool:
    return len(update.shape) == 4 and update.shape[-1] == 1
