"""Does a label survive a change of the image? Told by a network that was trained without that change.

For each pair of classes: how well do the answers tell the two apart (AUC of the difference of their log-probabilities),
when the images are as they were, and when they are changed? A mirrored b is taken for a d: the AUC falls from 1 to 0.
Of photos it stays. Neither how often a class is met nor a threshold matters to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.floating]

LEAST = 10
"""Images of a class below which nothing is concluded of it."""

TOLD_APART = 0.55
"""AUC below which two classes are not told apart even as they were: then nothing can be seen of a change."""

KNOWN = 0.6
"""Mean AUC of a class against the others, below which it was not learnt."""

FALL = 0.1
"""Of the AUC of a pair: what is more than this, and more than chance, is a lost label."""

DESTROYED = 0.6
"""AUC of two classes after a change, below which it is clear that they are taken for one another."""

MOST_FALL = 0.15
"""Of the mean AUC of a class: that it falls by less must be sure, or the images are too few to say."""


@dataclass(frozen=True)
class Pair:
    """Two classes before and after a change.

    Attributes:
        first, second: classes by number.
        before: AUC of telling them apart as they are.
        after: of telling them apart when changed.
        error: standard error of the difference, image by image.
    """

    first: int
    second: int
    before: float
    after: float
    error: float

    @property
    def fall(self) -> float:
        """By how much worse they are told apart."""
        return self.before - self.after


@dataclass(frozen=True)
class Survival:
    """Whether labels survive a change.

    Attributes:
        survives: whether that is sure.
        reason: what was seen, a part of a sentence; "" where they survive.
        destroyed: whether it is so clear that they do not that nothing else need be tried.
    """

    survives: bool
    reason: str = ""
    destroyed: bool = False


def survival(labels: NDArray[np.int64], plain: Floats, changed: Floats, classes: tuple[str, ...]) -> Survival:
    """Return whether labels survive a change.

    Args:
        labels: (n,), of images that the network was not trained on.
        plain: (n, k), logarithms of its probabilities for them.
        changed: (n, k), the same for the changed images.
        classes: k names.
    """
    pairs = list(_pairs(labels, plain, changed))
    if not pairs:
        return Survival(False, f"there are too few images to say (it takes {LEAST} of a class)")
    lost = _lost(pairs)
    if lost:
        worst = max(lost, key=lambda pair: pair.fall)
        reason = f"{_both(worst, classes)} are then told apart worse (AUC {_fall(worst)})"
        return Survival(False, reason, destroyed=worst.after < DESTROYED)
    unclear = min(pairs, key=lambda pair: pair.before)
    if unclear.before < TOLD_APART or min(_mean(pairs, "before").values()) < KNOWN:
        return Survival(False, f"a quick network could hardly tell {_both(unclear, classes)} apart at all")
    falls, errors = _mean(pairs, "fall"), _mean(pairs, "error")
    unsure = [label for label in falls if falls[label] + 2 * errors[label] > MOST_FALL]
    if unsure:
        return Survival(False, f"there are too few images of '{classes[unsure[0]]}' to say")
    return Survival(True)


def helps(labels: NDArray[np.int64], without: Floats, taught: Floats) -> bool:
    """Say whether images as they are, held out, are surely answered better by a network taught with the change too.

    Light that always comes from one side is used by a network, and mirrored images then puzzle it, though their labels
    survive; taught with them, it answers better. And no pair of classes is told apart worse.

    Args:
        labels: (n,).
        without: (n, k), logarithms of probabilities by a network that was not taught with it.
        taught: (n, k), by one that was.
    """
    rows = np.arange(len(labels))
    gains = taught[rows, labels] - without[rows, labels]
    surely = gains.mean() > -ndtri(0.025) * gains.std(ddof=1) / np.sqrt(len(gains))
    return bool(surely and not _lost(list(_pairs(labels, without, taught))))


def _lost(pairs: list[Pair]) -> list[Pair]:
    """Return the pairs that are told apart worse by more than chance."""
    surprising = -float(ndtri(0.01 / max(1, len(pairs))))
    return [pair for pair in pairs if pair.fall > max(FALL, surprising * pair.error)]


def _pairs(labels: NDArray[np.int64], plain: Floats, changed: Floats) -> Iterator[Pair]:
    counts = np.bincount(labels, minlength=plain.shape[1])
    known = np.flatnonzero(counts >= LEAST)
    for place, first in enumerate(known.tolist()):
        for second in known[place + 1 :].tolist():
            rows = np.flatnonzero((labels == first) | (labels == second))
            inside = labels[rows] == first
            before, after = (_placed(each[rows, first] - each[rows, second], inside) for each in (plain, changed))
            yield Pair(first, second, *_compared(before, after))


def _placed(scores: Floats, inside: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return for each image of the first class the part of the second that lies below it, and the other way round.

    Their means are the AUC, their variances its error (DeLong 1988, through ranks as in Sun and Xu 2014).
    """
    from scipy.stats import rankdata  # noqa: PLC0415  (half a second to import, for who tries nothing)

    first, second = scores[inside], scores[~inside]
    ranks = rankdata(np.concatenate([first, second]))
    above_second = (ranks[: len(first)] - rankdata(first)) / len(second)
    below_first = 1 - (ranks[len(first) :] - rankdata(second)) / len(first)
    return above_second, below_first


def _compared(before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> tuple[float, float, float]:
    squares = [float((one - other).var(ddof=1)) / len(one) for one, other in zip(before, after, strict=True)]
    return float(before[0].mean()), float(after[0].mean()), float(np.sqrt(sum(squares)))


def _mean(pairs: list[Pair], what: str) -> dict[int, float]:
    """Return the mean over the pairs of each class, by its number."""
    of_class: dict[int, list[float]] = {}
    for pair in pairs:
        for label in (pair.first, pair.second):
            of_class.setdefault(label, []).append(getattr(pair, what))
    return {label: float(np.mean(values)) for label, values in of_class.items()}


def _both(pair: Pair, classes: tuple[str, ...]) -> str:
    return f"'{classes[pair.first]}' and '{classes[pair.second]}'"


def _fall(pair: Pair) -> str:
    return f"{pair.after:.2f} instead of {pair.before:.2f}"
