import numpy as np
import pytest

from saccade.core.errors import DataError, RecipeError
from saccade.modalities.images.given_arrays import source_of
from saccade.tasks import base


def prepared(recipe):
    return base.prepare(recipe, quiet=True)[1]


def test_a_table_gives_each_image_its_number(table, recipe_for, bars):
    dataset = prepared(recipe_for(table))
    lengths = bars(200)[1]
    assert dataset.target == "length"
    assert dataset.numbers.tolist() == [lengths[int(name[2:5])] for name in dataset.names]


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        (["long", *range(1, 20)], "says 'long' for 0-000.png, where 'length' should be a finite number"),
        (["nan", *range(1, 20)], "says 'nan' for 0-000.png"),
        (["inf", *range(1, 20)], "says 'inf' for 0-000.png"),
        (['"1,500"', *range(1, 20)], "Write decimals with a point, and nothing between thousands"),
        (['"1,5"', 2.5, *range(1, 19)], "Write decimals with a point"),
        ([7] * 20, "have the number 7: there is nothing to learn"),
    ],
)
def test_numbers_that_cannot_be_learnt_are_refused_in_a_sentence(lengths, message, write_table, tmp_path, recipe_for):
    with pytest.raises(DataError, match=message):
        prepared(recipe_for(write_table(tmp_path, lengths), label="length"))


def test_an_image_without_a_number_is_skipped_and_counted(write_table, tmp_path, recipe_for):
    dataset = prepared(recipe_for(write_table(tmp_path, ["", *range(1, 30)])))
    assert len(dataset) == 29
    assert dataset.skipped_items[0].reason == "the row has no numbers."


def test_of_several_columns_of_numbers_one_must_be_named(write_table, tmp_path, recipe_for):
    lengths = [f"{length},{length / 2},{length % 3}" for length in range(1, 31)]
    table = write_table(tmp_path, lengths, header="path,length,half,kind")
    with pytest.raises(DataError, match="Say which: --label length"):
        prepared(recipe_for(table))
    dataset = prepared(recipe_for(table, label="half"))
    assert (dataset.target, dataset.numbers.max()) == ("half", 15)
    assert "labels from 'half'; not used: 'length', 'kind'." in dataset.notes[0]


def test_a_column_that_is_not_there_is_said(table, recipe_for):
    with pytest.raises(DataError, match="no column 'age'"):
        prepared(recipe_for(table, label="age"))


def test_tables_beside_each_other_are_splits(write_table, tmp_path, recipe_for, bars):
    for seed, (name, count) in enumerate({"train.csv": 40, "val.csv": 20, "test.csv": 10}.items()):
        write_table(tmp_path, bars(count, seed=seed)[1], name=name, seed=seed)
    dataset = prepared(recipe_for(tmp_path))
    assert {split: len(dataset.rows(split)) for split in ("train", "validation", "test")} == {
        "train": 40,
        "validation": 20,
        "test": 10,
    }


def test_arrays_need_no_table(recipe_for, bars):
    images, lengths = bars(60)
    dataset = prepared(recipe_for(source_of((images, lengths))))
    assert np.array_equal(dataset.numbers, lengths)
    assert dataset.image_shape == (8, 8, 1)


def test_folders_that_are_called_by_numbers_give_them(make_images, recipe_for):
    dataset = prepared(recipe_for(make_images({"1.5": 20, "2": 20, "10": 20}), duplicates="ignored"))
    assert sorted(set(dataset.numbers.tolist())) == [1.5, 2, 10]


def test_every_split_gets_its_share_of_small_and_large_numbers(table, recipe_for):
    dataset = prepared(recipe_for(table))
    middle = np.median(dataset.numbers)
    shares = [np.mean(dataset.of(split) > middle) for split in ("train", "validation", "test")]
    assert np.allclose(shares, 0.5, atol=0.08)


@pytest.mark.parametrize("setting", [{"label_smoothing": 0.1}, {"class_weights": "balanced"}, {"overrides": "x.csv"}])
def test_settings_for_classes_are_refused(setting, table, recipe_for):
    with pytest.raises(RecipeError, match="is a setting of classification"):
        recipe_for(table, **setting)


def test_duplicates_with_numbers_far_apart_are_found(write_table, tmp_path, recipe_for, bars):
    lengths = bars(40)[1]
    table = write_table(tmp_path, lengths)
    (tmp_path / "0-001.png").write_bytes((tmp_path / "0-000.png").read_bytes())
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], "0-000.png,1", "0-001.png,19", *lines[3:]]))
    dataset = prepared(recipe_for(table))
    audit = base.named("regression", "images").audit(dataset, quiet=True)
    found = [finding for finding in audit.findings if finding.kind == "duplicates_with_other_numbers"]
    assert found[0].examples == (("0-000.png", "0-001.png"),)


def test_decimal_commas_are_read_where_they_can_be_nothing_else(write_table, tmp_path, recipe_for):
    lengths = [f'"{number},{5 * (number % 2)}"' for number in range(1, 41)]
    dataset = prepared(recipe_for(write_table(tmp_path, lengths)))
    assert sorted(dataset.numbers.tolist()) == [number + 0.5 * (number % 2) for number in range(1, 41)]
