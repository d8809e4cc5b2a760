"""Numbers that are not numbers: in the images, in the labels, in the weights, or in the answers."""

from collections.abc import Iterator

import numpy as np

from saccade.core.arrays import Array
from saccade.core.finding import Finding, plural
from saccade.training.diagnosis.activation_probe import weight_values
from saccade.training.diagnosis.evidence import Evidence


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield the first place, from the images to the answers, where a number is infinite or none."""
    if bad := _where(evidence):
        place, advice = bad
        yield Finding(
            kind="non_finite", severity="severe", title=f"{place} not finite (NaN or infinite).", advice=advice
        )


def _where(evidence: Evidence) -> tuple[str, str] | None:
    if evidence.spoilt:
        rows = ", ".join(map(str, evidence.spoilt)) + (", …" if evidence.spoilt_count > len(evidence.spoilt) else "")
        what = f"Numbers of {plural(evidence.spoilt_count, 'image', 'images')} (row {rows}) are"
        return what, "Find out where they come from: a division by zero? One such image spoils all weights."
    if evidence.all_labels is not None and (share := _share(evidence.all_labels)):
        return f"{share:.2%} of the labels are", "Leave these images out, or label them."
    weights = [each.path for each in evidence.model.weights if _share(weight_values(each))]
    if weights:
        more = f" and {len(weights) - 1} more" if len(weights) > 1 else ""
        advice = "They do not come back. Build the model again, and train with a smaller learning rate or clipnorm=1."
        return f"Weights of {weights[0]}{more} are", advice
    if evidence.look.answers is not None and _share(evidence.look.answers):
        broken = [heard.layer.name for heard in evidence.look.layers if not np.isfinite(heard.last).all()]
        at = f", first those of {broken[0]}," if broken else ""
        return f"Answers of the model{at} are", "Look for log(0), a division by zero, or pixels far too large."
    return None


def _share(values: Array) -> float:
    return float(np.mean(~np.isfinite(values))) if values.dtype.kind == "f" and values.size else 0.0
