"""Two multi-label classifiers → which is better on the same test images, and how sure that is."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core.errors import RunError
from saccade.core.run import Run
from saccade.evaluation.run_comparison import refuse_other_tests
from saccade.tasks.multi_label import metrics
from saccade.tasks.multi_label.tagged_images import truth_of
from saccade.tasks.paired_comparison import PairedComparison, ends

Rows = dict[tuple[str, str], list[float]]


@dataclass(frozen=True, kw_only=True)
class Comparison(PairedComparison):
    """Which is better; the difference is the score of the second minus that of the first.

    Attributes:
        mean_average_precision: of the first and of the second.
    """

    mean_average_precision: tuple[float, float]

    BETTER: ClassVar[str] = "better by {least:.4f} to {most:.4f} in mean average precision"
    UNSURE: ClassVar[str] = "between {least:+.4f} and {most:+.4f} better in mean average precision"

    @property
    def lines(self) -> tuple[str, ...]:
        """A line a run, for the terminal."""
        runs = zip((self.first, self.second), self.mean_average_precision, strict=True)
        return tuple(f"{path}: mean average precision {score:.4f}" for path, score in runs)


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
    scores = (_mean(metrics.average_precisions(truth, each)) for each in (one, other))
    return Comparison(
        first=str(first.path),
        second=str(second.path),
        images=len(keys),
        mean_average_precision=(next(scores), next(scores)),
        **ends(metrics.difference(truth, one, other)),
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.nanmean(values))


def _rows(run: Run, tags: tuple[str, ...]) -> Rows:
    """Return the probabilities of each test image, by its name and its labels."""
    return dict(
        run.read_predictions(lambda row: ((row["name"], row["true"]), [float(row[f"p_{tag}"]) for tag in tags]))
    )
