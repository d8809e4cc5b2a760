import numpy as np
import pytest

from saccade.core.metric_value import MetricValue
from saccade.tuning.verdict import Verdict, mean_lead


def verdict(lead, **changed):
    settings = {"trial": 3, "changes": {"learning_rate": 0.01}, "measure": "val_accuracy", "seeds": 3, "rows": 100}
    settings |= {"lead": lead, "leads": (0.1, 0.1, 0.1), "led_by": 0.3, "retrained": 0.2, "best_run": "finals/x"}
    settings["seconds"] = 20.0
    return Verdict(**{**settings, **changed})


def test_better_is_said_only_where_the_whole_interval_is_above_zero():
    assert verdict(MetricValue(0.1, 0.02, 0.18)).sentence.startswith("Better than the recipe by 0.1000")
    unsure = verdict(MetricValue(0.1, -0.02, 0.22))
    assert not unsure.is_better
    assert unsure.sentence.startswith("Not better than the recipe, as far as one can tell")
    assert "worse than the recipe by 0.1000" in verdict(MetricValue(-0.1, -0.18, -0.02)).sentence


def test_a_last_training_that_hardly_learnt_says_nothing():
    said = verdict(MetricValue(-0.79, -0.89, -0.69), learnt=0.005)
    assert "cannot be told" in said.sentence and "less than 1%" in said.sentence and "--budget" in said.sentence
    assert said.selection == "" and not said.is_better
    assert not verdict(MetricValue(0.1, 0.02, 0.18), learnt=0.005).is_better
    assert verdict(MetricValue(0.1, 0.02, 0.18), learnt=0.6).is_better
    assert Verdict.from_dict(said.to_dict() | {"worse": 1}) == said


def test_how_much_of_the_lead_was_selection_is_said():
    said = verdict(MetricValue(0.1, 0.02, 0.18)).selection
    assert "led by +0.3000" in said
    assert "it leads by +0.2000 on the same rows: the rest was luck" in said
    assert "no luck" in verdict(MetricValue(0.1, 0.02, 0.18), retrained=0.3).selection
    assert verdict(MetricValue(0.1), led_by=None).selection == ""
    assert "the best was at -0.1000" in verdict(MetricValue(0.1), led_by=-0.1).selection


def test_a_verdict_is_read_as_it_was_written():
    made = verdict(MetricValue(0.1, 0.02, 0.18))
    assert Verdict.from_dict(made.to_dict()) == made


def test_more_seeds_do_not_shrink_what_the_rows_leave_open():
    one = mean_lead([MetricValue(0.1, 0.0, 0.2)])
    many = mean_lead([MetricValue(0.1, 0.0, 0.2)] * 50)
    assert (many.low, many.high) == pytest.approx((one.low, one.high), abs=1e-9)


@pytest.mark.heavy
def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng, rows, hits = np.random.default_rng(0), 200, 0
    for _ in range(300):
        shared = rng.normal(0.02, 0.3, rows)  # how much better on each row, whichever the seeds
        leads = []
        for _ in range(3):
            gains = shared + rng.normal(0, 0.2, rows) + rng.normal(0, 0.01)
            half = 1.96 * gains.std() / np.sqrt(rows)
            leads.append(MetricValue(gains.mean(), gains.mean() - half, gains.mean() + half))
        found = mean_lead(leads)
        hits += found.low <= 0.02 <= found.high
    assert hits / 300 >= 0.93
