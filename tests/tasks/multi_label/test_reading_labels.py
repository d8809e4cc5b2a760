import numpy as np
import pytest

from saccade.core.errors import DataError, RecipeError
from saccade.modalities.images.given_arrays import source_of
from saccade.tasks import base
from saccade.tasks.multi_label.reading import separate

TAGS = ("cat", "dog", "frog")


def prepared(recipe):
    return base.prepare(recipe, quiet=True)[1]


def written(truth, joint, *, none="none"):
    return [joint.join(np.array(TAGS)[row == 1]) or none for row in truth]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a|b", "b", ""], [["a", "b"], ["b"], []]),
        (["a, b", "b"], [["a", "b"], ["b"]]),
        (["a+b", "none"], [["a", "b"], []]),
        (["['a', 'b']", '["b"]'], [["a", "b"], ["b"]]),
        (["big cat", "dog"], [["big cat"], ["dog"]]),
    ],
)
def test_what_stands_between_labels_is_found(texts, expected):
    assert separate(texts) == expected


def test_a_column_of_plural_name_may_have_spaces_between():
    assert separate(["haze primary", "clear"], spaces=True) == [["haze", "primary"], ["clear"]]


def test_a_column_for_each_label_is_read(table, recipe_for, corners):
    dataset = prepared(recipe_for(table))
    truth = corners(300)[1]
    assert dataset.tags == TAGS
    assert dataset.truth.tolist() == [truth[int(name[:3])].tolist() for name in dataset.names]
    assert "labels from the 3 columns 'cat' to 'frog'" in dataset.notes[0]


@pytest.mark.parametrize("joint", ["|", ";", "+", " & "])
def test_a_column_of_lists_says_the_same(joint, table, write_table, corners, recipe_for, tmp_path):
    images, truth = corners(300)
    other = write_table(tmp_path, images, written(truth, joint))
    assert np.array_equal(prepared(recipe_for(other)).truth, prepared(recipe_for(table)).truth)


def test_folders_of_combinations_say_the_same(make_images, recipe_for):
    dataset = prepared(recipe_for(make_images({"cat+dog": 20, "cat": 20, "dog": 20, "none": 20})))
    assert dataset.tags == ("cat", "dog")
    assert dataset.truth.sum(axis=0).tolist() == [40, 40]
    assert dataset.counts()["train"]["no label"] > 0


def test_rows_of_zeros_and_ones_are_read_as_medmnist_has_them(corners, recipe_for, tmp_path):
    arrays = {}
    for split, count in {"train": 60, "val": 20, "test": 20}.items():
        arrays[f"{split}_images"], arrays[f"{split}_labels"] = corners(count, seed=count)
    np.savez(tmp_path / "chests.npz", **arrays)
    dataset = prepared(recipe_for(tmp_path / "chests.npz"))
    assert dataset.tags == ("0", "1", "2")
    assert np.array_equal(dataset.of("train"), arrays["train_labels"])
    assert np.array_equal(dataset.of("test"), arrays["test_labels"])


def test_arrays_need_no_file(corners, recipe_for):
    images, truth = corners(80)
    assert np.array_equal(prepared(recipe_for(source_of((images, truth)))).truth, truth)


def test_every_split_gets_its_share_of_each_label(table, recipe_for):
    dataset = prepared(recipe_for(table))
    shares = [dataset.of(split).mean(axis=0) for split in ("train", "validation", "test")]
    assert np.allclose(shares, dataset.truth.mean(axis=0), atol=0.06)


def test_an_empty_cell_is_skipped_and_counted(write_table, corners, recipe_for, tmp_path):
    images, truth = corners(60)
    dataset = prepared(recipe_for(write_table(tmp_path, images, ["", *written(truth, "|")[1:]])))
    assert len(dataset) == 59
    assert dataset.skipped_items[0].reason == "the row has no labels."


@pytest.mark.parametrize(
    ("cells", "header", "message"),
    [
        (["3.5"] * 60, "path,size,", "nothing says their labels|has no labels|All of the"),
        (["cat"] * 60, "path,tags", "All of the 3. training images of .* have the label 'cat'"),
        (["none"] * 60, "path,tags", "none of its 60 images has one"),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused_in_a_sentence(
    cells, header, message, write_table, corners, recipe_for, tmp_path
):
    with pytest.raises(DataError, match=message):
        prepared(recipe_for(write_table(tmp_path, corners(60)[0], cells, header=header)))


def test_one_label_an_image_is_noted(write_table, corners, recipe_for, tmp_path):
    table = write_table(tmp_path, corners(60)[0], ["cat", "dog"] * 30)
    assert "the task classification" in prepared(recipe_for(table)).notes[-1]


def test_settings_for_classes_are_refused(table, recipe_for):
    with pytest.raises(RecipeError, match="is a setting of classification"):
        recipe_for(table, label_smoothing=0.1)


@pytest.mark.heavy
def test_the_data_are_audited(table, recipe_for):
    audit = base.named("multi_label", "images").audit(prepared(recipe_for(table)), quiet=True)
    assert audit.facts["counts"]["train"]["frog"] > 0
