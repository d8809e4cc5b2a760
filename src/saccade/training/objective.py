"""Objective: what training makes small, in the terms of Keras; a task gives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


def _unchanged(targets: Any, labels: Any) -> tuple[Any, None]:
    del labels
    return targets, None


class Paired(Protocol):
    """Changes inputs and targets of a batch together, at random.

    Attributes:
        moves_targets: whether the changed targets are what is truly seen, so that metrics of training are of them; not
            so for mixup, which asks for a blend of answers.
        seed_generator: what it draws by; a part of the state of training.
    """

    moves_targets: bool
    seed_generator: Any

    def inputs(self, inputs: Any) -> Any:
        """Return changed float inputs (n, ...)."""
        ...

    def targets(self, targets: Any) -> Any:
        """Return targets (n, ...) that fit the last inputs, called in the same trace."""
        ...


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
        augmentation: in training only: layers from raw inputs to raw inputs, changed at random; one that has an
            attribute `steps_a_pass` is told in how many steps each input is seen once.
        paired: in training only: changes inputs and targets together: mixup, or boxes that move with their images.
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
    paired: Paired | None = None
    monitor: str | None = None
    step: Callable[[Any, Any], Any] | None = None
