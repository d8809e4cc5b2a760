from dataclasses import dataclass, replace

import numpy as np
import pytest

from saccade.core.errors import DataError
from saccade.tuning.held_out_half import HeldOutHalf


@dataclass(frozen=True)
class Rows:
    """Just enough of a dataset."""

    splits: np.ndarray
    labels: tuple[str, ...]
    noun: str = "images"

    def split_rows(self):
        return (
            (str(n), label, str(split), "")
            for n, (label, split) in enumerate(zip(self.labels, self.splits, strict=True))
        )

    def with_split(self, splits, reasons):
        return replace(self, splits=splits)


def rows(count=60):
    splits = np.array(["train"] * 20 + ["test"] * 20 + ["validation"] * (count - 40))
    return Rows(splits, tuple("abc"[n % 3] for n in range(count)))


def test_half_of_the_validation_rows_is_kept_from_the_search_and_nothing_else():
    data = rows(100)
    held = HeldOutHalf.of(data, "validation", seed=0)
    seen = held.without(data)
    assert len(held.names) == 30
    assert (seen.splits == "validation").sum() == 30
    assert (seen.splits[:40] == data.splits[:40]).all()
    assert not held.names & {name for name, _, split, _ in seen.split_rows() if split}


def test_each_label_is_halved():
    held = HeldOutHalf.of(rows(100), "validation", seed=1)
    kept = [int(name) % 3 for name in held.names]
    assert sorted(np.bincount(kept).tolist()) == [10, 10, 10]


def test_the_same_seed_gives_the_same_half_and_another_another():
    halves = [HeldOutHalf.of(rows(100), "validation", seed=seed).names for seed in (0, 0, 1)]
    assert halves[0] == halves[1] != halves[2]


def test_a_copy_calls_the_half_its_test_and_the_true_test_nothing():
    data = rows(100)
    held = HeldOutHalf.of(data, "validation", seed=0)
    places = {name: split for name, _, split, _ in held.as_test(held.without(data), with_training=False)}
    assert {name for name, split in places.items() if split == "test"} == held.names
    assert set(places.values()) == {"test", ""}
    kept = {name: split for name, _, split, _ in held.as_test(held.without(data), with_training=True)}
    assert {kept[str(n)] for n in range(20)} == {"train"}
    assert {kept[str(n)] for n in range(20, 40)} == {""}


def test_too_few_rows_are_refused_with_what_helps():
    with pytest.raises(DataError, match="there are 10. Raise --validation"):
        HeldOutHalf.of(rows(50), "validation", seed=0)


def test_data_in_other_splits_are_refused():
    held = HeldOutHalf.of(rows(100), "validation", seed=0)
    with pytest.raises(DataError, match="other rows"):
        held.without(replace(rows(100), splits=np.full(100, "train")))
