"""Baselines of evaluations of images: what is said of them."""

import pytest

from saccade.core.metric_value import MetricValue
from saccade.tasks.image_evaluation import Baseline
from saccade.tasks.regression.evaluation import Baseline as Errors


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (MetricValue(0.2, 0.1, 0.3), "That is 0.100 to 0.300 better than the best baseline (a mean, 0.500)."),
        (
            MetricValue(-0.2, -0.3, -0.1),
            "That is 0.100 to 0.300 worse than the best baseline (a mean, 0.500): use that, or train longer.",
        ),
        (
            MetricValue(0.1, -0.1, 0.3),
            "It does not beat the best baseline (a mean, 0.500): the difference is between -0.100 and +0.300.",
        ),
        (MetricValue(0.0), "It is exactly as good as the best baseline (a mean, 0.500)."),
    ],
)
def test_a_baseline_says_whether_the_network_beats_it(difference, sentence):
    assert Baseline("a_mean", MetricValue(0.5), difference).sentence == sentence


def test_errors_are_less_or_more_not_better():
    assert Errors("mean", MetricValue(12.0), MetricValue(2.0, 1.0, 3.0)).sentence == (
        "That is 1 to 3 less than the best baseline (mean, 12)."
    )
