from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saccade.core.errors import DataError
from saccade.modalities.tables.duplicate_rows import same_rows
from saccade.modalities.tables.table import ANOMALY, TABLE_SPLITS
from saccade.tasks.anomaly_detection.splitting import split_table


def sizes(table, label=0):
    return {split: int(((table.splits == split) & (table.labels == label)).sum()) for split in TABLE_SPLITS}


def normal(count, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 3))


def test_normal_rows_are_cut_in_exact_numbers(make_table):
    table = split_table(make_table(normal(1000)), validation=0.07, calibration=123, test=0.2)
    assert sizes(table) == {"train": 607, "validation": 70, "calibration": 123, "test": 200}
    assert set(table.reasons[table.splits == "test"]) == {"cut at random"}
    assert set(table.reasons[table.splits == "train"]) == {"left for training"}


def test_anomalies_go_to_calibration_and_test_in_proportion_and_never_to_training(make_table):
    labels = np.arange(1030) >= 1000
    table = split_table(make_table(normal(1030), labels=labels), validation=0.1, calibration=0.1, test=0.2)
    assert sizes(table, ANOMALY) == {"train": 0, "validation": 0, "calibration": 10, "test": 20}
    assert set(table.reasons[labels]) == {"an anomaly, drawn at random"}


def test_of_two_anomalies_each_part_gets_one(make_table):
    table = split_table(make_table(normal(102), labels=np.arange(102) >= 100), calibration=0.01, test=0.5)
    assert sizes(table, ANOMALY) == {"train": 0, "validation": 0, "calibration": 1, "test": 1}


def test_unlabelled_rows_are_cut_like_normal_ones(make_table):
    labels = np.where(np.arange(100) < 40, -1, 0)
    table = split_table(make_table(normal(100), labels=labels), validation=0, calibration=0, test=0.5)
    assert Counter(table.splits.tolist()) == {"train": 50, "test": 50}
    assert (table.labels[table.rows("train")] == -1).any()


def test_the_same_seed_gives_the_same_cut_and_another_seed_another(make_table):
    table = make_table(normal(300), labels=np.arange(300) > 270)
    first, again, other = (split_table(table, seed=seed).splits for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_the_normal_test_rows_do_not_depend_on_the_sizes_of_the_other_parts(make_table):
    table = make_table(normal(300))
    cuts = [split_table(table, validation=v, calibration=c, test=0.2) for v, c in ((0, 0), (0.3, 0.1), (5, 50))]
    assert all((cut.rows("test") == cuts[0].rows("test")).all() for cut in cuts)


@pytest.mark.heavy
@settings(deadline=None)
@given(
    copies=st.lists(st.integers(0, 12), min_size=40, max_size=120),
    seed=st.integers(0, 50),
    test=st.sampled_from([3, 0.2, 0.4]),
)
def test_identical_rows_stay_together(make_table, copies, seed, test):
    values = np.array(copies, np.float32)[:, None] * [1, -1, 0.5]
    try:
        table = split_table(make_table(values), validation=0.1, calibration=0.1, test=test, seed=seed)
    except DataError as error:
        assert "copies" in str(error)
        return
    for row in set(copies):
        assert len(set(table.splits[np.array(copies) == row])) == 1
    assert "train" in table.splits
    for split in ("validation", "calibration", "test"):
        asked = {"test": test}.get(split, 0.1)
        assert np.count_nonzero(table.splits == split) <= np.ceil(asked * len(copies) if asked < 1 else asked)


def test_a_part_that_copies_keep_small_is_noted(make_table):
    values = np.repeat(np.arange(12), 5)
    table = split_table(make_table(values), validation=0, calibration=0, test=7)
    assert sizes(table)["test"] == 5
    assert "identical rows stay together" in table.notes[-1]


def test_same_rows_are_found_where_values_are_missing():
    values = np.array([[1, np.nan], [1, 0], [1, np.nan], [np.nan, 1]], np.float32)
    same = same_rows(values, np.arange(4))
    assert same[0] == same[2]
    assert len(set(same.tolist())) == 3


def test_rows_that_differ_in_any_one_bit_are_different():
    values = np.zeros((65, 2), np.float32)
    for bit in range(64):
        values.view(np.uint64)[bit, 0] = np.uint64(1) << np.uint64(bit)
    assert len(set(same_rows(values, np.arange(65)).tolist())) == 65


def test_with_a_time_column_the_earliest_rows_are_for_training(make_table):
    rng = np.random.default_rng(0)
    times = rng.permutation(200).astype(float)
    table = split_table(make_table(normal(200), times=times), validation=20, calibration=0.1, test=40)
    assert sizes(table) == {"train": 120, "validation": 20, "calibration": 20, "test": 40}
    limits = [(times[table.rows(split)].min(), times[table.rows(split)].max()) for split in TABLE_SPLITS]
    assert limits == [(0, 119), (120, 139), (140, 159), (160, 199)]


def test_in_time_an_anomaly_goes_where_its_moment_lies_or_nowhere(make_table):
    times = np.arange(100.0)
    labels = np.isin(times, (3, 65, 75, 95))
    table = split_table(make_table(normal(100), labels=labels, times=times), validation=0.1, calibration=0.1, test=0.2)
    assert table.splits[[3, 65, 75, 95]].tolist() == ["", "", "calibration", "test"]
    assert table.reasons[[3, 75]].tolist() == ["an anomaly: not to learn from", "an anomaly of that time"]
    assert any("2 known anomalies are in no split" in note for note in table.notes)


def test_random_does_not_look_at_the_time(make_table):
    table = make_table(normal(100), times=np.arange(100.0))
    assert split_table(table, split="random").rows("test").tolist() != list(range(80, 100))


def test_given_parts_are_kept_and_the_others_are_cut_from_training(make_table):
    splits = ["train"] * 70 + ["test"] * 30
    labels = np.isin(np.arange(100), (5, 6, 7, 90, 91))
    table = split_table(make_table(normal(100), labels=labels, splits=splits), validation=10, calibration=20, test=0.5)
    assert table.rows("test").tolist() == list(range(70, 100))
    assert set(table.reasons[70:]) == {"given"}
    assert sizes(table) == {"train": 37, "validation": 10, "calibration": 20, "test": 28}
    assert table.splits[[5, 6, 7]].tolist() == ["calibration"] * 3


def test_pooled_cuts_anew(make_table):
    splits = ["train"] * 70 + ["test"] * 30
    table = split_table(make_table(normal(100), splits=splits), split="pooled", test=10)
    assert sizes(table)["test"] == 10


def test_given_parts_that_are_all_there_need_no_cut(make_table):
    splits = np.repeat(TABLE_SPLITS, 5)
    table = split_table(make_table(normal(20), splits=splits))
    assert (table.splits == splits).all()


def test_known_anomalies_of_given_training_rows_go_to_calibration_not_to_a_given_test(make_table):
    splits = np.repeat(TABLE_SPLITS, 5)
    labels = np.isin(np.arange(20), (0, 6))
    table = split_table(make_table(normal(20), labels=labels, splits=splits))
    assert table.splits[[0, 6]].tolist() == ["calibration", "calibration"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test": 20}, "toys has 20 normal rows to train on and to cut from: too few"),
        ({"test": 0.5, "calibration": 0.5}, "too few"),
        ({"test": -1}, "The test split is to be -1: expected a fraction below 1"),
        ({"validation": 1.5}, "The validation split is to be 1.5"),
    ],
)
def test_what_cannot_be_cut_is_an_error_that_says_why(make_table, options, message):
    with pytest.raises(DataError, match=message):
        split_table(make_table(normal(20)), **options)


def test_without_normal_rows_there_is_nothing_to_learn(make_table):
    with pytest.raises(DataError, match="0 normal rows"):
        split_table(make_table(normal(5), labels=np.ones(5)))


def test_copies_of_one_row_cannot_be_cut(make_table):
    with pytest.raises(DataError, match="copies of a few"):
        split_table(make_table(np.zeros(50)))
