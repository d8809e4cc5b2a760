"""Images of one split that have a duplicate in another: what is tested has been learnt by heart."""

from collections.abc import Iterator

from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import Evidence
from saccade.modalities.images.audit.matching import Matches, match, same_file

_ADVICE = {
    "test": "The test score is too good by up to this share. Remove them from one split, or cut the splits anew.",
    "validation": "The validation score, by which the best epoch is chosen, is too good. Remove them from one split.",
}


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each pair of splits that share images."""
    for split, other in (("test", "train"), ("test", "validation"), ("validation", "train")):
        rows = evidence.dataset.rows(split)
        found = match(evidence.duplicates, rows, evidence.dataset.rows(other))
        if len(found.rows):
            yield _finding(evidence, found, split, other, len(rows))


def _finding(evidence: Evidence, found: Matches, split: str, other: str, among: int) -> Finding:
    share = len(found.rows) / among
    severity = found.severity(among)
    if severity == "severe" and (split, other) != ("test", "train"):
        severity = "warning"  # weights are fitted to training, and only test is what one goes by in the end
    what = f"{len(found.rows):,} of {among:,} {split} images ({share:.2%})"
    return Finding(
        kind="duplicates_across_splits",
        severity=severity,
        title=f"{what} {'has' if len(found.rows) == 1 else 'have'} a duplicate in {other}: {found.kinds()}.",
        advice=_ADVICE[split],
        share=share,
        values={
            "split": split,
            "other": other,
            "images": len(found.rows),
            "share": share,
            "equal_pixels": found.exact,
            "equal_files": same_file(evidence.duplicates, found),
            "mirrored": int(found.mirrored.sum()),
            "distances": [round(float(each), 4) for each in found.distance[:1000]],
        },
        examples=found.examples(evidence),
        count=len(found.rows),
    )
