"""The same answer to every image."""

from collections.abc import Iterator

import numpy as np

from saccade.core.arrays import Array
from saccade.core.finding import Finding
from saccade.training.diagnosis.evidence import Evidence
from saccade.training.diagnosis.faults.zero_kernels import zero_kernels


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding when different images with different labels all get one answer."""
    answers, labels = evidence.look.answers, evidence.labels
    if answers is None or not np.isfinite(answers).all() or labels is None or len(answers) < 2:
        return
    # a last layer that starts at zero may well learn: the fault of that name decides
    if not _differ(evidence.images) or not _differ(labels) or zero_kernels(evidence.model):
        return
    if float(np.ptp(answers, axis=0).max()) <= 1e-6 * max(1e-6, float(np.abs(answers).max())):
        yield Finding(
            kind="constant_output",
            severity="severe",
            title=f"The model answers the same to {len(answers)} different images.",
            advice="Look for saturated activations, a layer that loses the image, or weights that are all alike.",
        )


def _differ(values: Array) -> bool:
    return bool((values != values[:1]).any())
