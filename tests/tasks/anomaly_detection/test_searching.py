"""What a search asks of a detector of anomalies: labels of both kinds to compare by, and what thresholds do."""

from types import SimpleNamespace

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import DataError
from saccade.tasks import base
from saccade.tasks.anomaly_detection.searching import alarms, refuse
from saccade.tuning.held_out_half import HeldOutHalf


def table(path, *, anomalies, labels=True):
    """Return 400 rows in their splits, so many of them anomalies, with a column that says which or without."""
    rng, file = np.random.default_rng(0), path / "rows.csv"
    lines = (
        ",".join([*(f"{value:.3f}" for value in rng.normal(size=3)), *([str(int(row < anomalies))] * labels)])
        for row in range(400)
    )
    file.write_text("\n".join(["a,b,c" + ",bad" * labels, *lines]) + "\n")
    asked = {"data": str(file), "calibration": 0.3, **({"label": "bad"} if labels else {})}
    return base.prepare(recipes.read("ae", **asked), quiet=True)[1]


def test_a_table_with_rows_of_both_kinds_in_each_half_can_be_searched(tmp_path):
    found = table(tmp_path, anomalies=80)
    half = HeldOutHalf.of(found, "calibration", seed=0)
    for each in (half.without(found), half.alone(found)):
        refuse(each)


@pytest.mark.parametrize(
    ("anomalies", "labels"), [pytest.param(0, True, id="no anomaly"), pytest.param(80, False, id="no labels")]
)
def test_rows_without_both_kinds_are_refused_with_what_to_do(tmp_path, anomalies, labels):
    with pytest.raises(DataError, match=r"rows have no labels of both kinds.* --label.* --calibration") as refused:
        refuse(table(tmp_path, anomalies=anomalies, labels=labels))
    assert "train without a search" in str(refused.value)


def test_a_half_without_an_anomaly_is_refused_though_the_other_has_one(tmp_path):
    found = table(tmp_path, anomalies=80)
    rows = [name for name, label, split, _ in found.split_rows() if split == "calibration" and label != "anomaly"]
    normal = HeldOutHalf("calibration", frozenset(rows))
    refuse(found)
    with pytest.raises(DataError, match="in each half"):
        refuse(normal.alone(found))


def judged(false, caught, **missing):
    """Return a run that is evaluated."""
    at_threshold = {"false_alarm_rate": {"value": false}, "recall": {"value": caught}}
    recipe = SimpleNamespace(task="anomaly_detection", threshold="alarms 5%")
    return SimpleNamespace(recipe=recipe, modality="tables", evaluation={"at_threshold": at_threshold} | missing)


def test_the_end_says_how_many_alarms_recipe_and_winner_give_the_mean_over_their_pairs():
    pairs = [(judged(0.02, 0.8), judged(0.03, 0.9)), (judged(0.04, 0.9), judged(0.05, 1.0))]
    [sentence] = alarms(pairs)
    assert "(at most 5% of the normal rows as false alarms)" in sentence
    assert "the recipe raises an alarm for 3.0% of the normal ones and 85.0% of the anomalies" in sentence
    assert "what was found, for 4.0% of the normal ones and 95.0% of the anomalies." in sentence


def test_nothing_is_said_where_a_run_has_no_threshold():
    assert alarms([(judged(0.02, 0.8), judged(0.03, 0.9, at_threshold=None))]) == ()
