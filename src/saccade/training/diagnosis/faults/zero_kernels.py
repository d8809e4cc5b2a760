"""Kernels that are zero and stay zero, because no gradient reaches them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from saccade.core import backend
from saccade.core.backend import Model, keras
from saccade.core.finding import Finding
from saccade.training.diagnosis.activation_probe import BATCH_SIZE, weight_values
from saccade.training.diagnosis.evidence import Evidence


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding when kernels are zero and cannot leave it.

    A zero kernel alone is no fault: a last layer or the end of a residual branch may start so, and learns in its first
    step. Two in a row, or one before a ReLU, get no gradient ever.
    """
    kernels = zero_kernels(evidence.model)
    if not kernels or evidence.look.answers is None:
        return
    stuck = _without_gradient(evidence, kernels)
    if stuck:
        more = f" and {len(stuck) - 1} more" if len(stuck) > 1 else ""
        yield Finding(
            kind="zero_kernels",
            severity="severe",
            title=f"All of {stuck[0]}{more} is zero, and no gradient reaches it: it stays zero for ever.",
            advice="Use kernel_initializer he_normal (or glorot_uniform).",
            values={"kernels": stuck},
        )


def zero_kernels(model: Model) -> list[Any]:
    """Return the trainable kernels of a model that are zero everywhere."""
    kernels = (each for each in model.trainable_weights if "kernel" in each.name)
    return [each for each in kernels if not np.any(weight_values(each))]


def _without_gradient(evidence: Evidence, kernels: list[Any]) -> list[str]:
    images = evidence.images[:BATCH_SIZE]
    assert evidence.look.answers is not None
    # weighed at random, so that no gradient is zero only because answers cancel out
    weights = np.random.default_rng(0).normal(size=evidence.look.answers[:BATCH_SIZE].shape).astype(np.float32)

    def answer(values: list[Any]) -> Any:
        with keras.StatelessScope(list(zip(kernels, values, strict=True)), collect_losses=True):
            answers = evidence.model(images, training=False)
            return keras.ops.sum(keras.ops.cast(answers, "float32") * weights)

    gradients = backend.gradients(answer, [weight_values(kernel) for kernel in kernels])
    return [kernel.path for kernel, slope in zip(kernels, gradients, strict=True) if not np.any(slope)]
