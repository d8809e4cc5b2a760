"""RegressionEvaluation: how far off a network is on one part of the data, and how to show it."""

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
from saccade.evaluation.text import add_row, other_lines, score_cells, start_table

NAMES = {"mae": "mean absolute error", "rmse": "root mean squared error", "r2": "R²"}
"""What to call the metrics."""


@dataclass(frozen=True)
class Baseline:
    """What a simple means reaches on the same images.

    Attributes:
        name: one of `baseline_answers.BASELINES`.
        mae: its mean absolute error.
        difference: its absolute error minus the network's, image by image; above 0, the network is better.
    """

    name: str
    mae: MetricValue
    difference: MetricValue

    @property
    def title(self) -> str:
        """Its name for reading."""
        return self.name.replace("_", " ")

    @property
    def sentence(self) -> str:
        """Whether the network beats it, and by how much, in words."""
        gap, what = self.difference, f"the best baseline ({self.title}, {self.mae.value:.4g})"
        if gap.low is None or gap.high is None:
            return f"It is exactly as far off as {what}." if not gap.value else f"It is compared with {what}."
        if gap.low > 0:
            return f"That is {gap.low:.4g} to {gap.high:.4g} less than {what}."
        if gap.high < 0:
            return f"That is {-gap.high:.4g} to {-gap.low:.4g} more than {what}: use that, or train longer."
        return f"It does not beat {what}: the difference is between {gap.low:+.4g} and {gap.high:+.4g}."


@dataclass(frozen=True)
class Coverage:
    """How often the true number lies within the interval around an answer.

    Attributes:
        promised: by the validation images, 0 to 1.
        half_width: of the interval, in the unit of the target.
        measured: on the images of the split, with the interval of Clopper and Pearson (1934).
        p_value: that so few lie within it, when the promise holds.
    """

    promised: float
    half_width: float
    measured: MetricValue
    p_value: float


@dataclass(frozen=True)
class RegressionEvaluation:
    """How far off a network is on one part of the data.

    Attributes:
        split: "test", "validation" or "train"; "other" for data that are not the run's own.
        images: how many.
        target: what the numbers are called.
        metrics: "mae", "rmse" and "r2", in the unit of the target.
        baselines: what to beat, the weakest first; none where the training images are not to be had.
        coverages: of the intervals; none where there was no validation split.
        findings: what is wrong with the network, the worst first.
        worst: names of the images that it is farthest off on, with the true number and its answer.
        when: time of the evaluation, UTC, ISO 8601.
        accesses: how often the split has been evaluated in this run, this time included.
        other_data: which data these are and what to know of them; None for the run's own.
    """

    split: str
    images: int
    target: str
    metrics: Mapping[str, MetricValue]
    baselines: tuple[Baseline, ...]
    coverages: tuple[Coverage, ...]
    findings: tuple[Finding, ...]
    worst: tuple[tuple[str, float, float], ...]
    when: str
    accesses: int = 1
    other_data: Other | None = None

    @property
    def mae(self) -> MetricValue:
        """The mean absolute error."""
        return self.metrics["mae"]

    @property
    def baseline(self) -> Baseline | None:
        """The best baseline: what to beat; None where there are none."""
        return min(self.baselines, key=lambda each: each.mae.value or 0, default=None)

    @property
    def verdict(self) -> str:
        """How far off the network is, in two sentences; of other data, which they are comes first."""
        mae, best = self.mae, self.baseline
        interval = "" if mae.low is None else f" ({mae.low:.4g} to {mae.high:.4g})"
        lead, called = (self.other_data.lead, "") if self.other_data else ((), f" {self.split}")
        off = (
            f"On {self.images:,}{called} images, answers are {mae.value:.4g}{interval} off '{self.target}' on average."
        )
        return " ".join([*lead, off, *([best.sentence] if best else [])])

    @property
    def headline(self) -> tuple[str, MetricValue]:
        """The measure that lists show, with its name."""
        return "mae", self.mae

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""
        return "predictions.csv", "residuals.png"

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        plain = asdict(self) | {"verdict": self.verdict}
        return {
            **plain,
            "metrics": {name: score.to_dict() for name, score in self.metrics.items()},
            "worst": [dict(zip(("name", "true", "predicted"), each, strict=True)) for each in self.worst],
            "other_data": self.other_data.to_dict() if self.other_data else None,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "RegressionEvaluation":
        """Return the evaluation that `to_dict` described, or evaluation.json, where `accesses` are listed."""
        accesses, other = content["accesses"], content["other_data"]
        made = cls(
            **{name: content[name] for name in ("split", "images", "target", "when")},
            metrics={name: MetricValue(**score) for name, score in content["metrics"].items()},
            baselines=tuple(_of(Baseline, each, "mae", "difference") for each in content["baselines"]),
            coverages=tuple(_of(Coverage, each, "measured") for each in content["coverages"]),
            findings=tuple(Finding(**{**each, "examples": ()}) for each in content["findings"]),
            worst=tuple((each["name"], each["true"], each["predicted"]) for each in content["worst"]),
            accesses=accesses if isinstance(accesses, int) else len(accesses),
            other_data=Other.from_dict(other) if other else None,
        )
        return checked(made)

    def to_csv(self) -> str:
        """Return the metrics as CSV."""
        rows = [f"{name},{score.value},{score.low},{score.high}" for name, score in self.metrics.items()]
        return "\n".join(["metric,value,low,high", *rows]).replace("None", "") + "\n"

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
            yield Text(f"{self.split}: {self.images:,} images, '{self.target}'", "bold")
        if self.accesses > 1:
            yield Text(
                f"opened {self.accesses} times: the more often one looks and chooses, the less it says", "yellow"
            )
        yield self._score_table()
        if self.baseline:
            yield Text(self.baseline.sentence)
        if self.coverages:
            yield self._coverage_table()
        yield from map(shown, self.findings)
        yield self._worst_table()

    def _score_table(self) -> RenderableType:
        table = start_table("", "value", "95% interval")
        for name, score in self.metrics.items():
            add_row(table, NAMES[name], *score_cells(score))
        for each in self.baselines:
            add_row(table, f"baseline: {each.title}", *score_cells(each.mae), style="dim")
        return table

    def _coverage_table(self) -> RenderableType:
        table = start_table("the true number lies within", "promised", "measured", "95% interval")
        for each in self.coverages:
            measured = each.measured
            within = f"{measured.low:.1%} to {measured.high:.1%}" if measured.low is not None else ""
            add_row(table, f"±{each.half_width:.4g}", f"{each.promised:.0%}", f"{measured.value:.1%}", within)
        return table

    def _worst_table(self) -> RenderableType:
        table = start_table("farthest off", "true", "answer")
        for name, true, predicted in self.worst[:SHOWN_WORST]:
            add_row(table, name, f"{true:.6g}", f"{predicted:.6g}")
        return table


SHOWN_WORST = 5


def _of(kind: Any, plain: Mapping[str, Any], *scores: str) -> Any:
    """Return a dataclass from plain values, some of them scores."""
    return kind(**{**plain, **{name: MetricValue(**plain[name]) for name in scores}})
