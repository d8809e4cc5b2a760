import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade.core import registry
from saccade.core.errors import DataError, UnknownNameError
from saccade.modalities.images import loading
from saccade.modalities.images.loading import load


def test_digits_come_without_a_download():
    dataset = load("digits")
    assert dataset.images.shape == (1797, 8, 8, 1)
    assert dataset.images.max() == 255
    assert dataset.classes == tuple("0123456789")
    assert set(dataset.splits) == {""}
    assert len(set(dataset.names)) == 1797
    assert dataset.licence


def test_arrays_are_resized_and_coloured_as_files_are():
    dataset = load("digits", image_size=12, channels=3, quiet=True)
    assert dataset.images.shape == (1797, 12, 12, 3)
    assert (dataset.images[..., 0] == dataset.images[..., 2]).all()
    assert dataset.content_hash == load("digits").content_hash


@pytest.mark.parametrize(("size", "side"), [((8, 8), 8), ((128, 128), 128), ((129, 129), 96), ((20, 30), 96)])
def test_images_keep_their_size_if_it_is_square_and_small(make_images, size, side):
    assert load(str(make_images({"cat": 1, "dog": 1}, size=size))).image_shape == (side, side, 3)


def test_images_of_several_sizes_get_the_usual_side(make_images):
    make_images({"cat": 2}, size=(10, 10))
    assert load(str(make_images({"dog": 2}, size=(12, 12)))).image_shape == (96, 96, 3)


def test_grey_images_have_one_channel_unless_one_has_colours(make_images):
    folder = make_images({"cat": 2, "dog": 2}, mode="L")
    assert load(str(folder)).image_shape == (8, 8, 1)
    assert load(str(folder), channels=3).image_shape == (8, 8, 3)
    Image.new("RGB", (8, 8), "red").save(folder / "cat" / "red.png")
    assert load(str(folder)).image_shape == (8, 8, 3)
    assert load(str(folder), channels=1).image_shape == (8, 8, 1)


def test_equal_data_have_an_equal_hash_whatever_the_size(make_images):
    folder = make_images({"cat": 2, "dog": 2})
    assert load(str(folder)).content_hash == load(str(folder), image_size=5, channels=1).content_hash
    (folder / "cat" / "0.png").rename(folder / "dog" / "9.png")
    assert load(str(folder)).content_hash != load("digits").content_hash


def test_another_label_is_another_hash(make_images):
    folder = make_images({"cat": 2, "dog": 2})
    before = load(str(folder)).content_hash
    (folder / "cat" / "0.png").rename(folder / "dog" / "9.png")
    assert load(str(folder)).content_hash != before


def test_a_dataset_says_where_it_came_from(make_images, monkeypatch):
    folder = make_images({"train/cat": 2, "train/dog": 2})
    monkeypatch.chdir(folder)
    dataset = load(".")
    assert (dataset.name, dataset.source) == ("photos", ".")
    assert set(dataset.reasons) == {"given"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("blood/data.yaml", "blood"),
        ("blood/cells.yaml", "cells.yaml"),
        ("blood/cells.zip", "cells"),
        ("blood", "blood"),
    ],
)
def test_data_are_called_after_their_file_or_the_folder_that_a_file_describes(path, name):
    assert loading._name(path) == name


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match=r"There is no data set 'mnits'. Did you mean 'mnist'\?.*folder"):
        load("mnits")
    with pytest.raises(UnknownNameError, match="Known: .*invented_films.*mnist"):  # what other tasks bring along, too
        load("xyz")


@pytest.mark.parametrize("source", ["./photos", "nowhere/photos", "photos.zip"])
def test_a_path_that_does_not_exist_is_said_to_be_missing(source):
    with pytest.raises(DataError, match=f"There is no file or folder {source}"):
        load(source)


def test_a_class_without_a_usable_image_is_left_out(make_images):
    folder = make_images({"cat": 2, "dog": 2, "cow": 1})
    (folder / "cow" / "0.png").write_text("moo")
    dataset = load(str(folder))
    assert dataset.classes == ("cat", "dog")
    assert dataset.labels.tolist() == [0, 0, 1, 1]
    assert dataset.notes[0].startswith("No image of 'cow' could be used: left out. The first, cow/0.png: not an image")


def test_one_usable_class_is_too_few(make_images):
    folder = make_images({"cat": 2, "cow": 1})
    (folder / "cow" / "0.png").write_text("moo")
    with pytest.raises(DataError, match="at least two classes"):
        load(str(folder))


def test_one_usable_image_is_too_few(make_images):
    folder = make_images({"cat": 1, "cow": 1})
    (folder / "cow" / "0.png").write_text("moo")
    with pytest.raises(DataError, match=r"two are the least. The first of 1 bad files is cow/0.png: not an image"):
        load(str(folder))


def test_no_usable_image_says_why(make_images):
    folder = make_images({"cat": 1, "cow": 1})
    for path in folder.rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(DataError, match="has no images that can be used.*0 bytes"):
        load(str(folder))


def test_a_image_that_cannot_be_decoded_after_all_counts_too(make_images):
    folder = make_images({"cat": 1, "cow": 1}, size=(40, 40))
    whole = (folder / "cow" / "0.png").read_bytes()
    (folder / "cow" / "0.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="cut short"):
        load(str(folder))


def test_every_named_set_describes_itself():
    descriptions = registry.descriptions("data")
    assert {"cifar10", "digits", "fashion_mnist", "mnist"} <= set(descriptions)
    for name in descriptions:
        module = registry.load("data", name)
        assert module.LICENCE
        assert module.HOMEPAGE.startswith("http")
        assert len(module.IMAGE_SHAPE) == 3
        assert len(module.CLASSES) >= 2
        assert len(set(module.CLASSES)) == 10


@pytest.mark.heavy
def test_loading_needs_neither_keras_nor_polars():
    heavy = "{'keras', 'tensorflow', 'polars', 'sklearn'}"
    code = f"import sys\nimport saccade.modalities.images.loading\nprint({heavy} & set(sys.modules))"
    source = str(Path(loading.__file__).parents[3])
    found = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": source}, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "set()"


def test_labels_and_rows_belong_together(make_images):
    folder = make_images({"cat": 3, "dog": 3})
    dataset = load(str(folder))
    for image, label, name in zip(dataset.images, dataset.labels, dataset.names, strict=True):
        assert dataset.classes[label] == name.split("/")[0]
        assert np.array_equal(image, np.asarray(Image.open(folder / name)))
