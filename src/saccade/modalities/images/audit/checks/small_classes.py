"""Classes too small to learn or to judge, and classes that drown in others."""

from collections.abc import Iterator

from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import Evidence

JUDGED = 30
"""Test images of a class below which its score says little: 27 right of 30 means 74% to 97%."""

GUESSED = 10
"""Below so few, next to nothing: 9 right of 10 means 60% to 98%."""

LEARNT = 20
"""Training images of a class below which a network from scratch mostly learns the images by heart."""

DROWNED = 20
"""Times as many images in the largest class as in the smallest: ignoring the smallest then costs under 5%."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield findings on the counts of the training and the test split."""
    counts = evidence.dataset.counts()
    yield from _few(counts.get("test", {}), "test", JUDGED, "Its score will say little. Collect more test images.")
    yield from _few(counts.get("train", {}), "train", LEARNT, "Collect more, or leave the class out.")
    yield from _uneven(counts.get("train", {}))


def _few(counts: dict[str, int], split: str, least: int, advice: str) -> Iterator[Finding]:
    small = {label: number for label, number in counts.items() if number < least}
    if not small:
        return
    label = min(small, key=lambda each: small[each])
    others = f" and {len(small) - 1} more {'class' if len(small) == 2 else 'classes'}" if len(small) > 1 else ""
    have = "has" if len(small) == 1 else "have"
    yield Finding(
        kind="small_classes",
        severity="warning" if small[label] < GUESSED else "note",
        title=f"'{label}'{others} {have} fewer than {least} {split} images ('{label}': {small[label]}).",
        advice=advice,
        share=len(small) / len(counts),
        values={"split": split, "least": least, "classes": small},
    )


def _uneven(counts: dict[str, int]) -> Iterator[Finding]:
    if not counts or max(counts.values()) < DROWNED * max(1, min(counts.values())):
        return
    most, least = max(counts, key=lambda each: counts[each]), min(counts, key=lambda each: counts[each])
    yield Finding(
        kind="small_classes",
        severity="note",
        title=f"'{most}' has {counts[most]:,} training images, '{least}' {counts[least]:,}.",
        advice="Look at balanced accuracy and macro F1. Training tries whether equal weights pay (class_weights).",
        share=1 / len(counts),
        values={"largest": {most: counts[most]}, "smallest": {least: counts[least]}},
    )
