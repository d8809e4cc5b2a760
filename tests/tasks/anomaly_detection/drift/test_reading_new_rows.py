from dataclasses import replace

import numpy as np
import pytest

from saccade.modalities.tables.schema import Column, Schema
from saccade.modalities.tables.streaming import Batch
from saccade.tasks.anomaly_detection.drift import checking
from saccade.tasks.anomaly_detection.drift.checking import _Seen
from saccade.tasks.anomaly_detection.threshold_criterion import read
from saccade.tasks.anomaly_detection.thresholding import choose

pytestmark = pytest.mark.heavy


def batch(first, rows, labels=None):
    """Return rows whose only value is their number."""
    numbers = np.arange(first, first + rows)
    return Batch(numbers[:, None].astype(np.float32), numbers, labels, None)


def test_of_a_long_file_a_random_sample_is_kept_and_all_rows_are_counted(monkeypatch):
    monkeypatch.setattr(checking, "SAMPLE", 500)
    threshold = choose(np.arange(1000.0), asked=read("alarms 10%"))
    seen = _Seen(threshold, np.random.default_rng(0))
    for first in range(0, 10_000, 1000):
        seen.add(batch(first, 1000), np.full(1000, float(first)))
    assert seen.values.shape == (500, 1)
    assert seen.rows == 10_000
    assert np.mean(seen.values) == pytest.approx(5000, abs=400)
    assert np.array_equal(seen.values[:, 0] // 1000 * 1000, seen.scores), "a row keeps its score"
    rate = seen.alarm_rate()
    assert (rate.alarms, rate.rows, rate.labelled) == (9000, 10_000, False)


def test_labelled_anomalies_are_neither_compared_nor_false_alarms():
    threshold = choose(np.arange(1000.0), asked=read("alarms 10%"))
    seen = _Seen(threshold, np.random.default_rng(0))
    labels = np.repeat([0, 1, -1], [60, 30, 10])
    seen.add(batch(0, 100, labels), np.where(labels == 0, 0.0, 5000.0))
    assert seen.values.shape == (70, 1)
    rate = seen.alarm_rate()
    assert (rate.alarms, rate.rows, rate.labelled) == (0, 60, True)


@pytest.mark.parametrize(
    ("times", "time_format", "said"),
    [
        ([1674910800.0, 1674914400.0], "milliseconds", "as milliseconds since 1970, 2023-01-28 13:00 to"),
        ([1.0, 1674914400e3], "", "1970-01-01 to 55045-"),  # another unit than in training shows at once
        ([5.0, 7.0], "elapsed-seconds", "as seconds that have passed, 5 to 7 seconds."),
        ([np.nan, np.nan], "", "'when' of 2 rows cannot be read"),
    ],
)
def test_of_when_the_new_rows_are_is_said_in_the_reading_of_the_training(times, time_format, said):
    seen = _Seen(None, np.random.default_rng(0))
    seen.add(replace(batch(0, 2), times=np.array(times)), np.zeros(2))
    schema = Schema((Column("a", "number"),), time="when", time_format=time_format)
    assert said in " ".join(checking._times(seen, schema))
