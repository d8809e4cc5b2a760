from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saccade.core.errors import DataError
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.splitting import assign_splits


def dataset(labels, splits=None, groups=None):
    labels = np.asarray(labels, np.int64)
    return ImageDataset(
        name="toys",
        source="toys",
        images=np.zeros((len(labels), 2, 2, 1), np.uint8),
        labels=labels,
        classes=tuple(f"c{label}" for label in range(labels.max() + 1)),
        names=np.array([str(row) for row in range(len(labels))]),
        splits=np.array(splits if splits is not None else [""] * len(labels)),
        content_hash="",
        groups=None if groups is None else np.array(groups),
    )


def sizes(found):
    return {split: int((found.splits == split).sum()) for split in ("train", "validation", "test")}


def counts(found, split):
    return np.bincount(found.labels[found.rows(split)], minlength=len(found.classes)).tolist()


def test_every_class_gives_its_share():
    found = assign_splits(dataset([0] * 60 + [1] * 40), validation=0.2, test=0.1, seed=0)
    assert counts(found, "test") == [6, 4]
    assert counts(found, "validation") == [11, 7]
    assert sizes(found) == {"train": 72, "validation": 18, "test": 10}
    assert set(found.reasons[found.splits == "test"]) == {"cut from training, stratified"}
    assert set(found.reasons[found.splits == "train"]) == {"left for training"}


def test_numbers_of_images_are_met_exactly():
    found = assign_splits(dataset(np.arange(103) % 7), validation=11, test=23, seed=0)
    assert sizes(found) == {"train": 69, "validation": 11, "test": 23}


def test_the_same_seed_gives_the_same_cut_and_another_seed_another():
    toys = dataset(np.arange(200) % 2)
    first, again, other = (assign_splits(toys, validation=0.2, test=0.2, seed=seed).splits for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_the_test_part_does_not_depend_on_validation():
    toys = dataset(np.arange(200) % 3)
    small, large = (assign_splits(toys, validation=amount, test=0.2, seed=0) for amount in (0.05, 0.5))
    assert (small.rows("test") == large.rows("test")).all()


def test_given_parts_are_kept_and_validation_is_cut_from_training_only():
    splits = ["train"] * 50 + ["test"] * 20
    found = assign_splits(dataset(np.arange(70) % 2, splits), validation=0.1, test=0.15, seed=0)
    assert sizes(found) == {"train": 45, "validation": 5, "test": 20}
    assert set(found.splits[50:]) == {"test"}
    assert set(found.reasons[50:]) == {"given"}
    assert set(found.reasons[found.splits == "train"]) == {"given"}


def test_given_validation_is_kept():
    splits = ["train"] * 50 + ["validation"] * 10 + ["test"] * 10
    found = assign_splits(dataset(np.arange(70) % 2, splits), validation=0.5, test=0.5, seed=0)
    assert found.splits.tolist() == splits


def test_a_small_test_that_is_cut_from_training_says_what_it_can_show():
    given = dataset([0, 1] * 100, splits=["train"] * 150 + ["validation"] * 50)
    (note,) = assign_splits(given, validation=0.2, test=0.15, seed=0).notes
    assert "the 23 images cut from training are few: 21 right of 23 means an accuracy between 73% and 98%" in note
    assert "30 images here, with split=pooled" in note
    assert assign_splits(given, validation=0.2, test=0.15, seed=0, split="pooled").notes == ()
    large = dataset([0, 1] * 500, splits=["train"] * 800 + ["validation"] * 200)
    assert assign_splits(large, validation=0.2, test=0.15, seed=0).notes == ()


def test_pooled_puts_all_parts_together_and_cuts_anew():
    splits = ["train"] * 50 + ["validation"] * 10 + ["test"] * 40
    found = assign_splits(dataset(np.arange(100) % 2, splits), split="pooled", validation=0.1, test=0.2, seed=0)
    assert sizes(found) == {"train": 72, "validation": 8, "test": 20}
    assert "test" in found.splits[:50]
    assert "given" not in found.reasons


def test_rows_without_a_part_beside_given_ones_are_for_training():
    found = assign_splits(dataset([0, 1] * 4, ["", ""] * 2 + ["test"] * 4), validation=0, test=0.5, seed=0)
    assert found.splits.tolist() == ["train"] * 4 + ["test"] * 4


def test_no_validation_is_allowed():
    found = assign_splits(dataset([0, 1] * 10), validation=0, test=0, seed=0)
    assert set(found.splits) == {"train"}


def test_a_class_of_one_row_stays_in_training_and_is_noted():
    found = assign_splits(dataset([0] * 10 + [1] * 10 + [2]), validation=0.2, test=0.2, seed=0)
    assert found.splits[-1] == "train"
    assert found.notes[0] == "Only one image of 'c2' to train on: none of it went into the test split."


def test_groups_stay_together():
    groups = np.arange(300) // 5
    found = assign_splits(
        dataset(np.arange(300) // 5 % 3, groups=[f"g{g}" for g in groups]), validation=0.1, test=0.2, seed=0
    )
    splits_of_rows = defaultdict(set)
    for group, split in zip(found.groups, found.splits, strict=True):
        splits_of_rows[group].add(split)
    assert all(len(splits) == 1 for splits in splits_of_rows.values())
    assert abs(sizes(found)["test"] - 60) <= 5
    assert min(counts(found, "test")) >= 15
    assert "whole groups" in found.reasons[found.rows("test")[0]]


def test_rows_without_a_group_are_cut_one_by_one():
    found = assign_splits(dataset([0, 1] * 50, groups=["a"] * 50 + [""] * 50), validation=0, test=0.2, seed=0)
    assert set(found.splits[:50]) == {"train"}
    assert 18 <= sizes(found)["test"] <= 20


def test_a_class_in_one_group_stays_in_training():
    groups = ["a"] * 10 + [f"b{row}" for row in range(10)]
    found = assign_splits(dataset([0] * 10 + [1] * 10, groups=groups), validation=0, test=0.2, seed=0)
    assert set(found.splits[:10]) == {"train"}
    assert found.notes == ("Only one group of 'c0' to train on: none of it went into the test split.",)


@pytest.mark.parametrize(("validation", "test"), [(0, 100), (100, 0), (0, 250), (0.5, 99)])
def test_more_than_there_is_cannot_be_cut(validation, test):
    with pytest.raises(DataError, match=r"Cannot cut|No .* split can be cut"):
        assign_splits(dataset([0, 1] * 50), validation=validation, test=test, seed=0)


@pytest.mark.parametrize("amount", [-0.1, 1.5])
def test_amounts_that_mean_nothing_are_refused(amount):
    with pytest.raises(DataError, match="a fraction below 1, or a whole number"):
        assign_splits(dataset([0, 1] * 50), validation=amount, test=0, seed=0)


def test_classes_of_one_row_cannot_be_cut_at_all():
    with pytest.raises(DataError, match="No test split can be cut from the 2 training images of toys"):
        assign_splits(dataset([0, 1]), validation=0, test=0.5, seed=0)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=4, max_size=80),
    st.floats(0.01, 0.9),
    st.floats(0.01, 0.9),
    st.booleans(),
)
def test_training_keeps_every_class_and_every_row_has_a_part(labels, validation, test, grouped):
    toys = dataset(labels, groups=[f"g{row // 2}" for row in range(len(labels))] if grouped else None)
    try:
        found = assign_splits(toys, validation=validation, test=test, seed=0)
    except DataError:
        return
    assert set(found.splits) <= {"train", "validation", "test"}
    assert set(found.labels[found.rows("train")]) == set(labels)
    assert (found.reasons != "").all()


def test_duplicates_stay_together():
    toys = dataset(np.arange(400) % 4)
    same = np.arange(400)
    same[8:] = 8 + np.arange(392) // 4 * 4 + np.arange(392) % 4 // 2  # pairs of neighbours: of two classes each
    found = assign_splits(toys, validation=0.2, test=0.2, seed=0, duplicates=lambda: same)
    for number in np.unique(same):
        assert len(set(found.splits[same == number])) == 1
    assert 70 <= sizes(found)["test"] <= 90
    assert set(found.reasons[(found.splits == "test") & (np.arange(400) >= 8)]) == {
        "cut from training, stratified, with its duplicates"
    }


def test_without_any_duplicates_the_cut_is_what_it_was():
    toys = dataset(np.arange(300) % 7)
    plain = assign_splits(toys, validation=0.2, test=0.2, seed=3)
    searched = assign_splits(toys, validation=0.2, test=0.2, seed=3, duplicates=lambda: np.arange(300)[::-1])
    assert (plain.splits == searched.splits).all()


def test_large_sets_of_duplicates_still_give_every_class_a_share():
    toys = dataset(np.repeat([0, 1], 500))
    scenes = np.arange(1000) // 50  # ten scenes a class, as from films
    found = assign_splits(toys, validation=0.1, test=0.2, seed=0, duplicates=lambda: scenes)
    assert counts(found, "test") == [100, 100]
    assert counts(found, "validation") == [50, 50]


@pytest.mark.parametrize(
    ("labels", "same", "message"),
    [
        (
            [0] * 5 + [1] * 5,
            [0] * 10,
            "all are near-duplicates of one another, and these stay in one split.*duplicates=ignored",
        ),
        ([0] * 5 + [1] * 5, [0] * 5 + [1] * 5, "all are near-duplicates of others of their class.*duplicates=ignored"),
        ([0, 1], [0, 1], "every class needs two images. Add images, or go without: test=0."),
    ],
)
def test_why_nothing_can_be_cut_is_said(labels, same, message):
    with pytest.raises(DataError, match=message):
        assign_splits(dataset(labels), validation=0, test=0.2, seed=0, duplicates=lambda: np.array(same))


def test_other_classes_give_what_a_class_of_duplicates_cannot():
    found = assign_splits(
        dataset([0] * 20 + [1] * 5),
        validation=0,
        test=2,
        seed=0,
        duplicates=lambda: np.array([0] * 20 + [*range(1, 6)]),
    )
    assert counts(found, "test") == [0, 2]
    assert found.notes == (
        "All images of 'c0' (20) are near-duplicates and stay in training: none went into the test split.",
    )


def test_duplicates_with_a_group_keep_the_whole_group_with_them():
    toys = dataset([0, 1] * 50, groups=[f"g{row // 10}" for row in range(100)])
    same = np.arange(100)
    same[95] = same[3]  # joins g0 and g9
    found = assign_splits(toys, validation=0, test=0.3, seed=0, duplicates=lambda: same)
    assert len(set(found.splits[:10]) | set(found.splits[90:])) == 1


def test_no_one_looks_for_duplicates_when_all_parts_are_given():
    toys = dataset([0, 1] * 6, splits=["train", "validation", "test"] * 4)
    assign_splits(toys, validation=0.2, test=0.2, seed=0, duplicates=lambda: pytest.fail("looked"))


def test_a_class_whose_images_are_all_duplicates_of_another_class_is_still_trained_on():
    toys = dataset([0] * 20 + [1] * 20 + [2] * 2)
    same = np.arange(42)
    same[40:] = same[:2]
    for seed in range(20):
        found = assign_splits(toys, validation=0.3, test=0.3, seed=seed, duplicates=lambda: same)
        assert set(found.labels[found.rows("train")]) == {0, 1, 2}
