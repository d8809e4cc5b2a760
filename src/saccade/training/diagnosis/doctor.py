"""Doctor: a Keras callback that looks at a training in its first steps and after its first epoch."""

import math
import warnings
from collections.abc import Callable
from typing import Any

from saccade.core.backend import Model, keras
from saccade.core.finding import Finding
from saccade.training.diagnosis.evidence import Evidence, gather
from saccade.training.diagnosis.examination import examine
from saccade.training.diagnosis.loss_gradient import BINARY, minimised


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=2)


class Doctor(keras.callbacks.Callback):
    """Say early in a training that the network cannot learn, and why: `model.fit(…, callbacks=[Doctor(x, y)])`.

    Before the first step and after the first epoch it diagnoses the model on the images; a loss that is no longer
    finite is told at its step; after the first epoch, a loss that is no better than guessing. Everything is told once.
    Without images it hears the loss only.

    Args:
        images: some of the training images, as `saccade.diagnose` takes them; more than 256 are not looked at.
        labels: theirs.
        network: the part of the fitted model to look at, when it is not all of it.
        at_start: also diagnose before the first step.
        tell: is called with each finding; by default it becomes a Python warning.
    """

    def __init__(
        self,
        images: Any = None,
        labels: Any = None,
        *,
        network: Model = None,
        at_start: bool = True,
        tell: Callable[[str], None] = _warn,
    ) -> None:
        super().__init__()
        self._images, self._labels, self._network = images, labels, network
        self._at_start, self._tell = at_start, tell
        self._reported: set[tuple[str, str]] = set()
        self._step = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Diagnose what is to be trained."""
        self._reported.clear()
        self._step = 0
        if self._at_start and self._images is not None:
            self._report_all(examine(self._evidence()).findings)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Report when the loss stops being a number."""
        self._step += 1
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(float(loss)):
            self._report_once(_diverged(float(loss), self._step))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Diagnose after the first epoch, and compare its loss with guessing."""
        if epoch:
            return
        evidence = self._evidence() if self._images is not None else None
        if evidence:
            self._report_all(examine(evidence).findings)
        self._report_all(_no_better_than_chance(self.model, self._network or self.model, logs or {}, evidence))

    def _evidence(self) -> Evidence:
        return gather(self._network or self.model, self._images, self._labels)

    def _report_all(self, findings: Any) -> None:
        for finding in findings:
            if finding.severity != "note":
                self._report_once(finding)

    def _report_once(self, finding: Finding) -> None:
        key = (finding.kind, str(finding.values.get("layer", "")))
        if key not in self._reported:
            self._reported.add(key)
            self._tell(f"{finding.title} {finding.advice}")


def _diverged(loss: float, step: int) -> Finding:
    return Finding(
        kind="loss_not_finite",
        severity="severe",
        title=f"The loss is {loss} from step {step} on: nothing is learned any more.",
        advice="Try a smaller learning rate or clipnorm=1, and look at the labels: saccade.diagnose(model, x, y).",
        values={"step": step},
    )


def _no_better_than_chance(
    fitted: Any, network: Model, logs: dict[str, Any], evidence: Evidence | None
) -> list[Finding]:
    """Return a finding when every loss that is known is above chance.

    The loss of training holds weights of classes, and the mean over an epoch its bad beginning; that of validation uses
    moving averages that may not have settled. Only when none is good, nothing was learned.
    """
    chance = _chance(fitted, network)
    if chance is None:
        return []
    penalties = [float(each.regularizer(each)) for each in fitted.trainable_weights if each.regularizer]
    # a penalty falls within the epoch, and the loss of training is the mean over it: what was its own is not known
    known = ("val_loss",) if penalties else ("loss", "val_loss")
    losses = [float(logs[name]) - sum(penalties) for name in known if name in logs]
    if evidence and evidence.classes is not None:
        losses.append(float(evidence.costs().mean()))
    if not losses or not min(losses) > chance:
        return []
    return [
        Finding(
            kind="loss_above_chance",
            severity="warning",
            title=f"After one epoch the loss is {min(losses):.3f}; always answering the same probabilities gives "
            f"{chance:.3f}.",
            advice="The learning rate may be too large or too small, or the labels may not fit the images.",
        )
    ]


def _chance(fitted: Any, network: Model) -> float | None:
    """Return the loss of equal probabilities; None when the model does not classify with a cross-entropy."""
    loss, shape = minimised(fitted), getattr(network, "output_shape", None)
    if not loss or not loss.classifies or "focal" in loss.name:
        return None
    if loss.name in BINARY:
        return math.log(2)
    units = shape[-1] if isinstance(shape, tuple) else None
    return math.log(units) if units else None
