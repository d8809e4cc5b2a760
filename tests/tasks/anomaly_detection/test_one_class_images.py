"""Images of which one class is normal: which one, who is in which split, and what is refused."""

import numpy as np
import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import DataError, RecipeError, UnknownNameError
from saccade.modalities.images.loading import load
from saccade.tasks import base
from saccade.tasks.anomaly_detection.one_class_images import judged

MVTEC = {"train/good": 40, "test/good": 6, "test/scratch": 4, "test/hole": 3, "ground_truth/scratch": 2}


def prepared(data, **changes):
    recipe = recipes.read("image-autoencoder", data=str(data), **changes)
    return base.prepare(recipe, quiet=True)


def of(folder, normal=""):
    return judged(load(str(folder), classify=False, quiet=True), normal=normal)


@pytest.mark.parametrize("name", ["good", "normal", "OK", "Good"])
def test_the_class_of_a_usual_name_is_normal(make_images, name):
    assert of(make_images({"broken": 3, name: 5})).normal == name


def test_the_only_class_is_normal(make_images):
    images = of(make_images({"leaves": 5}))
    assert images.normal == "leaves"
    assert (images.labels == 0).all()


def test_a_class_can_be_said_to_be_normal_also_as_a_number():
    _, images = prepared("digits", normal=7, duplicates="ignored")
    assert set(images.kinds[images.labels == 0].tolist()) == {"7"}


def test_without_a_usual_name_the_classes_are_named(make_images):
    with pytest.raises(RecipeError, match=r"Found the classes cat, cow, and none is called good.*--normal"):
        of(make_images({"cat": 3, "cow": 3}))


def test_a_normal_class_that_is_not_there_suggests_the_nearest(make_images):
    with pytest.raises(UnknownNameError, match="healthy"):
        of(make_images({"healthy": 3, "blight": 3}), normal="helthy")


def test_the_layout_of_mvtec_is_kept_and_calibration_is_cut_from_training(make_images):
    recipe, images = prepared(make_images(MVTEC))
    assert recipe.normal == "good"
    counts = images.counts()
    assert counts["test"] == {"good": 6, "hole": 3, "scratch": 4}
    assert counts["calibration"] == {"good": 6, "hole": 0, "scratch": 0}
    assert counts["validation"]["good"] + counts["train"]["good"] == 34
    assert [(each.name, each.kind) for each in images.skipped_items] == [("ground_truth", "other")]


def test_without_parts_anomalies_are_shared_by_calibration_and_test_only(make_images):
    _, images = prepared(make_images({"good": 40, "torn": 10}), calibration=0.2, test=0.2)
    counts = images.counts()
    assert {split: count["torn"] for split, count in counts.items()} == {
        "train": 0,
        "validation": 0,
        "calibration": 5,
        "test": 5,
    }
    assert counts["calibration"]["good"] == counts["test"]["good"] == 8


def test_anomalies_in_a_given_training_part_go_to_calibration(make_images):
    folder = make_images({"train/good": 30, "train/torn": 5, "val/good": 4, "val/torn": 2, "test/good": 4})
    _, images = prepared(folder)
    assert images.counts()["calibration"]["torn"] == 7
    assert images.counts()["validation"] == {"good": 4, "torn": 0}


def test_the_same_image_is_in_one_part_only(make_images):
    folder = make_images({"good": 30}, size=(20, 20))
    for number in range(10):
        (folder / "good" / f"copy{number}.png").write_bytes((folder / "good" / "0.png").read_bytes())
    _, images = prepared(folder, calibration=0.2, test=0.2)
    copies = np.array([name.startswith("good/copy") or name == "good/0.png" for name in images.names.tolist()])
    assert len(set(images.splits[copies].tolist())) == 1


def test_another_seed_is_another_split_and_the_same_seed_the_same(make_images):
    folder = make_images({"good": 40})
    first, again, other = (prepared(folder, split_seed=seed)[1].splits for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_some_rows_keep_their_kinds(make_images):
    images = of(make_images({"good": 4, "torn": 2}))
    few = images.only(np.array([5, 0]))
    assert few.kinds.tolist() == ["torn", "good"]
    assert few.labels.tolist() == [1, 0]


def test_without_normal_images_to_train_on_it_is_said_where_they_belong(make_images):
    with pytest.raises(DataError, match=r"normal images|belong into train"):
        prepared(make_images({"train/torn": 5, "test/good": 5}), normal="good")


def test_a_folder_without_class_folders_is_refused(make_images):
    with pytest.raises(DataError, match="not in class folders"):
        prepared(make_images({"": 5}))


def test_a_classifier_still_needs_two_classes(make_images):
    with pytest.raises(DataError, match="at least two classes"):
        base.prepare(recipes.read("quick", data=str(make_images({"good": 5}))), quiet=True)


@pytest.mark.parametrize("option", [{"label": "Class"}, {"time": "Time"}, {"columns": {"a": "ignore"}}])
def test_what_is_for_tables_is_refused(make_images, option):
    with pytest.raises((DataError, RecipeError), match="is for tables"):
        prepared(make_images(MVTEC), **option)


def test_an_autoencoder_of_rows_is_refused_with_those_that_fit(make_images):
    with pytest.raises(RecipeError, match=r"'dense' takes the rows of a table.* is no table.* --model convolutional"):
        prepared(make_images(MVTEC), model="dense")


def test_an_autoencoder_of_images_is_refused_for_a_table(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(RecipeError, match=r"'convolutional' takes images.* is a table.* --model .*dense"):
        prepared(tmp_path / "rows.csv")


def test_a_table_that_names_image_files_is_images(make_images):
    folder = make_images({"good": 20, "torn": 4})
    lines = [f"{path.relative_to(folder)},{path.parent.name}" for path in sorted(folder.rglob("*.png"))]
    (folder / "list.csv").write_text("path,label\n" + "\n".join(lines) + "\n")
    _, images = prepared(folder / "list.csv")
    assert images.normal == "good"


def test_mixed_images_are_refused_and_turned_ones_are_not(make_images):
    folder = make_images(MVTEC)
    prepared(folder, augment={"flip": "both"})
    with pytest.raises(RecipeError, match="mixup"):
        prepared(folder, augment={"mixup": 0.2})


def test_augmentation_of_a_table_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(RecipeError, match="augment changes images"):
        prepared(tmp_path / "rows.csv", model="dense", augment={"flip": "both"})
