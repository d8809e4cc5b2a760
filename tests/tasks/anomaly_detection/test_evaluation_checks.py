"""What makes numbers doubtful is said, with how much of it there is."""

import numpy as np
import pytest

from saccade.tasks.anomaly_detection import evaluation_checks


def only(found):
    (finding,) = found
    return finding


def rows(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)


def test_rows_on_both_sides_are_counted_with_the_anomalies_among_them():
    training = rows(50)
    values, labels = np.concatenate([rows(98, seed=1), training[:2]]), np.array([0] * 99 + [1])
    found = only(evaluation_checks.duplicates(training, values, labels, split="test"))
    assert found.values == {"split": "test", "rows": 2, "anomalies": 1}
    assert found.share == 0.02
    assert found.severity == "warning"
    assert "2 of 100 test rows (2.00%)" in found.title


def test_one_repeated_normal_row_of_many_is_a_note():
    training = rows(50)
    values = np.concatenate([rows(500, seed=1), training[:1]])
    assert only(evaluation_checks.duplicates(training, values, np.zeros(501, int), split="test")).severity == "note"


def test_rows_without_a_duplicate_are_nothing_to_say():
    assert not list(evaluation_checks.duplicates(rows(50), rows(50, seed=1), np.zeros(50, int), split="test"))


def test_missing_values_and_both_zeros_are_alike():
    known = np.array([[np.nan, 0.0], [1.0, 2.0]], np.float32)
    asked = np.array([[np.nan, -0.0], [1.0, np.nan], [np.nan, 1.0]], np.float32)
    asked[0, 0] = np.frombuffer(np.uint32(0xFFC00001).tobytes(), np.float32)[0]  # another bit pattern of NaN
    assert evaluation_checks.same_rows(asked, known).tolist() == [True, False, False]


def test_a_part_with_too_many_anomalies_is_called_purged():
    found = only(evaluation_checks.purged(0.0086, 0.00173, split="test", where="in the whole table"))
    assert "0.860%" in found.title
    assert "0.173%" in found.title
    assert not list(evaluation_checks.purged(0.0020, 0.00173, split="test", where="in the whole table"))


def test_rows_before_the_end_of_training_are_out_of_time():
    found = only(
        evaluation_checks.out_of_time(np.array([1.0, 5.0, np.nan]), np.array([4.0, 5.0, 6.0, np.nan]), split="test")
    )
    assert found.values["rows"] == 1
    assert found.share == 0.25
    assert not list(evaluation_checks.out_of_time(np.array([1.0]), np.array([1.0, 2.0]), split="test"))
    assert not list(evaluation_checks.out_of_time(np.array([np.nan]), np.array([1.0]), split="test"))


@pytest.mark.parametrize(("count", "said"), [(0, False), (1, True), (29, True), (30, False)])
def test_few_anomalies_are_said(count, said):
    labels = np.repeat([1, 0, -1], [count, 100, 5])
    assert bool(list(evaluation_checks.few_anomalies(labels, split="test"))) is said
