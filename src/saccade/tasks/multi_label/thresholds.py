"""Thresholds: from which probability on an image is given a label."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.safe_json import Json
from saccade.core.type_validation import checked

HALF = 0.5
"""The threshold where nothing is known."""

LEAST = 10
"""Validation images with a label, and without it, below which it has no threshold of its own."""


@dataclass(frozen=True)
class Threshold:
    """From which probability on an image is given a label.

    Attributes:
        label: its name.
        value: the least probability, 0 to 1.
        own: whether it was chosen for this label; else for all labels together, because too few images have it.
        positives: validation images with the label.
        f1: on the validation images, by which it was chosen and which it therefore flatters; None where none has it.
    """

    label: str
    value: float
    own: bool
    positives: int
    f1: float | None


@dataclass(frozen=True)
class Thresholds:
    """From which probability on an image is given each label.

    Attributes:
        images: validation images they were chosen on; 0: nothing is known, and all are .5.
        labels: a threshold each, in the order of the network's outputs.
    """

    FILE: ClassVar[str] = "thresholds.json"
    images: int
    labels: tuple[Threshold, ...]

    @property
    def values(self) -> NDArray[np.float64]:
        """(k,), in the order of the network's outputs."""
        return np.array([each.value for each in self.labels])

    @property
    def sentence(self) -> str:
        """How they were chosen, for people."""
        chosen = f"Labels are given from thresholds on that were chosen on {self.images:,} validation images, by F1"
        own = sum(each.own for each in self.labels)
        if own in (0, len(self.labels)):
            return f"{chosen}, {'for each label' if own else 'one for all labels, because few images have each'}."
        return f"{chosen}: {own} of {len(self.labels)} have one of their own, the others, which are rare, a common one."

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {"images": self.images, "labels": [asdict(each) for each in self.labels]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Thresholds":
        """Return the thresholds that `to_dict` described; raises ValueError, KeyError or TypeError for others."""
        made = checked(cls(content["images"], tuple(Threshold(**each) for each in content["labels"])))
        if not all(0 <= each.value <= 1 for each in made.labels):
            raise ValueError("a threshold beyond 0 to 1")
        return made


def halves(tags: tuple[str, ...]) -> Thresholds:
    """Return the thresholds of a network of which nothing is known."""
    return Thresholds(0, tuple(Threshold(tag, HALF, False, 0, None) for tag in tags))


def choose(truth: NDArray[np.uint8], answers: NDArray[np.float32], tags: tuple[str, ...]) -> Thresholds:
    """Return the thresholds with the best F1.

    A label that fewer than `LEAST` images have, or lack, gets the threshold that is best for all labels together.

    Args:
        truth: (n, k), 1 where a validation image has a label.
        answers: (n, k), probabilities.
        tags: names of the labels.
    """
    if not truth.any():
        return halves(tags)
    common, _ = best(truth.ravel(), answers.ravel())
    made = []
    for column, tag in enumerate(tags):
        positives = int(truth[:, column].sum())
        own = min(positives, len(truth) - positives) >= LEAST
        value = best(truth[:, column], answers[:, column])[0] if own else common
        f1 = f1_at(truth[:, column], answers[:, column], value) if positives else None
        made.append(Threshold(tag, value, own, positives, f1))
    return Thresholds(len(truth), tuple(made))


def best(truth: NDArray[np.uint8], answers: NDArray[np.float32]) -> tuple[float, float]:
    """Return the threshold with the best F1, in the middle between two probabilities, and this F1."""
    order = np.argsort(-answers, kind="stable")
    scores, hits = answers[order].astype(np.float64), np.cumsum(truth[order].astype(np.int64))
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + hits[-1])
    ends = np.append(scores[1:] < scores[:-1], True)  # equal probabilities cannot be told apart
    at = int(np.where(ends, f1, -1).argmax())
    below = scores[at + 1] if at + 1 < len(scores) else 0.0
    return float((scores[at] + below) / 2), float(f1[at])


def f1_at(truth: NDArray[np.uint8], answers: NDArray[np.float32], value: float) -> float:
    """Return the F1 of a label at a threshold; 0 where nothing is given and nothing is there."""
    given = answers >= value
    return float(2 * np.sum(given & (truth == 1)) / max(1, int(given.sum()) + int(truth.sum())))
