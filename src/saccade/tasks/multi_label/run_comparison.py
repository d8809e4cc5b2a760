"""Two multi-label classifiers → which is better on the same test images, and how sure that is."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.evaluation.run_comparison import refuse_other_tests
from saccade.tasks.multi_label import metrics
from saccade.tasks.multi_label.tagged_images import truth_of

Rows = dict[tuple[str, str], list[float]]


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two runs.

    Attributes:
        first, second: the run folders.
        images: test images that both answered.
        mean_average_precision: of the first and of the second.
        difference: of the second minus that of the first.
        low, high: its 95% interval, by a paired bootstrap over images.
    """

    first: str
    second: str
    images: int
    mean_average_precision: tuple[float, float]
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        if self.low <= 0 <= self.high:
            return (
                f"No difference can be shown: the second is between {self.low:+.4f} and {self.high:+.4f} better in "
                f"mean average precision on {self.images:,} images."
            )
        better, sign = (self.second, 1) if self.difference > 0 else (self.first, -1)
        least, most = sorted((sign * self.low, sign * self.high))
        return (
            f"{better} is better by {least:.4f} to {most:.4f} in mean average precision (95% interval on "
            f"{self.images:,} images)."
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """A line a run, for the terminal."""
        runs = zip((self.first, self.second), self.mean_average_precision, strict=True)
        return tuple(f"{path}: mean average precision {score:.4f}" for path, score in runs)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "verdict": self.verdict}


def compare(first: Run, second: Run) -> Comparison:
    """Return which of two evaluated runs is better; raises RunError where their labels or test images differ."""
    tags = tuple(first.data["classes"])
    if tags != tuple(second.data["classes"]):
        raise RunError(f"{first.path} and {second.path} know other labels, so they cannot be compared.")
    rows_first, rows_second = _rows(first, tags), _rows(second, tags)
    refuse_other_tests(first, second, rows_first.keys(), rows_second.keys(), noun="images")
    keys = list(rows_first)
    truth = truth_of(tuple(true for _, true in keys), tags)
    one, other = (np.array([rows[key] for key in keys], np.float32) for rows in (rows_first, rows_second))
    gap = metrics.difference(truth, one, other)
    scores = (_mean(metrics.average_precisions(truth, each)) for each in (one, other))
    value = gap.value or 0.0
    return Comparison(
        first=str(first.path),
        second=str(second.path),
        images=len(keys),
        mean_average_precision=(next(scores), next(scores)),
        difference=value,
        low=value if gap.low is None else gap.low,
        high=value if gap.high is None else gap.high,
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.nanmean(values))


def _rows(run: Run, tags: tuple[str, ...]) -> Rows:
    """Return the probabilities of each test image, by its name and its labels."""
    return dict(
        run.read_predictions(lambda row: ((row["name"], row["true"]), [float(row[f"p_{tag}"]) for tag in tags]))
    )
