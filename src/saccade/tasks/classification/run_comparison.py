"""Two classifiers → which is better on the same test images, and how sure that is."""

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from saccade.core.finding import plural
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.core.sign_test import sign_test
from saccade.evaluation.run_comparison import common_tests

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
        left_out: test images that only one of them has, or that got another label between the two.
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
    left_out: int = 0

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        if not self.only_first + self.only_second:
            return f"No difference can be shown: both have the same of {plural(self.images, 'image', 'images')} right."
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

    @property
    def lead(self) -> MetricValue:
        """By how much the second is better in accuracy, with its interval."""
        return MetricValue(self.difference, self.low, self.high)

    @property
    def lines(self) -> tuple[str, ...]:
        """A line a run, and one on what was left out, for the terminal."""
        alone = (self.only_first, self.only_second)
        runs = zip((self.first, self.second), self.accuracy, alone, strict=True)
        lines = tuple(
            f"{path}: accuracy {accuracy:.4f}; {plural(only, 'image', 'images')} that only it has right"
            for path, accuracy, only in runs
        )
        return (*lines, *self._omission)

    @property
    def _omission(self) -> tuple[str, ...]:
        if not self.left_out:
            return ()
        return (
            f"left out: {plural(self.left_out, 'test image', 'test images')} that got a label, or another one, between "
            "the two runs",
        )

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "verdict": self.verdict}


def compare(first: Run, second: Run) -> Comparison:
    """Return which of two evaluated classifiers is better, on the test images that have the same label in both.

    Raises:
        RunError: their test images differ, and not only by labels that were added to one file in between.
    """
    right_first, right_second = _answers(first), _answers(second)
    keys = common_tests(first, second, right_first.keys(), right_second.keys(), noun="images")
    one, other = (np.array([right[key] for key in keys]) for right in (right_first, right_second))
    every = {name for name, _ in (*right_first, *right_second)}
    return replace(_paired(first, second, one, other), left_out=len(every) - len(keys))


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
    gap = difference(right_first, right_second)
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
        p_value=sign_test(only_first, only_second),
    )


def _points(share: float) -> str:
    return f"{100 * share:.2f}"
