"""Paired comparisons of two runs: what they say."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from saccade.core.metric_value import MetricValue
from saccade.tasks.paired_comparison import PairedComparison, ends


@dataclass(frozen=True, kw_only=True)
class Comparison(PairedComparison):
    BETTER: ClassVar[str] = "better by {least:.2f} to {most:.2f}"
    UNSURE: ClassVar[str] = "between {least:+.2f} and {most:+.2f} better"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.1, 0.3, "b is better by 0.10 to 0.30 (95% interval on 20 images)."),
        (-0.3, -0.1, "a is better by 0.10 to 0.30 (95% interval on 20 images)."),
        (-0.1, 0.3, "No difference can be shown: the second is between -0.10 and +0.30 better on 20 images."),
    ],
)
def test_the_verdict_names_the_better_run_and_by_how_much(low, high, verdict):
    found = Comparison(first="a", second="b", images=20, difference=(low + high) / 2, low=low, high=high)
    assert found.verdict == found.to_dict()["verdict"] == verdict


def test_where_all_images_differ_alike_the_interval_is_the_difference():
    assert ends(MetricValue(0.5)) == {"difference": 0.5, "low": 0.5, "high": 0.5}
    assert ends(MetricValue(0.5, 0.4, 0.6)) == {"difference": 0.5, "low": 0.4, "high": 0.6}
