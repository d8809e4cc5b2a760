"""Evaluation: how good a network is on one part of the data, with intervals, and how to show it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from saccade.score import Matrix, PerClass, Score, Value
from saccade.showing import as_text

SHOWN_CONFUSIONS = 10


@dataclass(frozen=True)
class Confusion:
    """A mistake that the network makes.

    Attributes:
        true: the true class.
        predicted: what the network says instead.
        count: so many pictures.
        share: of the true class's pictures, 0 to 1.
    """

    true: str
    predicted: str
    count: int
    share: float


@dataclass(frozen=True)
class Baseline:
    """What one gets without learning anything: the training part's most frequent class, always.

    Attributes:
        label: that class.
        accuracy: of saying it of every picture of the part.
    """

    label: str
    accuracy: Score


@dataclass(frozen=True)
class Evaluation:
    """How good a network is on one part of the data.

    Attributes:
        part: "test", "validation" or "train".
        pictures: how many.
        classes: class names, in the order of every per-class score.
        metrics: what each metric of `metrics/` says, by its name.
        baseline: what to beat.
        when: time of the evaluation, UTC, ISO 8601.
        openings: how often the part has been evaluated in this run, this time included.
    """

    part: str
    pictures: int
    classes: tuple[str, ...]
    metrics: Mapping[str, Value]
    baseline: Baseline
    when: str
    openings: int = 1

    @property
    def accuracy(self) -> Score:
        """The share of right answers, with Wilson's interval."""
        return self._score("accuracy")

    @property
    def loss(self) -> Score:
        """The cross-entropy in nats."""
        return self._score("loss")

    def _score(self, name: str) -> Score:
        value = self.metrics[name]
        assert isinstance(value, Score)
        return value

    @property
    def scores(self) -> dict[str, Score]:
        """The metrics that are one number."""
        return {name: value for name, value in self.metrics.items() if isinstance(value, Score)}

    @property
    def per_class(self) -> dict[str, tuple[Score, ...]]:
        """The metrics that are one number a class, in the order of `classes`."""
        return {name: value.scores for name, value in self.metrics.items() if isinstance(value, PerClass)}

    @property
    def confusion(self) -> tuple[tuple[int, ...], ...]:
        """Counts by true class (rows) and predicted class (columns)."""
        value = self.metrics["confusion"]
        assert isinstance(value, Matrix)
        return value.counts

    @property
    def confusions(self) -> list[Confusion]:
        """Every kind of mistake, the most frequent first."""
        found = [
            Confusion(self.classes[true], self.classes[predicted], count, count / sum(row))
            for true, row in enumerate(self.confusion)
            for predicted, count in enumerate(row)
            if count and true != predicted
        ]
        return sorted(found, key=lambda mistake: (-mistake.count, mistake.true, mistake.predicted))

    # As data

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON; scores a class are keyed by the class."""
        return {
            "part": self.part,
            "pictures": self.pictures,
            "when": self.when,
            "classes": list(self.classes),
            "metrics": {name: self._plain(value) for name, value in self.metrics.items()},
            "baselines": {"majority_class": {"class": self.baseline.label, **self.baseline.accuracy.to_dict()}},
            "confusions": [asdict(mistake) for mistake in self.confusions[:SHOWN_CONFUSIONS]],
        }

    def _plain(self, value: Value) -> Any:
        if isinstance(value, Score):
            return value.to_dict()
        if isinstance(value, PerClass):
            return {name: score.to_dict() for name, score in zip(self.classes, value.scores, strict=True)}
        return [list(row) for row in value.counts]

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

    def to_csv(self) -> str:
        """Return the scores a class as CSV."""
        header, rows = self.per_class_table()
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        return text.getvalue()

    # For reading

    def __rich__(self) -> RenderableType:
        """Show itself on a terminal: Console().print(evaluation)."""
        return Group(*self._shown())

    def to_text(self, *, width: int = 100) -> str:
        """Return what a terminal shows, as plain text of so many columns."""
        return as_text(self, width=width)

    def _shown(self) -> Iterator[RenderableType]:
        yield Text(f"{self.part}: {self.pictures:,} pictures, {len(self.classes)} classes", "bold")
        if self.openings > 1:
            yield Text(
                f"opened {self.openings} times: the more often one looks and chooses, the less it says",
                "yellow",
            )
        yield self._score_table()
        yield self._class_table()
        if self.confusions:
            yield self._confusion_table()

    def _score_table(self) -> Table:
        table = _table("", "value", "95% interval")
        for name, score in self.scores.items():
            _add(table, name.replace("_", " "), *_cells(score))
        said = f"baseline: always '{self.baseline.label}'"
        _add(table, said, *_cells(self.baseline.accuracy), style="dim")
        return table

    def _class_table(self) -> Table:
        per_class = self.per_class
        table = _table("class", *per_class)
        for row, name in enumerate(self.classes):
            _add(table, name, *(_brief(scores[row]) for scores in per_class.values()))
        return table

    def _confusion_table(self) -> Table:
        table = _table("most frequent mistakes", "pictures", "of the class")
        for mistake in self.confusions[:SHOWN_CONFUSIONS]:
            what = f"{mistake.true} taken for {mistake.predicted}"
            _add(table, what, f"{mistake.count:,}", f"{mistake.share:.1%}")
        return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title=" ")  # a line of air above
    table.add_column(first, overflow="fold")
    for other in others:
        table.add_column(other, justify="right")
    return table


def _add(table: Table, *cells: str, style: str = "") -> None:
    """Add a row of plain text: a class may be called [red], which Rich would take for a colour."""
    table.add_row(*(Text(cell, style) for cell in cells))


def _cells(score: Score) -> Sequence[str]:
    value = "–" if score.value is None else f"{score.value:.4f}"
    return value, "" if score.low is None else f"{score.low:.4f} to {score.high:.4f}"


def _brief(score: Score) -> str:
    """Return a score for a narrow column: ".981 (.967–.989)", "1,024", "–"."""
    if score.value is None:
        return "–"
    if score.low is None:
        return f"{score.value:,}" if isinstance(score.value, int) else f"{score.value:.3f}"
    return f"{score.value:.3f} ({score.low:.3f}–{score.high:.3f})"
