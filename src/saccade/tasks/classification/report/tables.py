"""What the tables of a report say, row by row."""

from dataclasses import dataclass
from typing import Any

from saccade.report.numbers import percent
from saccade.tasks.classification.evaluation import Evaluation, most_confused
from saccade.tasks.classification.report.image_budget import Album
from saccade.tasks.classification.report.material import Material

MOST_COLUMNS = 30
"""Classes in a confusion matrix: with more, those that are confused most."""

MOST_ROWS = 300
"""Classes in the other tables."""

MOST_SAMPLES = 40
"""Classes up to which each is shown by an image."""

SEEN_FROM = 0.4
"""Exponent of the share that becomes a colour: two mistakes in a hundred must be seen beside the diagonal."""


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: images of one class that are taken for one class.

    Attributes:
        true, predicted: classes by number.
        count: so many images.
        of: so many images has the true class.
    """

    true: int
    predicted: int
    count: int
    of: int

    @property
    def share(self) -> float:
        """Of the true class's images, 0 to 1."""
        return self.count / self.of if self.of else 0.0

    @property
    def depth(self) -> int:
        """How deep its colour is, 0 to 10."""
        return round(10 * float(self.share**SEEN_FROM))


def confused(evaluation: Evaluation) -> list[int]:
    """Return the classes of the confusion matrix, by number: all, or the most confused in the order of the classes."""
    return most_confused(evaluation, MOST_COLUMNS)


def matrix(evaluation: Evaluation) -> list[list[Cell]]:
    """Return the confusion matrix of the `confused` classes, a row a true class."""
    classes, totals = confused(evaluation), evaluation.totals
    counts = {(true, predicted): count for true, predicted, count in evaluation.cells}
    return [
        [Cell(true, predicted, counts.get((true, predicted), 0), totals.get(true, 0)) for predicted in classes]
        for true in classes
    ]


def frequent(evaluation: Evaluation, most: int) -> list[Cell]:
    """Return the most frequent mistakes."""
    totals = evaluation.totals
    number = {name: position for position, name in enumerate(evaluation.classes)}
    return [
        Cell(number[each.true], number[each.predicted], each.count, totals[number[each.true]])
        for each in evaluation.confusions[:most]
    ]


def counts(material: Material, album: Album) -> list[dict[str, Any]]:
    """Return name, a training image ("" for none) and images in each split, a row a class."""
    classes = material.classes[:MOST_ROWS]
    splits = material.data["counts"]
    return [
        {
            "name": name,
            "source": _sample(material, row, album) if len(material.classes) <= MOST_SAMPLES else "",
            "counts": [splits[split][name] for split in splits],
        }
        for row, name in enumerate(classes)
    ]


def _sample(material: Material, label: int, album: Album) -> str:
    dataset = material.dataset
    if dataset is None:
        return ""
    rows = dataset.rows("train")
    rows = rows[dataset.labels[rows] == label][:1]
    return album.embed(dataset.images[rows[0]]) if len(rows) else ""


def sureness(probability: float) -> str:
    """Return how sure an answer is; no answer is 100% sure."""
    return "over 99.99%" if probability >= 0.99995 else percent(probability)
