"""A model in which no weight may change: all of it is frozen."""

from collections.abc import Iterator

from saccade.core.finding import Finding
from saccade.training.diagnosis.evidence import Evidence


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a warning for a compiled model without a trainable weight."""
    model = evidence.model
    if evidence.loss and model.weights and not model.trainable_weights:
        yield Finding(
            kind="nothing_trainable",
            severity="severe",
            title="No weight of the model may change: all its layers are frozen.",
            advice="Set trainable = True on the layers that shall learn, and compile again.",
        )
