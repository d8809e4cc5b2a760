"""Evaluation: how good a network is on one part of the data, with intervals, and how to show it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from saccade.calibration import Calibration
from saccade.score import Curve, Matrix, PerClass, Score, Value
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
    """What a simple classifier on raw pixels reaches, trained under the same split.

    Attributes:
        name: a file of `baselines/`.
        accuracy: on the same pictures.
        difference: the network's accuracy minus this one, in pairs: picture by picture.
        trained_on: so many training pictures.
        says: the class that the majority baseline always says; "" for the others.
    """

    name: str
    accuracy: Score
    difference: Score
    trained_on: int
    says: str = ""

    @property
    def title(self) -> str:
        """Its name for reading."""
        return f"always '{self.says}'" if self.says else self.name.replace("_", " ")


@dataclass(frozen=True)
class Abstention:
    """What came of leaving the least sure pictures undecided, at a threshold that validation chose.

    Attributes:
        promised: the share of wrong answers that validation promised to stay below.
        threshold: the least probability that is answered.
        coverage: the share of the part's pictures that is answered.
        error: the share of wrong answers among them.
    """

    promised: float
    threshold: float
    coverage: float
    error: Score


@dataclass(frozen=True)
class Selection:
    """By how much choosing among models by one test part flatters the best of them.

    Attributes:
        models: so many were evaluated on these test pictures, in runs of the same folder.
        best: the run folder of the best.
        accuracy: its accuracy.
        expected: what new pictures would give, chosen like that.
    """

    models: int
    best: str
    accuracy: float
    expected: float

    @property
    def sentence(self) -> str:
        """The result in words."""
        return (
            f"These test pictures have been opened for {self.models} models. Choosing the best of them by it "
            f"({self.best}, {self.accuracy:.4f}) flatters it by about {100 * (self.accuracy - self.expected):.2f} "
            f"points: expect {self.expected:.4f}. Choose by the validation metric instead."
        )


@dataclass(frozen=True)
class Spread:
    """The accuracy over runs of one recipe that differ in their seed only."""

    runs: int
    mean: float
    std: float


@dataclass(frozen=True)
class WithoutTwins:
    """The accuracy on the pictures that have no twin in training or validation.

    Attributes:
        leaked: so many pictures have one, and are left out.
        accuracy: on the others.
    """

    leaked: int
    accuracy: Score


@dataclass(frozen=True)
class Evaluation:
    """How good a network is on one part of the data.

    Attributes:
        part: "test", "validation" or "train".
        pictures: how many.
        classes: class names, in the order of every per-class score.
        metrics: what each metric of `metrics/` says, by its name.
        baselines: what to beat, the majority class first.
        when: time of the evaluation, UTC, ISO 8601.
        openings: how often the part has been evaluated in this run, this time included.
        calibration: how the probabilities were corrected; None when nothing is known.
        uncorrected: loss and calibration error of the same answers before that.
        chance_error: calibration error that 95 of 100 perfectly calibrated networks stay below on so many pictures.
        abstentions: what abstaining at thresholds of the calibration would give.
        selection: what choosing among models by this part does; None for fewer than three models.
        spread: over runs with other seeds; None when there are none.
        without_twins: the accuracy without leaked pictures; None when it was not asked for.
    """

    part: str
    pictures: int
    classes: tuple[str, ...]
    metrics: Mapping[str, Value]
    baselines: tuple[Baseline, ...]
    when: str
    openings: int = 1
    calibration: Calibration | None = None
    uncorrected: Mapping[str, Score] = field(default_factory=dict)
    chance_error: float | None = None
    abstentions: tuple[Abstention, ...] = ()
    selection: Selection | None = None
    spread: Spread | None = None
    without_twins: WithoutTwins | None = None

    @property
    def baseline(self) -> Baseline:
        """The best baseline: what to beat."""
        return max(self.baselines, key=lambda each: each.accuracy.value or 0)

    @property
    def verdict(self) -> str:
        """How good the network is, in two sentences."""
        accuracy, best = self.accuracy, self.baseline
        assert accuracy.value is not None
        interval = "" if accuracy.low is None else f" ({accuracy.low:.1%} to {accuracy.high:.1%})"
        return (
            f"Of {self.pictures:,} {self.part} pictures, {accuracy.value:.1%}{interval} are answered right. "
            f"{_compared(best)}"
        )

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
            "baselines": {each.name: _plain_baseline(each) for each in self.baselines},
            "verdict": self.verdict,
            "openings": self.openings,
            "calibration": self._plain_calibration(),
            "abstentions": [{**asdict(each), "error": each.error.to_dict()} for each in self.abstentions],
            "selection": asdict(self.selection) if self.selection else None,
            "spread": asdict(self.spread) if self.spread else None,
            "without_twins": self._plain_without_twins(),
            "confusions": [asdict(mistake) for mistake in self.confusions[:SHOWN_CONFUSIONS]],
        }

    def _plain(self, value: Value) -> Any:
        if isinstance(value, Score):
            return value.to_dict()
        if isinstance(value, PerClass):
            return {name: score.to_dict() for name, score in zip(self.classes, value.scores, strict=True)}
        if isinstance(value, Curve):
            return {name: list(column) for name, column in value.columns.items()}
        return [list(row) for row in value.counts]

    def _plain_calibration(self) -> dict[str, Any] | None:
        if self.calibration is None:
            return None
        uncorrected = {name: score.to_dict() for name, score in self.uncorrected.items()}
        fitted = {"temperature": self.calibration.temperature, "fitted_on": self.calibration.pictures}
        return {**fitted, "uncorrected": uncorrected, "chance_error": self.chance_error}

    def _plain_without_twins(self) -> dict[str, Any] | None:
        found = self.without_twins
        return {"leaked": found.leaked, "accuracy": found.accuracy.to_dict()} if found else None

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], *, calibration: Calibration | None = None) -> "Evaluation":
        """Return the evaluation that `to_dict` described, or evaluation.json, where `openings` are listed.

        Args:
            content: what was written.
            calibration: of the run; the evaluation only names its temperature.
        """
        openings, corrected = content["openings"], content["calibration"] or {}
        selection, spread, without_twins = (content[name] for name in ("selection", "spread", "without_twins"))
        return cls(
            part=content["part"],
            pictures=content["pictures"],
            classes=tuple(content["classes"]),
            metrics={name: _value(plain) for name, plain in content["metrics"].items()},
            baselines=tuple(_baseline(name, plain) for name, plain in content["baselines"].items()),
            when=content["when"],
            openings=openings if isinstance(openings, int) else len(openings),
            calibration=calibration if corrected else None,
            uncorrected={name: Score(**plain) for name, plain in corrected.get("uncorrected", {}).items()},
            chance_error=corrected.get("chance_error"),
            abstentions=tuple(
                Abstention(**{**each, "error": Score(**each["error"])}) for each in content["abstentions"]
            ),
            selection=Selection(**selection) if selection else None,
            spread=Spread(**spread) if spread else None,
            without_twins=without_twins and WithoutTwins(without_twins["leaked"], Score(**without_twins["accuracy"])),
        )

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
        if self.selection:
            yield Text(self.selection.sentence, "yellow")
        yield self._score_table()
        yield from (Text(sentence) for sentence in self._sentences())
        if self.abstentions:
            yield self._abstention_table()
        yield self._class_table()
        if self.confusions:
            yield self._confusion_table()

    def _score_table(self) -> Table:
        table = _table("", "value", "95% interval")
        for name, score in self.scores.items():
            _add(table, name.replace("_", " "), *_cells(score))
        if self.without_twins:
            left_out = f"accuracy without {self.without_twins.leaked:,} pictures with a twin outside"
            _add(table, left_out, *_cells(self.without_twins.accuracy))
        for each in self.baselines:
            _add(table, f"baseline: {each.title}", *_cells(each.accuracy), style="dim")
        return table

    def _sentences(self) -> Iterator[str]:
        yield _compared(self.baseline)
        if self.calibration and self.uncorrected:
            before, after = (each["calibration_error"].value for each in (self.uncorrected, self.scores))
            yield (
                f"Probabilities are corrected by temperature {self.calibration.temperature:g}, fitted on "
                f"{self.calibration.pictures:,} validation pictures: calibration error {before:.4f} before, "
                f"{after:.4f} after; up to {self.chance_error:.4f} can be chance."
            )
        if self.spread:
            yield (
                f"Over {self.spread.runs} runs with other seeds: mean accuracy {self.spread.mean:.4f}, standard "
                f"deviation {self.spread.std:.4f}."
            )

    def _abstention_table(self) -> Table:
        table = _table("leaving unsure pictures undecided", "answered", "wrong of these")
        for each in self.abstentions:
            wrong = f"{each.error.value:.2%}" if each.error.value is not None else "–"
            _add(table, f"predict --abstain {each.promised:g}", f"{each.coverage:.1%}", wrong)
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


def _compared(baseline: Baseline) -> str:
    """Say whether the network beats a baseline, and by how much."""
    gap, what = baseline.difference, f"the best baseline ({baseline.title}, {baseline.accuracy.value:.1%})"
    if gap.low is None or gap.high is None:
        return f"It is exactly as good as {what}." if not gap.value else f"It is better than {what}."
    low, high = 100 * gap.low, 100 * gap.high
    if low > 0:
        return f"That is {low:.1f} to {high:.1f} points better than {what}."
    if high < 0:
        return f"That is {-high:.1f} to {-low:.1f} points worse than {what}: use that, or train longer."
    return f"It does not beat {what}: the difference is between {low:+.1f} and {high:+.1f} points."


def _value(plain: Any) -> Value:
    """Return the value that was written: a list of rows, numbers by column, scores by class, or one score."""
    if isinstance(plain, list):
        return Matrix(tuple(tuple(row) for row in plain))
    if all(isinstance(each, list) for each in plain.values()):
        return Curve({name: tuple(column) for name, column in plain.items()})
    if all(isinstance(each, dict) for each in plain.values()):
        return PerClass(tuple(Score(**each) for each in plain.values()))
    return Score(**plain)


def _baseline(name: str, plain: Mapping[str, Any]) -> Baseline:
    return Baseline(
        name=name,
        accuracy=Score(*(plain.get(part) for part in ("value", "low", "high"))),
        difference=Score(**plain["difference"]),
        trained_on=plain["trained_on"],
        says=plain.get("class", ""),
    )


def _plain_baseline(baseline: Baseline) -> dict[str, Any]:
    said = {"class": baseline.says} if baseline.says else {}
    difference = {"difference": baseline.difference.to_dict(), "trained_on": baseline.trained_on}
    return {**said, **baseline.accuracy.to_dict(), **difference}


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
