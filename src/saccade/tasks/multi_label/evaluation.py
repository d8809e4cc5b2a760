"""MultiLabelEvaluation: how good a network's labels are on one part of the data, and how to show it."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from saccade.core.finding import Finding, shown
from saccade.core.metric_value import MetricValue
from saccade.core.other_data import Other
from saccade.core.rendering import as_text
from saccade.core.typed import checked
from saccade.evaluation.text import add_row, brief_cell, other_lines, score_cells, start_table

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
class Baseline:
    """What a simple means reaches on the same images.

    Attributes:
        name: one of `baseline_answers.BASELINES`.
        score: its mean average precision.
        difference: the network's minus this one, on the same images.
    """

    name: str
    score: MetricValue
    difference: MetricValue

    @property
    def title(self) -> str:
        """Its name for reading."""
        return "shares of the training images" if self.name == "prior" else self.name.replace("_", " ")

    @property
    def sentence(self) -> str:
        """Whether the network beats it, and by how much, in words."""
        gap, what = self.difference, f"the best baseline ({self.title}, {self.score.value:.3f})"
        if gap.low is None or gap.high is None:
            return f"It is exactly as good as {what}." if not gap.value else f"It is compared with {what}."
        if gap.low > 0:
            return f"That is {gap.low:.3f} to {gap.high:.3f} better than {what}."
        if gap.high < 0:
            return f"That is {-gap.high:.3f} to {-gap.low:.3f} worse than {what}: use that, or train longer."
        return f"It does not beat {what}: the difference is between {gap.low:+.3f} and {gap.high:+.3f}."


@dataclass(frozen=True)
class MultiLabelEvaluation:
    """How good a network's labels are on one part of the data.

    Attributes:
        split: "test", "validation" or "train"; "other" for data that are not the run's own.
        images: how many.
        labels: their names, in the order of the network's outputs.
        metrics: "mean_average_precision", "micro_f1", "macro_f1" and "exact_match".
        per_label: "average_precision", "f1", "precision", "recall" and "support", in the order of the labels.
        thresholds: from which probability on each label was given.
        baselines: what to beat, the weakest first; none where the training images are not to be had.
        findings: what is wrong with the network, the worst first.
        when: time of the evaluation, UTC, ISO 8601.
        accesses: how often the split has been evaluated in this run, this time included.
        other_data: which data these are and what to know of them; None for the run's own.
    """

    split: str
    images: int
    labels: tuple[str, ...]
    metrics: Mapping[str, MetricValue]
    per_label: Mapping[str, tuple[MetricValue, ...]]
    thresholds: tuple[float, ...]
    baselines: tuple[Baseline, ...]
    findings: tuple[Finding, ...]
    when: str
    accesses: int = 1
    other_data: Other | None = None

    @property
    def mean_average_precision(self) -> MetricValue:
        """The mean of the labels' average precisions."""
        return self.metrics["mean_average_precision"]

    @property
    def baseline(self) -> Baseline | None:
        """The best baseline: what to beat; None where there are none."""
        return max(self.baselines, key=lambda each: each.score.value or 0, default=None)

    @property
    def verdict(self) -> str:
        """How good the network is, in two sentences; of other data, which they are comes first."""
        score, best = self.mean_average_precision, self.baseline
        interval = "" if score.low is None else f" ({score.low:.3f} to {score.high:.3f})"
        value = "not defined" if score.value is None else f"{score.value:.3f}{interval}"
        lead, called = (self.other_data.lead, "") if self.other_data else ((), f" {self.split}")
        good = f"On {self.images:,}{called} images, mean average precision over {len(self.labels)} labels is {value}."
        return " ".join([*lead, good, *([best.sentence] if best else [])])

    @property
    def headline(self) -> tuple[str, MetricValue]:
        """The measure that lists show, with its name."""
        return "mean average precision", self.mean_average_precision

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""
        return "predictions.csv", "per_label.csv"

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON; scores a label are keyed by the label."""
        return {
            **asdict(self),
            "verdict": self.verdict,
            "metrics": {name: score.to_dict() for name, score in self.metrics.items()},
            "per_label": {
                name: {label: score.to_dict() for label, score in zip(self.labels, scores, strict=True)}
                for name, scores in self.per_label.items()
            },
            "other_data": self.other_data.to_dict() if self.other_data else None,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "MultiLabelEvaluation":
        """Return the evaluation that `to_dict` described, or evaluation.json, where `accesses` are listed."""
        accesses, other = content["accesses"], content["other_data"]
        made = cls(
            **{name: content[name] for name in ("split", "images", "when")},
            labels=tuple(content["labels"]),
            thresholds=tuple(content["thresholds"]),
            metrics={name: MetricValue(**score) for name, score in content["metrics"].items()},
            per_label={
                name: tuple(MetricValue(**score) for score in scores.values())
                for name, scores in content["per_label"].items()
            },
            baselines=tuple(
                Baseline(each["name"], MetricValue(**each["score"]), MetricValue(**each["difference"]))
                for each in content["baselines"]
            ),
            findings=tuple(Finding(**{**each, "examples": ()}) for each in content["findings"]),
            accesses=accesses if isinstance(accesses, int) else len(accesses),
            other_data=Other.from_dict(other) if other else None,
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

    def __rich__(self) -> RenderableType:
        """Show itself on a terminal: Console().print(evaluation)."""
        return Group(*self._lines())

    def to_text(self, *, width: int = 100) -> str:
        """Return what a terminal shows, as plain text of so many columns."""
        return as_text(self, width=width)

    def _lines(self) -> Iterator[RenderableType]:
        if self.other_data:
            yield from other_lines(self.other_data)
        else:
            yield Text(f"{self.split}: {self.images:,} images, {len(self.labels)} labels", "bold")
        if self.accesses > 1:
            opened = f"opened {self.accesses} times: the more often one looks and chooses, the less it says"
            yield Text(opened, "yellow")
        yield self._score_table()
        if self.baseline:
            yield Text(self.baseline.sentence)
        yield from map(shown, self.findings)
        yield self._label_table()

    def _score_table(self) -> RenderableType:
        table = start_table("", "value", "95% interval")
        for name, score in self.metrics.items():
            add_row(table, NAMES[name], *score_cells(score))
        for each in self.baselines:
            add_row(table, f"baseline: {each.title}", *score_cells(each.score), style="dim")
        return table

    def _cell(self, name: str, score: MetricValue) -> str:
        """Return a score; the intervals of some only, so that the table fits a terminal."""
        return brief_cell(score if name in WITH_INTERVALS else MetricValue(score.value))

    def _label_table(self) -> RenderableType:
        table = start_table("label", "given from", *(name.replace("_", " ") for name in self.per_label))
        for row, label in enumerate(self.labels):
            cells = [self._cell(name, scores[row]) for name, scores in self.per_label.items()]
            add_row(table, label, f"{self.thresholds[row]:.3f}", *cells)
        return table
