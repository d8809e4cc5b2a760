"""What names say a split, alone and side by side."""

import time

from each_case import each_case

from saccade.core.split_names import split_of, splits_of

SPLITS = {
    "train": "train Training TRAIN seg_train training_set train_images train-split 01_train trainset TrainImages "
    "x_train train2017 train_224x224 trainval train+validation train(1)",
    "validation": "val valid Validate validation validation_set valset dev eval Evaluation 2_val valid_data",
    "test": "test Testing seg_test test_set test_images testset holdout hold-out held_out unseen_test test2017 "
    "PublicTest",
    "": "trains Trainer strain contest latest positive_test device valley validated train_test_split val_test images "
    "dataset set x cat 2017 _ 训练",
}


@each_case(
    ("name", "split"),
    [(name, split) for split, names in SPLITS.items() for name in names.split()],
)
def test_a_name_says_a_split_or_none(name: str, split: str) -> None:
    assert split_of(name) == split


@each_case(
    "splits",
    [
        {"train": "train", "val": "validation", "eval": "test"},
        {"training": "train", "eval": "validation", "testing": "test"},
        {"train": "train", "evaluation": "test"},
        {"fruits_train": "train", "fruits_test": "test", "annotations": ""},
        {"chestXrayTrain": "train", "chestXrayTest": "test"},
        {"positive test": "", "negative test": ""},
        {"dog_train": "", "dog_test": "", "cat_train": "", "cat_test": ""},
        {"train station": "", "bus station": ""},
    ],
)
def test_names_side_by_side_say_splits_together(splits: dict[str, str]) -> None:
    assert splits_of(splits) == splits


def test_a_long_name_takes_no_time() -> None:
    begin = time.perf_counter()
    assert [split_of("dataset" * length + "q") for length in (8, 36, 10_000)] == ["", "", ""]
    assert time.perf_counter() - begin < 1
