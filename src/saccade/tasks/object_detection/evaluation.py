"""DetectionEvaluation: how good the boxes of a network are on one part of the data, and how to show it."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.console import RenderableType

from saccade.core.metric_value import MetricValue
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked
from saccade.evaluation.text import add_row, brief_cell, start_table
from saccade.tasks import image_evaluation
from saccade.tasks.image_evaluation import ImageEvaluation
from saccade.tasks.object_detection.object_images import NOTHING

NAMES = {
    "ap50": "AP50",
    "ap": "AP",
    "ap75": "AP75",
    "ar": "AR, at most 100 boxes",
    "precision": "precision of the answers",
    "recall": "recall of the answers",
    "f1": "F1 of the answers",
}
"""What to call the metrics. AP is the mean over the IoUs .50, .55 … .95, as COCO has it."""

TITLES = {"ap": "AP", "ap50": "AP50", "ar": "AR", "f1": "F1"}
"""What to call columns of tables that are not called as their key is."""

WITH_INTERVALS = ("ap50", "f1")
"""Scores of a class whose intervals a terminal shows; JSON, CSV and the report have all."""


@dataclass(frozen=True)
class Baseline(image_evaluation.Baseline):
    """The AP50 of a simple means; the difference is the network's minus this one."""


@dataclass(frozen=True)
class WorstImage:
    """An image with mistakes.

    Attributes:
        name: of the image.
        found: objects that an answer goes with.
        confused: objects with an answer of another class.
        missed: objects without an answer.
        invented: answers where no object is.
    """

    name: str
    found: int
    confused: int
    missed: int
    invented: int


@dataclass(frozen=True, kw_only=True)
class DetectionEvaluation(ImageEvaluation):
    """How good a network's boxes are on one part of the data; `metrics` are by the keys of `NAMES`.

    Attributes:
        objects: names of the classes, in the order of the network.
        per_class: "ap", "ap50", "precision", "recall", "f1" and "support", in the order of the classes.
        per_size: of "small", "medium" and "large" objects (area below 32² and 96² pixels of the image in its source,
            and larger): "objects", "ap", "ap50" and "ar".
        confusion: objects by true class (rows) and answered class (columns); the last of both is the background.
        threshold: from which score on a box was an answer.
        worst: the images with the most mistakes.
    """

    objects: tuple[str, ...]
    per_class: Mapping[str, tuple[MetricValue, ...]]
    per_size: Mapping[str, Mapping[str, MetricValue]]
    confusion: tuple[tuple[int, ...], ...]
    threshold: float
    worst: tuple[WorstImage, ...] = ()

    NAMES: ClassVar[Mapping[str, str]] = NAMES
    BASELINE: ClassVar[type[image_evaluation.Baseline]] = Baseline

    @property
    def ap50(self) -> MetricValue:
        """Average precision at an IoU of .5, the mean of the classes."""
        return self.metrics["ap50"]

    @property
    def ap(self) -> MetricValue:
        """Average precision, the mean over the IoUs .50 to .95 and the classes."""
        return self.metrics["ap"]

    @property
    def count(self) -> int:
        """How many objects there are."""
        return sum(int(each.value or 0) for each in self.per_class["support"])

    @property
    def sentence(self) -> str:
        """How good the boxes are."""
        scores = f"{self.where}, AP50 is {_written(self.ap50)} and AP {_written(self.ap)}"
        recall, precision = self.metrics["recall"].value, self.metrics["precision"].value
        if recall is None:
            return f"{scores}: they have no object that counts."
        right = "it gives none" if precision is None else f"{precision:.0%} of its answers are right"
        return (
            f"{scores}. From a score of {self.threshold:.2f} on it finds {recall:.0%} of {self.count:,} objects, and "
            f"{right}."
        )

    @property
    def title(self) -> str:
        """How many objects of how many classes there are."""
        classes = "1 class" if len(self.objects) == 1 else f"{len(self.objects)} classes"
        return f"{self.count:,} objects of {classes}"

    @property
    def headline(self) -> tuple[str, MetricValue]:
        """The measure that lists show, with its name."""
        return "AP50", self.ap50

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""
        return "predictions.csv", "per_class.csv", "confusion.csv"

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON; scores a class are keyed by the class."""
        per_class = {
            name: {each: score.to_dict() for each, score in zip(self.objects, scores, strict=True)}
            for name, scores in self.per_class.items()
        }
        per_size = {
            size: {name: score.to_dict() for name, score in scores.items()} for size, scores in self.per_size.items()
        }
        return {**super().to_dict(), "per_class": per_class, "per_size": per_size}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "DetectionEvaluation":
        """Return the evaluation that `to_dict` described, or evaluation.json, where `accesses` are listed."""
        made = cls(
            **cls.fields_from(content),
            objects=tuple(content["objects"]),
            threshold=content["threshold"],
            confusion=tuple(tuple(row) for row in content["confusion"]),
            worst=tuple(WorstImage(**each) for each in content["worst"]),
            per_class={name: tuple(_scores(scores).values()) for name, scores in content["per_class"].items()},
            per_size={size: _scores(scores) for size, scores in content["per_size"].items()},
        )
        return checked(made)

    def per_class_table(self) -> tuple[list[str], list[list[object]]]:
        """Return header and rows: a class a row, and each score with its interval."""
        header, columns = ["class"], [list[object](self.objects)]
        for name, scores in self.per_class.items():
            header += [name, f"{name}_low", f"{name}_high"]
            columns += [[getattr(score, end) for score in scores] for end in ("value", "low", "high")]
        return header, [list(row) for row in zip(*columns, strict=True)]

    def confusion_table(self) -> tuple[list[str], list[list[object]]]:
        """Return header and rows of the confusion matrix: a true class a row, an answered one a column."""
        names = [*self.objects, NOTHING]
        return ["true", *names], [[name, *row] for name, row in zip(names, self.confusion, strict=True)]

    def to_csv(self) -> str:
        """Return the scores a class as CSV."""
        header, rows = self.per_class_table()
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        return text.getvalue()

    def further_tables(self) -> Iterator[RenderableType]:
        """Yield the scores class by class and size by size, and what is taken for what."""
        yield self._class_table()
        yield self._size_table()
        if len(self.objects) <= MOST_IN_TERMINAL:
            yield self._confusion_table()

    def _class_table(self) -> RenderableType:
        table = start_table("class", *(TITLES.get(name, name) for name in self.per_class))
        for row, each in enumerate(self.objects):
            cells = [
                brief_cell(scores[row] if name in WITH_INTERVALS else MetricValue(scores[row].value))
                for name, scores in self.per_class.items()
            ]
            add_row(table, each, *cells)
        return table

    def _size_table(self) -> RenderableType:
        names = next(iter(self.per_size.values()), {})
        table = start_table("size", *(TITLES.get(name, name) for name in names))
        for size, scores in self.per_size.items():
            add_row(table, size, *map(brief_cell, scores.values()))
        return table

    def _confusion_table(self) -> RenderableType:
        header, rows = self.confusion_table()
        table = start_table("is ↓ answered →", *header[1:])
        for name, *counts in rows:
            add_row(table, str(name), *(f"{each:,}" for each in counts))
        return table


MOST_IN_TERMINAL = 10
"""Classes with which a confusion matrix fits a terminal."""


def _scores(content: Mapping[str, Any]) -> dict[str, MetricValue]:
    return {name: MetricValue(**score) for name, score in content.items()}


def _written(score: MetricValue) -> str:
    if score.value is None:
        return "not defined"
    return f"{score.value:.3f}" + ("" if score.low is None else f" ({score.low:.3f} to {score.high:.3f})")
