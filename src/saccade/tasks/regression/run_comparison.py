"""Two regressions → which is less far off on the same test images, and how sure that is."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from saccade.core.intervals import bootstrap_mean
from saccade.core.run import Run
from saccade.evaluation.run_comparison import refuse_other_tests
from saccade.tasks.paired_comparison import PairedComparison, ends


@dataclass(frozen=True, kw_only=True)
class Comparison(PairedComparison):
    """Which is less far off; the difference is the error of the first minus that of the second.

    Attributes:
        mae: mean absolute error of the first and of the second.
        closer_first, closer_second: images on which one is less far off than the other.
    """

    mae: tuple[float, float]
    closer_first: int
    closer_second: int

    BETTER: ClassVar[str] = "{least:.4g} to {most:.4g} less far off"
    UNSURE: ClassVar[str] = "between {least:+.4g} and {most:+.4g} less far off"

    @property
    def lines(self) -> tuple[str, ...]:
        """A line a run, for the terminal."""
        closer = (self.closer_first, self.closer_second)
        runs = zip((self.first, self.second), self.mae, closer, strict=True)
        return tuple(f"{path}: MAE {mae:.4f}; closer on {count:,} images" for path, mae, count in runs)


def compare(first: Run, second: Run) -> Comparison:
    """Return which of two evaluated runs is less far off; raises RunError where their test images differ."""
    errors_first, errors_second = _errors(first), _errors(second)
    refuse_other_tests(first, second, errors_first.keys(), errors_second.keys(), noun="images")
    names = list(errors_first)
    one, other = (np.array([errors[name] for name in names]) for errors in (errors_first, errors_second))
    return Comparison(
        first=str(first.path),
        second=str(second.path),
        images=len(names),
        mae=(float(one.mean()), float(other.mean())),
        closer_first=int(np.sum(one < other)),
        closer_second=int(np.sum(other < one)),
        **ends(bootstrap_mean(one - other)),
    )


def _errors(run: Run) -> dict[tuple[str, str], float]:
    """Return how far off the answer for each test image, with its number, was."""
    return dict(
        run.read_predictions(
            lambda row: ((row["name"], row["true"]), abs(float(row["predicted"]) - float(row["true"])))
        )
    )
