"""What a training will do is said before it begins, from names and headers of files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.core import recipe as recipes
from saccade.studio.training_wish import TrainingWish
from saccade.tasks import base
from saccade.tasks.outlook import outlook


@pytest.fixture
def folder(tmp_path):
    """Give a function that draws small files: folder({"cat": 12}, side=80)."""

    def make(classes, *, side=80, mode="RGB"):
        rng = np.random.default_rng(0)
        for name, many in classes.items():
            (tmp_path / "photos" / name).mkdir(parents=True)
            for number in range(many):
                shape = (side, side, 3) if mode == "RGB" else (side, side)
                Image.fromarray(rng.integers(0, 255, shape, np.uint8)).save(
                    tmp_path / "photos" / name / f"{number}.png"
                )
        return str(tmp_path / "photos")

    return make


def said(data, **settings):
    recipe = recipes.read("quick", data=data, **settings)
    return base.for_recipe(recipe).outlook(recipe)


def test_few_photos_get_a_linear_layer_that_is_solved_for(folder):
    data = folder({"cat": 6, "dog": 6})
    text = said(data)
    assert text.startswith("12 photos: a linear layer on efficientnet_lite0, pretrained, is solved for")
    assert "pretrained=false" in text
    assert "pretrained=false" not in said(data, pretrained="true")


def test_where_validation_is_large_enough_all_ways_are_named(folder, monkeypatch):
    monkeypatch.setattr("saccade.tasks.outlook.ENOUGH", 2)
    text = said(folder({"cat": 12, "dog": 12}))
    assert "validation chooses: a linear layer on" in text and "; a linear layer on the middle of" in text
    assert text.endswith("quick from random weights.")


def test_given_splits_say_how_many_images_validation_has(folder, monkeypatch):
    monkeypatch.setattr("saccade.tasks.outlook.ENOUGH", 5)
    assert "solved for" in said(folder({"train/cat": 9, "train/dog": 9, "val/cat": 2, "val/dog": 2}))


@pytest.mark.parametrize(("side", "mode", "why"), [(32, "RGB", "below 64 pixels"), (80, "L", "grey images")])
def test_what_is_no_photo_is_trained_from_random_weights(folder, side, mode, why):
    text = said(folder({"cat": 4, "dog": 4}, side=side, mode=mode))
    assert "trained from random weights" in text
    assert why in text


@pytest.mark.parametrize("settings", [{"pretrained": "false"}, {"model": "dense"}])
def test_nothing_is_said_where_the_recipe_says_it(folder, settings):
    assert said(folder({"cat": 4, "dog": 4}), **settings) == ""


def test_a_table_that_names_photos_says_the_same_as_their_folder(folder, monkeypatch):
    photos = Path(folder({"cat": 12, "dog": 12}))
    files = [file.relative_to(photos) for file in sorted(photos.rglob("*.png"))]
    table = photos.parent / "labels.csv"
    table.write_text("path,label\n" + "".join(f"photos/{file},{file.parent}\n" for file in files))
    assert said(str(table)).startswith("24 photos: a linear layer on efficientnet_lite0, pretrained, is solved for")
    monkeypatch.setattr("saccade.tasks.outlook.ENOUGH", 2)
    assert "validation chooses: a linear layer on" in said(str(table))


def test_a_table_without_photos_is_left_to_the_training(tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text("a,b\n1,2\n3,4\n")
    recipe = TrainingWish(data=str(table), recipe="quick", task="classification")
    assert recipe.outlook(tmp_path) == ""


def test_data_without_a_folder_are_left_to_the_training():
    assert outlook(recipes.read("quick", data="digits", pretrained="auto")) == ""


@pytest.mark.parametrize("classes", [{"cat": 6}, {"train/cat": 4, "test/cat": 2}])
def test_one_class_is_pointed_to_anomaly_detection(folder, classes):
    text = said(folder(classes))
    assert "of one class, 'cat'" in text
    assert "anomaly detection" in text


def test_folders_are_no_classes_where_a_file_says_what_each_image_shows(folder):
    data = folder({"cat": 6})
    (Path(data) / "labels.csv").write_text("path,label\ncat/0.png,red\ncat/1.png,blue\n")
    assert "one class" not in said(data)


def test_a_folder_for_all_images_is_no_class(folder):
    assert "one class" not in said(folder({"images": 6}))
