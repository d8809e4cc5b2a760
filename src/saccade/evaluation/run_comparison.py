"""Two runs → which is better on the same test images or rows, and how sure that is."""

from collections.abc import Set
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from saccade.core.data_identity import source_hash
from saccade.core.errors import RunError
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.tasks.anomaly_detection.metrics import difference as rank_difference
from saccade.tasks.anomaly_detection.metrics import rankings

RESAMPLES = 10_000
CERTAIN = 0.05
"""A p-value below this counts as a difference that chance does not explain."""


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two runs.

    Attributes:
        first, second: the run folders.
        images: test images that both answered.
        accuracy: of the first and of the second, 0 to 1.
        only_first, only_second: images that only one of them has right.
        difference: accuracy of the second minus that of the first.
        low, high: its 95% interval, by a paired bootstrap.
        p_value: of the exact McNemar test that neither is better (McNemar 1947; Dietterich 1998).
    """

    first: str
    second: str
    images: int
    accuracy: tuple[float, float]
    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        if self.p_value >= CERTAIN:
            return (
                f"No difference can be shown: the second is between {_points(self.low)} and {_points(self.high)} "
                f"points better on {self.images:,} images (p = {self.p_value:.2g})."
            )
        better, sign = (self.second, 1) if self.difference > 0 else (self.first, -1)
        least, most = sorted((sign * self.low, sign * self.high))
        return (
            f"{better} is better by {_points(least)} to {_points(most)} points (95% interval on {self.images:,} "
            f"images, p = {self.p_value:.2g})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "verdict": self.verdict}


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
    """

    first: str
    second: str
    rows: int
    prevalence: float
    roc_auc: tuple[MetricValue, MetricValue]
    average_precision: tuple[MetricValue, MetricValue]
    roc_auc_difference: MetricValue
    average_precision_difference: MetricValue

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
        return f"By {measure} {better} is better by {least:.3f} to {most:.3f} (95% interval on {self.rows:,} rows)."

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "verdict": self.verdict}


def compare(first: Run, second: Run) -> Comparison | AnomalyComparison:
    """Return which of two evaluated runs is better on the same test images or rows.

    Both were evaluated before: the comparison reads their predictions and opens no test split again.

    Raises:
        RunError: one is not evaluated yet, they have other tasks or other test images, or rows without labels.
    """
    if first.recipe.task != second.recipe.task:
        raise RunError(
            f"{first.path} is of the task {first.recipe.task} and {second.path} of {second.recipe.task}: there is "
            "nothing to compare. Choose two runs of one task."
        )
    return _compare_anomalies(first, second) if first.recipe.finds_anomalies else _compare_classes(first, second)


def _refuse_other_tests(first: Run, second: Run, ours: Set[object], theirs: Set[object], *, noun: str) -> None:
    same_data = source_hash(first.data["content_hash"]) == source_hash(second.data["content_hash"])
    if ours != theirs or not same_data:
        raise RunError(
            f"{first.path} and {second.path} have other test {noun} ({len(ours & theirs):,} in common of {len(ours):,} "
            f"and {len(theirs):,}), so their scores cannot be compared in pairs. Train both on the same data with the "
            "same --split-seed."
        )


def _compare_classes(first: Run, second: Run) -> Comparison:
    right_first, right_second = _answers(first), _answers(second)
    _refuse_other_tests(first, second, right_first.keys(), right_second.keys(), noun="images")
    names = list(right_first)
    return _paired(
        first, second, np.array([right_first[name] for name in names]), np.array([right_second[name] for name in names])
    )


def _compare_anomalies(first: Run, second: Run) -> AnomalyComparison:
    ours, theirs = _scores(first), _scores(second)
    _refuse_other_tests(first, second, ours.keys(), theirs.keys(), noun="rows")
    labels = np.array([label == "anomaly" for _, label in ours], np.int64)
    if len(set(labels.tolist())) < 2:
        raise RunError(
            "The test rows have no labels of both kinds, normal and anomaly, so nobody can say which run finds more."
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
    )


def _scores(run: Run) -> dict[tuple[str, str], float]:
    """Return the score of each test row or image with a label, by its number or name, and its label."""
    called = "row" if run.of_table else "name"
    rows = run.read_predictions(lambda row: ((row[called], row["label"]), float(row["score"])))
    return {row: score for row, score in rows if row[1]}


def _answers(run: Run) -> dict[tuple[str, str], bool]:
    """Return whether each test image, with its label, was answered right."""
    return dict(run.read_predictions(lambda row: ((row["name"], row["true"]), row["true"] == row["predicted"])))


def difference(right_first: NDArray[np.bool_], right_second: NDArray[np.bool_]) -> MetricValue:
    """Return the accuracy of the second minus that of the first, with the interval of a paired bootstrap.

    Args:
        right_first: (n,), which of the same images the first has right.
        right_second: (n,), likewise.
    """
    only_first, only_second, count = *_alone(right_first, right_second), len(right_first)
    # resampling images is resampling these three counts
    shares = np.array([only_first, only_second, count - only_first - only_second]) / count
    resampled = np.random.default_rng(0).multinomial(count, shares, size=RESAMPLES)
    low, high = np.quantile((resampled[:, 1] - resampled[:, 0]) / count, [0.025, 0.975]).tolist()
    return MetricValue((only_second - only_first) / count, low, high)


def _alone(right_first: NDArray[np.bool_], right_second: NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many images only the first has right, and only the second."""
    return int(np.sum(right_first & ~right_second)), int(np.sum(right_second & ~right_first))


def _paired(first: Run, second: Run, right_first: NDArray[np.bool_], right_second: NDArray[np.bool_]) -> Comparison:
    only_first, only_second = _alone(right_first, right_second)
    gap, differing = difference(right_first, right_second), only_first + only_second
    assert gap.value is not None and gap.low is not None and gap.high is not None
    return Comparison(
        first=str(first.path),
        second=str(second.path),
        images=len(right_first),
        accuracy=(float(right_first.mean()), float(right_second.mean())),
        only_first=only_first,
        only_second=only_second,
        difference=gap.value,
        low=gap.low,
        high=gap.high,
        p_value=float(stats.binomtest(only_second, differing).pvalue) if differing else 1.0,
    )


def _points(share: float) -> str:
    return f"{100 * share:.2f}"
