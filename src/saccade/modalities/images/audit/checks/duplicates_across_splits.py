"""Pictures of one part that have a twin in another: what is tested has been learnt by heart."""

from collections.abc import Iterator

from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import Evidence
from saccade.modalities.images.audit.matching import Matches, match, same_file

_ADVICE = {
    "test": "The test score is too good by up to this share. Remove the twins from one part, or cut the parts anew.",
    "validation": "The validation score, by which the best epoch is chosen, is too good. Remove them from one part.",
}


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each pair of parts that share pictures."""
    for part, other in (("test", "train"), ("test", "validation"), ("validation", "train")):
        rows = evidence.dataset.rows(part)
        found = match(evidence.twins, rows, evidence.dataset.rows(other))
        if len(found.rows):
            yield _finding(evidence, found, part, other, len(rows))


def _finding(evidence: Evidence, found: Matches, part: str, other: str, among: int) -> Finding:
    share = len(found.rows) / among
    severity = found.severity(among)
    if severity == "severe" and (part, other) != ("test", "train"):
        severity = "warning"  # weights are fitted to training, and only test is what one goes by in the end
    what = f"{len(found.rows):,} of {among:,} {part} pictures ({share:.2%})"
    return Finding(
        kind="twins_across_parts",
        severity=severity,
        title=f"{what} {'has' if len(found.rows) == 1 else 'have'} a twin in {other}: {found.kinds()}.",
        advice=_ADVICE[part],
        share=share,
        values={
            "part": part,
            "other": other,
            "pictures": len(found.rows),
            "share": share,
            "equal_pixels": found.exact,
            "equal_files": same_file(evidence.twins, found),
            "mirrored": int(found.mirrored.sum()),
            "distances": [round(float(each), 4) for each in found.distance[:1000]],
        },
        examples=found.examples(evidence),
        count=len(found.rows),
    )
