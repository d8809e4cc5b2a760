"""Run → Overview: what its network does over images with labels."""

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
from saccade.inspection.scoring import Flags, Floats, Scoring, change, percents
from saccade.tasks.multi_label.tagged_images import NO_LABEL, TaggedImages
from saccade.tasks.multi_label.thresholds import Thresholds, halves


@dataclass(frozen=True)
class LabelScoring(Scoring):
    """Of a probability a label; truth (n, k) is 1 where an image has a label.

    Attributes:
        outputs: the labels.
        thresholds: (k,), from which probability on each is given.
    """

    outputs: tuple[str, ...]
    thresholds: NDArray[np.float64]
    answers_in_words = "labels"
    group = "label"
    groups = "labels"
    on_space = (
        "That layer only draws one flat border a label through it, so images with and without a label must lie apart "
        "here. An image with several labels is drawn with the rarest of them."
    )
    measure = "labels_right"
    moved_about = "by how many points the probability of a label moves"
    otherwise = "An answer counts as another when a label is added or lost."

    def score(self, answers: Floats, truth: Array) -> MetricValue:
        """Return the share of labels that are rightly given or not given."""
        return bootstrap_mean(self.worth(answers, truth))

    def worth(self, answers: Floats, truth: Array) -> Floats:
        """Return the share of each image's labels that are right."""
        return np.asarray((self._given(answers) == truth).mean(axis=1), np.float64)

    def is_wrong(self, answers: Floats, truth: Array) -> Flags:
        """Return which images are given a wrong label, or lack one."""
        return np.asarray((self._given(answers) != truth).any(axis=1))

    def differs(self, before: Floats, after: Floats) -> Flags:
        """Return which images are given other labels."""
        return np.asarray((self._given(before) != self._given(after)).any(axis=1))

    def moved(self, before: Floats, after: Floats) -> Floats:
        """Return by how much the probability of a label moves, the mean over the labels."""
        return np.asarray(np.abs(after - before).mean(axis=1))

    def _given(self, answers: Floats) -> Flags:
        return np.asarray(answers >= self.thresholds)

    def scored(self, score: MetricValue) -> str:
        """Return the share of right labels."""
        return f"{score.value:.1%} of their labels right"

    def interval(self, score: MetricValue) -> str:
        """Return its ends."""
        return percents(score)

    @property
    def wrong_in_words(self) -> str:
        """A label too many or too few."""
        return "given a wrong label or not all of theirs"

    def changed(self, drop: MetricValue) -> Markup:
        """Return the change of the share of right labels in points."""
        return Markup("labels right {} points").format(change(drop, scale=-100))

    def moves(self, moved: MetricValue) -> str:
        """Return by how many points a probability moves."""
        return f"a probability by {100 * (moved.value or 0):.1f} points"

    def said(self, answer: Floats) -> str:
        """Return the labels that are given, with their probabilities."""
        given = self._given(answer)
        rows = zip(self.outputs, answer.tolist(), given.tolist(), strict=True)
        return ", ".join(f"{name} ({value:.0%})" for name, value, is_given in rows if is_given) or NO_LABEL

    def true(self, truth: Any) -> str:
        """Return the labels that the image has."""
        return ", ".join(name for name, has in zip(self.outputs, truth, strict=True) if has) or NO_LABEL


def study_of(run: Run) -> Study:
    """Return how the images of a run are grouped, and what its answers are worth."""
    tags = tuple(run.data["classes"])
    scoring = LabelScoring(tags, (run.load(Thresholds) or halves(tags)).values)

    def study(dataset: TaggedImages) -> Studied:
        strata = dataset.strata()
        return Studied(strata.labels, strata.classes, dataset.truth, scoring)

    return study
