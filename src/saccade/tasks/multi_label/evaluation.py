"""MultiLabelEvaluation: how good a network's labels are on one part of the data, and how to show it."""

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

NAMES = {
    "mean_average_precision": "mean average precision",
    "micro_f1": "F1, over all labels",
    "macro_f1": "F1, mean of the labels",
    "exact_match": "images with all labels right",
}
"""What to call the metrics."""

WITH_INTERVALS = ("average_precision", "f1")
"""Scores of a label whose intervals a terminal shows; JSON, CSV and the report have all."""


@dataclass(frozen=True)
class Baseline(image_evaluation.Baseline):
    """The mean average precision of a simple means; the difference is the network's minus this one."""

    @property
    def title(self) -> str:
        """Its name for reading."""
        return "shares of the training images" if self.name == "prior" else super().title


@dataclass(frozen=True, kw_only=True)
class MultiLabelEvaluation(ImageEvaluation):
    """How good a network's labels are on one part of the data; `metrics` are by the keys of `NAMES`.

    Attributes:
        labels: their names, in the order of the network's outputs.
        per_label: "average_precision", "f1", "precision", "recall" and "support", in the order of the labels.
        thresholds: from which probability on each label was given.
    """

    labels: tuple[str, ...]
    per_label: Mapping[str, tuple[MetricValue, ...]]
    thresholds: tuple[float, ...]

    NAMES: ClassVar[Mapping[str, str]] = NAMES
    BASELINE: ClassVar[type[image_evaluation.Baseline]] = Baseline

    @property
    def mean_average_precision(self) -> MetricValue:
        """The mean of the labels' average precisions."""
        return self.metrics["mean_average_precision"]

    @property
    def sentence(self) -> str:
        """How good the labels are."""
        score = self.mean_average_precision
        interval = "" if score.low is None else f" ({score.low:.3f} to {score.high:.3f})"
        value = "not defined" if score.value is None else f"{score.value:.3f}{interval}"
        return f"{self.where}, mean average precision over {self.title} is {value}."

    @property
    def title(self) -> str:
        """How many labels there are."""
        return f"{len(self.labels)} labels"

    @property
    def headline(self) -> tuple[str, MetricValue]:
        """The measure that lists show, with its name."""
        return "mean average precision", self.mean_average_precision

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""
        return "predictions.csv", "per_label.csv"

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON; scores a label are keyed by the label."""
        per_label = {
            name: {label: score.to_dict() for label, score in zip(self.labels, scores, strict=True)}
            for name, scores in self.per_label.items()
        }
        return {**super().to_dict(), "per_label": per_label}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "MultiLabelEvaluation":
        """Return the evaluation that `to_dict` described, or evaluation.json, where `accesses` are listed."""
        made = cls(
            **cls.fields_from(content),
            labels=tuple(content["labels"]),
            thresholds=tuple(content["thresholds"]),
            per_label={
                name: tuple(MetricValue(**score) for score in scores.values())
                for name, scores in content["per_label"].items()
            },
        )
        return checked(made)

    def per_label_table(self) -> tuple[list[str], list[list[object]]]:
        """Return header and rows: a label a row, its threshold, and each score with its interval."""
        header = ["label", "threshold"]
        columns: list[list[object]] = [list(self.labels), list(self.thresholds)]
        for name, scores in self.per_label.items():
            header += [name, f"{name}_low", f"{name}_high"]
            columns += [[getattr(score, end) for score in scores] for end in ("value", "low", "high")]
        return header, [list(row) for row in zip(*columns, strict=True)]

    def to_csv(self) -> str:
        """Return the scores a label as CSV."""
        header, rows = self.per_label_table()
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        return text.getvalue()

    def further_tables(self) -> Iterator[RenderableType]:
        """Yield the scores label by label."""
        yield self._label_table()

    def _cell(self, name: str, score: MetricValue) -> str:
        """Return a score; the intervals of some only, so that the table fits a terminal."""
        return brief_cell(score if name in WITH_INTERVALS else MetricValue(score.value), places=2)

    def _label_table(self) -> RenderableType:
        table = start_table("label", "given from", *(name.replace("_", " ") for name in self.per_label))
        for row, label in enumerate(self.labels):
            cells = [self._cell(name, scores[row]) for name, scores in self.per_label.items()]
            add_row(table, label, f"{self.thresholds[row]:.3f}", *cells)
        return table
