"""Two runs that look for anomalies → which finds more on the same test rows or images, and how sure that is."""

from dataclasses import asdict, dataclass

import numpy as np

from saccade.core.errors import RunError
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.evaluation.run_comparison import refuse_other_tests
from saccade.tasks import base
from saccade.tasks.anomaly_detection.metrics import difference as rank_difference
from saccade.tasks.anomaly_detection.metrics import rankings


@dataclass(frozen=True)
class AnomalyComparison:
    """A paired comparison of two runs that look for anomalies.

    Attributes:
        first, second: the run folders.
        rows: test rows with a label that both scored.
        prevalence: the share of anomalies that average precision speaks of: of both evaluations; where they differ,
            that of these rows.
        roc_auc: of the first and of the second.
        average_precision: likewise.
        roc_auc_difference: of the second minus that of the first, with the interval of a paired bootstrap.
        average_precision_difference: likewise.
        noun: what to call the inputs: "rows", "images".
    """

    first: str
    second: str
    rows: int
    prevalence: float
    roc_auc: tuple[MetricValue, MetricValue]
    average_precision: tuple[MetricValue, MetricValue]
    roc_auc_difference: MetricValue
    average_precision_difference: MetricValue
    noun: str

    @property
    def verdict(self) -> str:
        """The result, a sentence a measure."""
        by_roc_auc = self._better("ROC AUC", self.roc_auc_difference)
        return f"{by_roc_auc} {self._better('average precision', self.average_precision_difference)}"

    def _better(self, measure: str, gap: MetricValue) -> str:
        if gap.value is None or gap.low is None or gap.high is None or gap.low <= 0 <= gap.high:
            between = "" if gap.low is None else f": the second is between {gap.low:+.3f} and {gap.high:+.3f} better"
            return f"By {measure} no difference can be shown{between}."
        better, sign = (self.second, 1) if gap.value > 0 else (self.first, -1)
        least, most = sorted((sign * gap.low, sign * gap.high))
        return (
            f"By {measure} {better} is better by {least:.3f} to {most:.3f} (95% interval on {self.rows:,} {self.noun})."
        )

    @property
    def lead(self) -> MetricValue:
        """By how much the second is better in ROC AUC, with its interval."""
        return self.roc_auc_difference

    @property
    def lines(self) -> tuple[str, ...]:
        """A line a run, for the terminal."""
        runs = zip((self.first, self.second), self.roc_auc, self.average_precision, strict=True)
        return tuple(
            f"{path}: ROC AUC {roc_auc}; average precision {precision} at {self.prevalence:.2%} anomalies"
            for path, roc_auc, precision in runs
        )

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "verdict": self.verdict}


def compare(first: Run, second: Run) -> AnomalyComparison:
    """Return which of two evaluated runs finds more; raises RunError where their test rows or labels differ."""
    noun = base.for_run(first).noun
    ours, theirs = _scores(first), _scores(second)
    refuse_other_tests(first, second, ours.keys(), theirs.keys(), noun=noun)
    labels = np.array([label == "anomaly" for _, label in ours], np.int64)
    if len(set(labels.tolist())) < 2:
        raise RunError(
            f"The test {noun} have no labels of both kinds, normal and anomaly, so nobody can say which run finds more."
        )
    scores = {"first": list(ours.values()), "second": [theirs[row] for row in ours]}
    spoken_of = {run.evaluation["prevalence"] for run in (first, second)}
    share = spoken_of.pop() if len(spoken_of) == 1 else float(labels.mean())
    ranked = rankings(labels, {name: np.array(each) for name, each in scores.items()}, prevalence=share)
    one, other = ranked["first"], ranked["second"]
    return AnomalyComparison(
        first=str(first.path),
        second=str(second.path),
        rows=len(labels),
        prevalence=share,
        roc_auc=(one.roc_auc, other.roc_auc),
        average_precision=(one.average_precision, other.average_precision),
        roc_auc_difference=rank_difference(one, other, "roc_auc"),
        average_precision_difference=rank_difference(one, other, "average_precision"),
        noun=noun,
    )


def _scores(run: Run) -> dict[tuple[str, str], float]:
    """Return the score of each test row or image with a label, by its number or name, and its label."""
    rows = run.read_predictions(lambda row: ((row.get("row") or row["name"], row["label"]), float(row["score"])))
    return {row: score for row, score in rows if row[1]}
