"""RegressionEvaluation: how far off a network is on one part of the data, and how to show it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.console import RenderableType

from saccade.core.metric_value import MetricValue
from saccade.core.safe_json import Json
from saccade.core.type_validation import checked
from saccade.evaluation.text import add_row, start_table
from saccade.tasks import image_evaluation
from saccade.tasks.image_evaluation import ImageEvaluation

NAMES = {"mae": "mean absolute error", "rmse": "root mean squared error", "r2": "R²"}
"""What to call the metrics."""

SHOWN_WORST = 5


@dataclass(frozen=True)
class Baseline(image_evaluation.Baseline):
    """How far off a simple means is on the same images; the difference is its absolute error minus the network's."""

    AS: ClassVar[str] = "as far off as"
    BETTER: ClassVar[str] = "less than"
    WORSE: ClassVar[str] = "more than"
    FORM: ClassVar[str] = ".4g"


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


@dataclass(frozen=True, kw_only=True)
class RegressionEvaluation(ImageEvaluation):
    """How far off a network is on one part of the data; `metrics` are "mae", "rmse" and "r2".

    Attributes:
        target: what the numbers are called; metrics are in their unit.
        coverages: of the intervals; none where there was no validation split.
        worst: names of the images that it is farthest off on, with the true number and its answer.
    """

    target: str
    coverages: tuple[Coverage, ...]
    worst: tuple[tuple[str, float, float], ...]

    NAMES: ClassVar[Mapping[str, str]] = NAMES
    BASELINE: ClassVar[type[image_evaluation.Baseline]] = Baseline

    @property
    def mae(self) -> MetricValue:
        """The mean absolute error."""
        return self.metrics["mae"]

    @property
    def sentence(self) -> str:
        """How far off the network is."""
        mae = self.mae
        interval = "" if mae.low is None else f" ({mae.low:.4g} to {mae.high:.4g})"
        return f"{self.where}, answers are {mae.value:.4g}{interval} off '{self.target}' on average."

    @property
    def title(self) -> str:
        """What the numbers are called."""
        return f"'{self.target}'"

    @property
    def headline(self) -> tuple[str, MetricValue]:
        """The measure that lists show, with its name."""
        return "mae", self.mae

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files beside evaluation.json in the run."""
        return "predictions.csv", "residuals.png"

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        worst = [dict(zip(("name", "true", "predicted"), each, strict=True)) for each in self.worst]
        return {**super().to_dict(), "worst": worst}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "RegressionEvaluation":
        """Return the evaluation that `to_dict` described, or evaluation.json, where `accesses` are listed."""
        made = cls(
            **cls.fields_from(content),
            target=content["target"],
            coverages=tuple(
                Coverage(**{**each, "measured": MetricValue(**each["measured"])}) for each in content["coverages"]
            ),
            worst=tuple((each["name"], each["true"], each["predicted"]) for each in content["worst"]),
        )
        return checked(made)

    def to_csv(self) -> str:
        """Return the metrics as CSV."""
        rows = [f"{name},{score.value},{score.low},{score.high}" for name, score in self.metrics.items()]
        return "\n".join(["metric,value,low,high", *rows]).replace("None", "") + "\n"

    def further_tables(self) -> Iterator[RenderableType]:
        """Yield how often intervals hold the true number, and the images that it is farthest off on."""
        if self.coverages:
            yield self._coverage_table()
        yield self._worst_table()

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
