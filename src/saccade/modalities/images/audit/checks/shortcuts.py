"""Shortcuts: how well can labels be told from the border alone, or from size and file type alone?

A network takes whatever tells the classes apart: a watermark, the colour of the table, the camera of one collector.
It then fails on images from elsewhere. Judged on the training split only, class by class in equal numbers.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from saccade.core import cross_validation
from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import Evidence
from saccade.modalities.images.audit.measuring import resized
from saccade.modalities.images.pixels import without_padding

NOTEWORTHY, SUSPICIOUS, GIVEN_AWAY = 0.1, 0.4, 0.7
"""Share of the way from chance to certainty, by the lower end of the 99.9% interval. Sky and grass around animals and
aeroplanes give about a fifth of it (CIFAR-10), which is nature, and a note; a watermark gives all of it."""

BORDER = 16
"""The border is a sixteenth of the side, at least one pixel: a quarter of the area."""

LEAST_SIDE = 16
"""Images of fewer pixels a side have no border that is not the thing itself: of 8×8 it is half."""

AS_GOOD = 0.8
"""A border that tells clearly less than the rest of the image is one that the thing itself reaches, as clothes do."""

_SIDE = 32
_SUSPECT = (
    "A network may learn this instead of what is shown. Look at borders and origins class by class, and test on "
    "images from elsewhere."
)
_NATURE = "That may be nature: what surrounds a thing often belongs to it, or the thing reaches so far."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for the border and one for size and type, when they tell more than chance."""
    rows = _sample(evidence)
    if not len(rows):
        evidence.not_tested.append(
            f"shortcuts; that takes {cross_validation.LEAST} independent training images of two classes."
        )
        return
    if min(evidence.dataset.image_shape[:2]) >= LEAST_SIDE:
        yield from _by_border(evidence, rows)
    outside = _outside(evidence, rows)
    if outside is not None:
        verdict = _judged(evidence, rows, outside)
        yield from _finding(evidence, rows, verdict, "The size and type of the file alone", _severity(verdict))


def _by_border(evidence: Evidence, rows: NDArray[np.int64]) -> Iterator[Finding]:
    """Yield at most a warning, which is not certain: the thing itself, or what belongs to it, may reach the border."""
    border, rest = _border_and_rest(_small(evidence, rows))
    verdict = _judged(evidence, rows, border)
    severity, compared = _severity(verdict), ""
    if severity != "note":
        inside = _judged(evidence, rows, rest)
        compared = f"; the rest of the image in {inside.score.value:.1%}"
        severity = "warning" if _way(verdict) > AS_GOOD * _way(inside) else "note"
    for finding in _finding(evidence, rows, verdict, "The border of the image alone", severity, compared):
        yield replace(finding, certain=False)


def _judged(evidence: Evidence, rows: NDArray[np.int64], features: NDArray[np.float32]) -> cross_validation.Verdict:
    return cross_validation.accuracy(
        features, evidence.dataset.labels[rows], evidence.units()[rows], seed=evidence.seed
    )


def _way(verdict: cross_validation.Verdict) -> float:
    """Return how far from chance to certainty the lower end of the careful interval lies."""
    return (verdict.low - verdict.chance) / (1 - verdict.chance)


def _severity(verdict: cross_validation.Verdict) -> str:
    return "severe" if _way(verdict) > GIVEN_AWAY else "warning" if _way(verdict) > SUSPICIOUS else "note"


def _sample(evidence: Evidence) -> NDArray[np.int64]:
    """Return training rows, one for each unit and class, as many of each class."""
    rng = np.random.default_rng(evidence.seed)
    rows = evidence.dataset.rows("train")
    rows = rows[cross_validation.one_each(evidence.units()[rows], evidence.dataset.labels[rows], rng)]
    return rows[cross_validation.balanced(evidence.dataset.labels[rows], rng)]


def _finding(
    evidence: Evidence,
    rows: NDArray[np.int64],
    verdict: cross_validation.Verdict,
    what: str,
    severity: str,
    more: str = "",
) -> Iterator[Finding]:
    if _way(verdict) <= NOTEWORTHY:
        return
    score = verdict.score
    yield Finding(
        kind="shortcuts",
        severity=severity,
        title=f"{what} tells the class in {score.value:.1%} of the cases ({score.low:.1%} to {score.high:.1%}; "
        f"chance {verdict.chance:.1%}{more}).",
        advice=_NATURE if severity == "note" else _SUSPECT,
        share=_way(verdict),
        values={"what": what, "accuracy": score.to_dict(), "chance": verdict.chance, "sample": verdict.rows},
        examples=_a_row_of_each(evidence, rows),
    )


def _border_and_rest(small: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (n, k) and (n, m): the pixels of the frame of small images (n, side, side, c), and those within."""
    side = small.shape[1]
    width = max(1, side // BORDER)
    frame = np.ones((side, side), np.bool_)
    frame[width:-width, width:-width] = False
    return small[:, frame].reshape(len(small), -1), small[:, ~frame].reshape(len(small), -1)


def _small(evidence: Evidence, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return (n, side, side, c): images without the padding that made them square, whose width tells their shape."""
    pixels = evidence.dataset.images[rows]
    side = min(_SIDE, *pixels.shape[1:3])
    if evidence.files is None:
        return _resized(pixels, side)
    sizes = evidence.files.sizes[rows].tolist()
    shown = [without_padding(image, (height, width)) for image, (height, width) in zip(pixels, sizes, strict=True)]
    return np.concatenate([_resized(image[None], side) for image in shown])


def _resized(pixels: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    channels = [pixels[..., channel].astype(np.float32) for channel in range(pixels.shape[-1])]
    return np.stack([resized(channel, side) for channel in channels], axis=-1)


def _outside(evidence: Evidence, rows: NDArray[np.int64]) -> NDArray[np.float32] | None:
    """Return (n, k): height, width, aspect and one column a file type; None when all files agree."""
    if evidence.files is None:
        return None
    sizes, types = evidence.files.sizes[rows].astype(np.float32), evidence.files.formats[rows]
    columns = [*sizes.T, sizes[:, 0] / sizes[:, 1], *(types == each for each in np.unique(types))]
    features = np.stack(columns, axis=1).astype(np.float32)
    return features if (features != features[0]).any() else None


def _a_row_of_each(evidence: Evidence, rows: NDArray[np.int64]) -> tuple[tuple[str, ...], ...]:
    """Return four images of each of the first classes, to look at."""
    labels, names = evidence.dataset.labels[rows], evidence.dataset.names
    return tuple(tuple(str(name) for name in names[rows[labels == label][:4]]) for label in np.unique(labels)[:6])
