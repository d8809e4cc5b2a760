"""Answers are read, scored and put into words: of classes here, of other tasks in their folders."""

import numpy as np
import pytest

from saccade.core.metric_value import MetricValue
from saccade.inspection.scoring import ClassScoring, change, probabilities, share

SCORING = ClassScoring(("cat", "dog"))
BEFORE = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
AFTER = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])
TRUTH = np.array([0, 1, 0])


def test_classes_are_scored_by_the_most_probable():
    assert SCORING.is_wrong(BEFORE, TRUTH).tolist() == [False, False, True]
    assert SCORING.worth(BEFORE, TRUTH).tolist() == [1, 1, 0]
    assert SCORING.differs(BEFORE, AFTER).tolist() == [False, True, False]
    assert SCORING.moved(BEFORE, AFTER) == pytest.approx([0, 0.2, 0.1])
    assert SCORING.score(BEFORE, TRUTH).value == pytest.approx(2 / 3)
    assert (SCORING.said(BEFORE[2]), SCORING.true(1)) == ("dog (80.0%)", "dog")


def test_logits_become_probabilities_and_probabilities_stay():
    np.testing.assert_allclose(probabilities(np.array([[1000.0, 1000.0]])), [[0.5, 0.5]])
    np.testing.assert_allclose(probabilities(np.array([[0.9, 0.1]])), [[0.9, 0.1]])


def test_a_share_has_an_interval_around_it():
    found = share(np.array([True, True, False]))
    assert found.value == pytest.approx(2 / 3)
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("drop", "scale", "text"),
    [
        (MetricValue(0.1, 0.05, 0.2), -100, '−10.0 <span class="pale">(−20.0 to −5.0)</span>'),
        (MetricValue(2.0, 1.0, 3.0), 1, '+2.0 <span class="pale">(+1.0 to +3.0)</span>'),
        (MetricValue(0.0), -100, "-0.0"),
    ],
)
def test_a_change_is_said_with_its_interval_from_the_lower_end_on(drop, scale, text):
    assert change(drop, scale=scale) == text.replace("-0.0", "−0.0")
