"""Run → Overview: what its network does over images with numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from saccade.core.arrays import Array
from saccade.core.intervals import bootstrap_mean
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.inspection.overviewing import Studied, Study
from saccade.inspection.scoring import Flags, Floats, Scoring, change
from saccade.tasks.regression.conformal import Intervals
from saccade.tasks.regression.measured_images import MeasuredImages


@dataclass(frozen=True)
class NumberScoring(Scoring):
    """Of one number an image; truth (n,) are the true ones.

    Attributes:
        outputs: what the number is called, alone.
        tolerance: farther off than this, an answer is called wrong.
        step: an answer that moves by more counts as another.
        otherwise: why this step.
    """

    outputs: tuple[str, ...]
    tolerance: float
    step: float
    otherwise: str
    answers_in_words = "number"
    strongest = "largest"
    group = "range"
    groups = "ranges"
    are_ordered = True
    on_space = (
        "That layer only measures along one direction of it, so images must lie in the order of their numbers there. "
        "Colours are ranges of the true number with equally many images."
    )
    measure = "mean_absolute_error"
    moved_about = "by how much the number moves"

    def score(self, answers: Floats, truth: Array) -> MetricValue:
        """Return the mean absolute error."""
        return bootstrap_mean(-self.worth(answers, truth))

    def worth(self, answers: Floats, truth: Array) -> Floats:
        """Return how far off each answer is, negative."""
        return np.asarray(-np.abs(answers[:, 0] - truth), np.float64)

    def is_wrong(self, answers: Floats, truth: Array) -> Flags:
        """Return which are farther off than the tolerance."""
        return np.asarray(np.abs(answers[:, 0] - truth) > self.tolerance)

    def differs(self, before: Floats, after: Floats) -> Flags:
        """Return which answers move by more than a step."""
        return np.asarray(self.moved(before, after) > self.step)

    def moved(self, before: Floats, after: Floats) -> Floats:
        """Return by how much each number moves."""
        return np.asarray(np.abs(after - before)[:, 0])

    def scored(self, score: MetricValue) -> str:
        """Return how far off the answers are."""
        return f"the answers {score.value:.4g} off on average"

    def interval(self, score: MetricValue) -> str:
        """Return its ends."""
        low, high = (score.value if each is None else each for each in (score.low, score.high))
        return f"{low:.4g} to {high:.4g}"

    @property
    def wrong_in_words(self) -> str:
        """How far off."""
        return f"answered more than {self.tolerance:.3g} off"

    def changed(self, drop: MetricValue) -> Markup:
        """Return the change of the mean absolute error."""
        return Markup("mean absolute error {}").format(change(drop, scale=1, form="+.3g"))

    def moves(self, moved: MetricValue) -> str:
        """Return by how much the number moves."""
        return f"the number by {moved.value or 0:.3g}"

    def said(self, answer: Floats) -> str:
        """Return the number."""
        return f"{answer[0]:.5g}"

    def true(self, truth: Any) -> str:
        """Return the true number."""
        return f"{float(truth):.6g}"


def study_of(run: Run) -> Study:
    """Return how the images of a run are grouped, and what its answers are worth."""
    intervals = run.load(Intervals)

    def study(dataset: MeasuredImages) -> Studied:
        strata, numbers = dataset.strata(), dataset.of("train")
        scoring = _scoring(dataset.target, intervals, numbers)
        return Studied(strata.labels, strata.classes, dataset.numbers, scoring)

    return study


def _scoring(target: str, intervals: Intervals | None, numbers: NDArray[np.float64]) -> NumberScoring:
    usual = intervals.usual if intervals else None
    if intervals is None or usual is None:
        step = float(numbers.std()) / 2
        otherwise = f"An answer counts as another when it moves by more than half a standard deviation, {step:.3g}."
        return NumberScoring((target,), tolerance=2 * step, step=step, otherwise=otherwise)
    level = intervals.levels[0]
    otherwise = (
        f"An answer counts as another when it moves by more than {level.half_width:.3g}: {level.coverage:.0%} of the "
        "validation images are less far off."
    )
    return NumberScoring((target,), tolerance=usual.half_width, step=level.half_width, otherwise=otherwise)
