"""Evaluation: how good a network is on one part of the data, with intervals, and how to show it."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType

from saccade.core.finding import plural
from saccade.core.metric_value import Curve, Matrix, MetricValue, PerClass, SparseMatrix, Value
from saccade.core.other_data import Other
from saccade.core.rendering import Shown
from saccade.core.safe_json import Json
from saccade.core.split_size import FEW_IMAGES, what_it_shows
from saccade.core.type_validation import checked
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.comparisons import (
    Abstention,
    Baseline,
    Refusals,
    Selection,
    Spread,
    WithoutDuplicates,
)
from saccade.tasks.classification.evaluation_text import SHOWN_CONFUSIONS, lines

WORTH_SAYING = 0.02
"""Points between accuracy and balanced accuracy from which the verdict names both."""


@dataclass(frozen=True)
class Confusion:
    """A mistake that the network makes.

    Attributes:
        true: the true class.
        predicted: what the network says instead.
        count: so many images.
        share: of the true class's images, 0 to 1.
    """

    true: str
    predicted: str
    count: int
    share: float


@dataclass(frozen=True)
class Evaluation(Shown):
    """How good a network is on one part of the data.

    Attributes:
        split: "test", "validation" or "train"; "other" for data that are not the run's own.
        images: how many.
        classes: class names, in the order of every per-class score.
        metrics: what each metric of `metrics/` says, by its name.
        baselines: what to beat, the majority class first; none where the training images are not to be had.
        when: time of the evaluation, UTC, ISO 8601.
        accesses: how often the split has been evaluated in this run, this time included.
        calibration: how the probabilities were corrected; None when nothing is known.
        uncorrected: loss and calibration error of the same answers before that.
        chance_error: calibration error that 95 of 100 perfectly calibrated networks stay below on so many images.
        abstentions: what abstaining at thresholds of the calibration would give.
        refusals: how many images are said to show none of the classes; None where none ever is.
        selection: what choosing among models by this split does; None for fewer than three models.
        spread: over runs with other seeds; None when there are none.
        without_duplicates: the accuracy without leaked images; None when it was not asked for.
        other_data: which data these are and what to know of them; None for the run's own.
    """

    split: str
    images: int
    classes: tuple[str, ...]
    metrics: Mapping[str, Value]
    baselines: tuple[Baseline, ...]
    when: str
    accesses: int = 1
    calibration: Calibration | None = None
    uncorrected: Mapping[str, MetricValue] = field(default_factory=dict)
    chance_error: float | None = None
    abstentions: tuple[Abstention, ...] = ()
    refusals: Refusals | None = None
    selection: Selection | None = None
    spread: Spread | None = None
    without_duplicates: WithoutDuplicates | None = None
    other_data: Other | None = None

    @property
    def baseline(self) -> Baseline | None:
        """The best baseline: what to beat; None where there are none."""
        return max(self.baselines, key=lambda each: each.accuracy.value or 0, default=None)

    @property
    def verdict(self) -> str:
        """How good the network is, in two sentences; of other data, which they are comes first."""
        accuracy, best = self.accuracy, self.baseline
        assert accuracy.value is not None
        interval = "" if accuracy.low is None else f" ({accuracy.low:.1%} to {accuracy.high:.1%})"
        lead, called = (self.other_data.lead, "") if self.other_data else ((), f" {self.split}")
        images = "image" if self.images == 1 else "images"
        right = f"Of {self.images:,}{called} {images}, {accuracy.value:.1%}{interval} are answered right."
        named = (
            [f"It answers '{self.only_class}' for every image: it tells no classes apart."] if self.only_class else []
        )
        balanced = [self._balanced_sentence] if self._balanced_sentence else []
        return " ".join([*lead, *named, right, *balanced, *([best.sentence] if best else [])])

    @property
    def only_class(self) -> str:
        """The class that is answered for every image, though they are of several; "" where several are answered."""
        answered = {predicted for _, predicted, _ in self.cells}
        several = len({true for true, _, _ in self.cells}) > 1
        return self.classes[answered.pop()] if len(answered) == 1 and several else ""

    @property
    def resolution(self) -> str:
        """What a test of so few images can show; "" where there are enough."""
        if self.images >= FEW_IMAGES:
            return ""
        return f"{plural(self.images, 'image is', 'images are')} few: {what_it_shows(self.images)}."

    @property
    def _balanced_sentence(self) -> str:
        """The balanced accuracy, where it says something else than the accuracy."""
        balanced = self.scores.get("balanced_accuracy")
        accuracy = self.accuracy.value
        if (
            balanced is None
            or balanced.value is None
            or accuracy is None
            or abs(balanced.value - accuracy) < WORTH_SAYING
        ):
            return ""
        interval = "" if balanced.low is None else f" ({balanced.low:.1%} to {balanced.high:.1%})"
        return f"With every class counted alike, it is {balanced.value:.1%}{interval}."

    @property
    def accuracy(self) -> MetricValue:
        """The share of right answers, with Wilson's interval."""
        return self._score("accuracy")

    @property
    def loss(self) -> MetricValue:
        """The cross-entropy in nats."""
        return self._score("loss")

    def _score(self, name: str) -> MetricValue:
        value = self.metrics[name]
        assert isinstance(value, MetricValue)
        return value

    @property
    def scores(self) -> dict[str, MetricValue]:
        """The metrics that are one number."""
        return {name: value for name, value in self.metrics.items() if isinstance(value, MetricValue)}

    @property
    def per_class(self) -> dict[str, tuple[MetricValue, ...]]:
        """The metrics that are one number a class, in the order of `classes`."""
        return {name: value.scores for name, value in self.metrics.items() if isinstance(value, PerClass)}

    @property
    def confusion(self) -> tuple[tuple[int, ...], ...]:
        """Counts by true class (rows) and predicted class (columns); of very many classes, `cells` are smaller."""
        value = self.metrics["confusion"]
        if isinstance(value, Matrix):
            return value.counts
        counts = np.zeros((len(self.classes), len(self.classes)), np.int64)
        for true, predicted, count in self.cells:
            counts[true, predicted] = count
        return tuple(tuple(row) for row in counts.tolist())

    @property
    def cells(self) -> tuple[tuple[int, int, int], ...]:
        """Every cell of the confusion matrix that is not empty: (true, predicted, count), in their order."""
        value = self.metrics["confusion"]
        if isinstance(value, SparseMatrix):
            return value.cells
        assert isinstance(value, Matrix)
        rows = (
            (true, predicted, count) for true, row in enumerate(value.counts) for predicted, count in enumerate(row)
        )
        return tuple(cell for cell in rows if cell[2])

    @property
    def totals(self) -> dict[int, int]:
        """Images of each class that has some, by its number."""
        found = dict[int, int]()
        for true, _, count in self.cells:
            found[true] = found.get(true, 0) + count
        return found

    @property
    def confusions(self) -> list[Confusion]:
        """Every kind of mistake, the most frequent first."""
        totals = self.totals
        found = [
            Confusion(self.classes[true], self.classes[predicted], count, count / totals[true])
            for true, predicted, count in self.cells
            if true != predicted
        ]
        return sorted(found, key=lambda mistake: (-mistake.count, mistake.true, mistake.predicted))

    # As data

    @property
    def headline(self) -> tuple[str, MetricValue]:
        """The measure that lists show, with its name."""
        return "accuracy", self.accuracy

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""
        return "predictions.csv", "per_class.csv", "confusion.csv and .png"

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON; scores a class are keyed by the class."""
        return {
            "split": self.split,
            "images": self.images,
            "when": self.when,
            "classes": list(self.classes),
            "metrics": {name: self._plain(value) for name, value in self.metrics.items()},
            "baselines": {each.name: each.to_dict() for each in self.baselines},
            "verdict": self.verdict,
            "accesses": self.accesses,
            "calibration": self._plain_calibration(),
            "abstentions": [{**asdict(each), "error": each.error.to_dict()} for each in self.abstentions],
            "refusals": self.refusals.to_dict() if self.refusals else None,
            "selection": asdict(self.selection) if self.selection else None,
            "spread": asdict(self.spread) if self.spread else None,
            "without_duplicates": self._plain_without_duplicates(),
            "other_data": self.other_data.to_dict() if self.other_data else None,
            "confusions": [asdict(mistake) for mistake in self.confusions[:SHOWN_CONFUSIONS]],
        }

    def _plain(self, value: Value) -> Any:
        if isinstance(value, MetricValue):
            return value.to_dict()
        if isinstance(value, PerClass):
            return {name: score.to_dict() for name, score in zip(self.classes, value.scores, strict=True)}
        if isinstance(value, Curve):
            return {name: list(column) for name, column in value.columns.items()}
        if isinstance(value, SparseMatrix):
            return {"size": value.size, "cells": [list(cell) for cell in value.cells]}
        return [list(row) for row in value.counts]

    def _plain_calibration(self) -> dict[str, Any] | None:
        if self.calibration is None:
            return None
        uncorrected = {name: score.to_dict() for name, score in self.uncorrected.items()}
        fitted = {"temperature": self.calibration.temperature, "fitted_on": self.calibration.images}
        return {**fitted, "uncorrected": uncorrected, "chance_error": self.chance_error}

    def _plain_without_duplicates(self) -> dict[str, Any] | None:
        found = self.without_duplicates
        return {"leaked": found.leaked, "accuracy": found.accuracy.to_dict()} if found else None

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *, calibration: Calibration | None = None) -> "Evaluation":
        """Return the evaluation that `to_dict` described, or evaluation.json, where `accesses` are listed.

        Args:
            content: what was written.
            calibration: of the run; the evaluation only names its temperature.
        """
        accesses, corrected = content["accesses"], content["calibration"] or {}
        selection, spread, without_duplicates = (
            content[name] for name in ("selection", "spread", "without_duplicates")
        )
        made = cls(
            split=content["split"],
            images=content["images"],
            classes=tuple(content["classes"]),
            metrics={name: _value(plain) for name, plain in content["metrics"].items()},
            baselines=tuple(Baseline.from_dict(name, plain) for name, plain in content["baselines"].items()),
            when=content["when"],
            accesses=accesses if isinstance(accesses, int) else len(accesses),
            calibration=calibration if corrected else None,
            uncorrected={name: MetricValue(**plain) for name, plain in corrected.get("uncorrected", {}).items()},
            chance_error=corrected.get("chance_error"),
            abstentions=tuple(
                Abstention(**{**each, "error": MetricValue(**each["error"])}) for each in content["abstentions"]
            ),
            # earlier versions refused none
            refusals=Refusals.from_dict(content["refusals"]) if content.get("refusals") else None,
            selection=Selection(**selection) if selection else None,
            spread=Spread(**spread) if spread else None,
            without_duplicates=without_duplicates
            and WithoutDuplicates(without_duplicates["leaked"], MetricValue(**without_duplicates["accuracy"])),
            other_data=Other.from_dict(content["other_data"]) if content.get("other_data") else None,
        )
        return checked(made)

    def per_class_table(self) -> tuple[list[str], list[list[object]]]:
        """Return header and rows: a class a row, a metric a column, its interval two more if it has one."""
        header, columns = ["class"], [list[object](self.classes)]
        for name, scores in self.per_class.items():
            header.append(name)
            columns.append([score.value for score in scores])
            if any(score.low is not None for score in scores):
                header += [f"{name}_low", f"{name}_high"]
                columns += [[score.low for score in scores], [score.high for score in scores]]
        return header, [list(row) for row in zip(*columns, strict=True)]

    def confusion_of(self, classes: Sequence[int]) -> NDArray[np.int64]:
        """Return the part of the confusion matrix of some classes, by number: (m, m) counts, true by predicted."""
        place = {number: position for position, number in enumerate(classes)}
        found = np.zeros((len(classes), len(classes)), np.int64)
        for true, predicted, count in self.cells:
            if true in place and predicted in place:
                found[place[true], place[predicted]] = count
        return found

    def confusion_table(self) -> tuple[list[str], Iterable[Sequence[object]]]:
        """Return header and rows: a true class a row, a predicted one a column; of very many classes a cell a row."""
        if isinstance(self.metrics["confusion"], SparseMatrix):
            cells = ([self.classes[true], self.classes[predicted], count] for true, predicted, count in self.cells)
            return ["true", "predicted", "images"], cells
        rows = ([name, *row] for name, row in zip(self.classes, self.confusion, strict=True))
        return ["true \\ predicted", *self.classes], rows

    def to_csv(self) -> str:
        """Return the scores a class as CSV."""
        header, rows = self.per_class_table()
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        return text.getvalue()

    # For reading

    def _shown(self) -> Iterator[RenderableType]:
        return lines(self)


def most_confused(evaluation: Evaluation, most: int) -> list[int]:
    """Return the classes with the most mistakes, by number, at most so many, in the order of the classes."""
    mistakes = np.zeros(len(evaluation.classes), np.int64)
    for true, predicted, count in evaluation.cells:
        if true != predicted:
            mistakes[true] += count
            mistakes[predicted] += count
    return sorted(np.argsort(-mistakes, kind="stable")[:most].tolist())


def _value(plain: Any) -> Value:
    """Return the value that was written: a list of rows, numbers by column, scores by class, or one score."""
    if isinstance(plain, list):
        return Matrix(tuple(tuple(row) for row in plain))
    if {"size", "cells"} == set(plain):
        return SparseMatrix(plain["size"], tuple(tuple(cell) for cell in plain["cells"]))
    if all(isinstance(each, list) for each in plain.values()):
        return Curve({name: tuple(column) for name, column in plain.items()})
    if all(isinstance(each, dict) for each in plain.values()):
        return PerClass(tuple(MetricValue(**each) for each in plain.values()))
    return MetricValue(**plain)
