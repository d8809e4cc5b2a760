"""The diagnosis itself: gather the evidence, look for every fault, put the worst first, drop consequences."""

from typing import Any

from saccade.core import registry
from saccade.core.backend import Model
from saccade.core.finding import SEVERITIES, Finding
from saccade.training.diagnosis.diagnosis import Diagnosis
from saccade.training.diagnosis.evidence import Evidence, gather

CONSEQUENCES = {
    "non_finite": ("constant_output", "pixel_scale", "softmax_and_logits"),
    "zero_kernels": ("dead_relus", "constant_output"),
    "dead_relus": ("constant_output",),
    "softmax_and_logits": ("constant_output",),
    "pixel_scale": ("constant_output", "dead_relus"),
}
"""What a fault brings with it, and what is therefore not said beside it."""


def diagnose(model: Model, images: Any, labels: Any = None) -> Diagnosis:
    """Return what keeps a Keras model from learning, before or after training; empty when nothing was found.

    The model is not changed: weights, moving averages, seeds, optimizer and metrics stay as they are. A model that has
    no weights yet is built.

    Args:
        model: any Keras model with one input; when it is compiled, its loss is looked at too.
        images: (n, height, width, channels) or (n, …), exactly as `fit` gets them; a tf.data.Dataset or keras
            PyDataset of batches (images, labels), of which the first are taken.
        labels: (n,) class numbers from 0, or one-hot (n, classes), as `fit` gets them.

    Raises:
        DataError: images and labels do not belong together, or the model does not take them.
    """
    return examine(gather(model, images, labels))


def examine(evidence: Evidence) -> Diagnosis:
    """Return every fault that is found in the evidence, without those that another one explains."""
    findings = [each for name in registry.names("faults") for each in registry.load("faults", name).find(evidence)]
    explained = {follows for each in findings for follows in CONSEQUENCES.get(each.kind, ())}
    causes = (each for each in findings if each.kind not in explained)
    return Diagnosis(
        evidence.model.name,
        len(evidence.images),
        tuple(sorted(causes, key=_badness)),
    )


def _badness(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)
