"""Two regressions → which is less far off on the same test images, and how sure that is."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from saccade.core.intervals import bootstrap_mean
from saccade.core.run import Run
from saccade.evaluation.run_comparison import refuse_other_tests


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two runs.

    Attributes:
        first, second: the run folders.
        images: test images that both answered.
        mae: mean absolute error of the first and of the second.
        closer_first, closer_second: images on which one is less far off than the other.
        difference: error of the first minus that of the second, image by image: above 0, the second is better.
        low, high: its 95% interval, by a paired bootstrap; equal to the difference where all images differ alike.
    """

    first: str
    second: str
    images: int
    mae: tuple[float, float]
    closer_first: int
    closer_second: int
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        if self.low <= 0 <= self.high:
            return (
                f"No difference can be shown: the second is between {-self.high:+.4g} and {-self.low:+.4g} farther off "
                f"on {self.images:,} images."
            )
        better, sign = (self.second, 1) if self.difference > 0 else (self.first, -1)
        least, most = sorted((sign * self.low, sign * self.high))
        return f"{better} is {least:.4g} to {most:.4g} less far off (95% interval on {self.images:,} images)."

    @property
    def lines(self) -> tuple[str, ...]:
        """A line a run, for the terminal."""
        closer = (self.closer_first, self.closer_second)
        runs = zip((self.first, self.second), self.mae, closer, strict=True)
        return tuple(f"{path}: MAE {mae:.4f}; closer on {count:,} images" for path, mae, count in runs)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return {**asdict(self), "verdict": self.verdict}


def compare(first: Run, second: Run) -> Comparison:
    """Return which of two evaluated runs is less far off; raises RunError where their test images differ."""
    errors_first, errors_second = _errors(first), _errors(second)
    refuse_other_tests(first, second, errors_first.keys(), errors_second.keys(), noun="images")
    names = list(errors_first)
    one, other = (np.array([errors[name] for name in names]) for errors in (errors_first, errors_second))
    gap = bootstrap_mean(one - other)
    assert gap.value is not None
    return Comparison(
        first=str(first.path),
        second=str(second.path),
        images=len(names),
        mae=(float(one.mean()), float(other.mean())),
        closer_first=int(np.sum(one < other)),
        closer_second=int(np.sum(other < one)),
        difference=gap.value,
        low=gap.value if gap.low is None else gap.low,
        high=gap.value if gap.high is None else gap.high,
    )


def _errors(run: Run) -> dict[tuple[str, str], float]:
    """Return how far off the answer for each test image, with its number, was."""
    return dict(
        run.read_predictions(
            lambda row: ((row["name"], row["true"]), abs(float(row["predicted"]) - float(row["true"])))
        )
    )
