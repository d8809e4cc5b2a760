"""Objective: what training makes small, in the terms of Keras; a task gives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.training.mixup import Mixup


def _unchanged(targets: Any, labels: Any) -> tuple[Any, None]:
    del labels
    return targets, None


@dataclass(frozen=True)
class Objective:
    """Loss, metrics and targets of a task.

    Attributes:
        encode: makes targets (n, ...) of any shape, float32, of a batch of labels (n, ...).
        loss: a Keras loss, or a function of targets and outputs to losses (n,).
        metrics: makes fresh Keras metrics of targets and outputs.
        adjust: in training only: gives what is learnt in place of (targets, labels), and weights (n,) or None: label
            smoothing, class weights.
        penalty: in training only: gives what is added to the loss for a batch of inputs (n, ...), a scalar or None.
        augmentation: in training only: layers from raw inputs to raw inputs, changed at random.
        mixup: in training only: blends inputs and targets.
        monitor: the metric by which the best epoch is chosen, where it is not the task's; higher or lower is better as
            for the task's.
        step: a training step of its own, (trainer, batch) → logs, in place of gradient descent on the loss; None.
    """

    encode: Callable[[Any], Any]
    loss: Any
    metrics: Callable[[], list[Any]] = list
    adjust: Callable[[Any, Any], tuple[Any, Any]] = _unchanged
    penalty: Callable[[Any], Any] | None = None
    augmentation: Sequence[Any] = ()
    mixup: Mixup | None = None
    monitor: str | None = None
    step: Callable[[Any, Any], Any] | None = None
