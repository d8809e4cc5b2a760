"""NPZ files and arrays with images, in the forms in use: a new form is one line of a list."""

from pathlib import Path

import numpy as np
import pytest

import saccade
from saccade.core import recipe as recipes
from saccade.core.errors import DataError, RunError
from saccade.core.run import Run
from saccade.modalities.images import recognition
from saccade.modalities.images.given_arrays import source_of
from saccade.modalities.images.loading import load
from saccade.tasks import base
from saccade.tasks.modality import is_table

LABELS = np.array([0, 1, 0, 1, 1, 0])
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), dtype=np.uint8)
GREY = IMAGES[..., 0]
NAMES = np.array(["cat", "dog"])

# arrays, and what is expected of the six images: splits and pixels
FORMS = {
    "x_train, y_train, x_test, y_test, classes": {
        "x_train": IMAGES[:4], "y_train": LABELS[:4], "x_test": IMAGES[4:], "y_test": LABELS[4:], "classes": NAMES},
    "MedMNIST": {
        "train_images": IMAGES[:3], "train_labels": LABELS[:3, None], "val_images": IMAGES[3:5],
        "val_labels": LABELS[3:5, None], "test_images": IMAGES[5:], "test_labels": LABELS[5:, None]},
    "images, labels": {"images": IMAGES, "labels": LABELS},
    "X, y": {"X": IMAGES, "y": LABELS},
    "data, target": {"data": IMAGES, "target": LABELS},
    "arr_0, arr_1": {"arr_0": IMAGES, "arr_1": LABELS},
    "Xtrain, Ytrain": {"Xtrain": IMAGES, "Ytrain": LABELS},
    "labels as text": {"images": IMAGES, "labels": NAMES[LABELS]},
    "labels as bytes": {"images": IMAGES, "labels": NAMES[LABELS].astype("S")},
    "labels as floats": {"images": IMAGES, "labels": LABELS.astype(np.float32)},
    "labels one-hot": {"images": IMAGES, "labels": np.eye(2)[LABELS]},
    "labels from 1": {"images": IMAGES, "labels": LABELS + 1, "class_names": NAMES},
    "0 to 1": {"images": IMAGES / np.float32(255), "labels": LABELS},
    "0 to 255 as floats": {"images": IMAGES.astype(np.float64), "labels": LABELS},
    "whole numbers": {"images": IMAGES.astype(np.int64), "labels": LABELS},
    "16 bit": {"images": IMAGES.astype(np.uint16) * 257, "labels": LABELS},
    "channels first": {"images": IMAGES.transpose(0, 3, 1, 2), "labels": LABELS},
    "with transparency": {"images": np.concatenate([IMAGES, np.full_like(IMAGES[..., :1], 255)], 3), "labels": LABELS},
    "more arrays": {"images": IMAGES, "labels": LABELS, "ids": np.arange(6), "masks_of_three": np.zeros(3)},
}  # fmt: skip


def saved(tmp_path, arrays, name="t.npz"):
    np.savez(tmp_path / name, **arrays)
    return tmp_path / name


@pytest.mark.parametrize("name", FORMS)
def test_arrays_are_read_in_every_form(tmp_path, name):
    path = saved(tmp_path, FORMS[name])
    assert not is_table(str(path))
    listing = recognition.read(path)
    assert (listing.pixels == IMAGES).all()
    assert listing.labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize("images", [GREY, GREY[..., None]])
def test_grey_images_may_lack_the_axis_of_channels(tmp_path, images):
    assert recognition.read(saved(tmp_path, {"x": images, "y": LABELS})).pixels.shape == (6, 5, 4, 1)


def test_black_and_white_may_be_truth(tmp_path):
    listing = recognition.read(saved(tmp_path, {"x": GREY > 99, "y": LABELS}))
    assert set(np.unique(listing.pixels).tolist()) == {0, 255}


def test_splits_and_classes_come_from_the_arrays(tmp_path):
    listing = recognition.read(saved(tmp_path, FORMS["MedMNIST"]))
    assert listing.splits.tolist() == ["train"] * 3 + ["validation"] * 2 + ["test"]
    assert listing.classes == ("0", "1")
    assert recognition.read(saved(tmp_path, FORMS["labels from 1"])).classes == ("cat", "dog")


NOTES = {
    "Images from 'x_train' with the labels 'y_train', 'x_test' with the labels 'y_test'.":
        "x_train, y_train, x_test, y_test, classes",
    "Images from 'images' with the labels 'labels'. Not used: 'ids', 'masks_of_three'.": "more arrays",
    "The images of shape (3, 5, 4) were read as channels first.": "channels first",
    "The values of the images run from 0 to 1: 0 was taken for black, 1 for white.": "0 to 1",
    "The values of the images run from 0 to 255: 255 was taken for white.": "0 to 255 as floats",
    "The labels run from 1 to 2: 1 was taken for 'cat'.": "labels from 1",
}  # fmt: skip


@pytest.mark.parametrize("note", NOTES)
def test_it_is_said_how_arrays_were_read(tmp_path, note):
    images = {"images": np.linspace(0, 1, IMAGES.size).reshape(IMAGES.shape)} if "from 0 to 1:" in note else {}
    images |= {"images": np.linspace(0, 255, IMAGES.size).reshape(IMAGES.shape)} if "0 to 255:" in note else {}
    assert note in recognition.read(saved(tmp_path, FORMS[NOTES[note]] | images)).notes


ERRORS = {
    "negative": ({"images": IMAGES / 127.5 - 1, "labels": LABELS}, "shifted or standardised"),
    "too large": ({"images": IMAGES * 3.0, "labels": LABELS}, "Expected 0 to 255, or 0 to 1"),
    "NaN": ({"images": np.full((6, 5, 4), np.nan), "labels": LABELS}, "hold NaN"),
    "volumes": ({"images": np.zeros((6, 5, 4, 7)), "labels": LABELS}, r"have the shape \(6, 5, 4, 7\)"),
    "two channels": ({"images": IMAGES[..., :2], "labels": LABELS}, "with 1, 3 or 4 channels"),
    "fewer labels": ({"images": IMAGES, "labels": LABELS[:5]}, "has 6 images but 5 labels"),
    "no labels": ({"images": IMAGES, "ids_of_three": np.arange(3.0)}, "but no labels for them. Found: images"),
    "two labels": (
        {"images": IMAGES, "fine_labels": LABELS, "coarse_labels": LABELS}, "several arrays .* --label fine_labels"),
    "two images": ({"left": IMAGES, "right": IMAGES, "labels": LABELS}, "images in 'left' and in 'right'"),
    "several labels an image": ({"images": IMAGES, "labels": np.ones((6, 3), int)}, "several labels.*multi-label"),
    "no label in a row": ({"images": IMAGES, "labels": np.zeros((6, 3), int)}, "6 images of .* have no label"),
    "measurements": ({"images": IMAGES, "labels": LABELS + 0.5}, "are no classes: they hold 0.5"),
    "other sizes in test": (
        {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, 1:], "y_test": LABELS}, "different shapes: 4×4×3"),
    "labels beyond the names": ({"images": IMAGES, "labels": LABELS * 5, "classes": NAMES}, "2 classes have names"),
    "objects beside": ({"images": IMAGES, "labels": np.array([{}] * 6)}, "holds Python objects, which could run code"),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_arrays_that_cannot_be_used_are_refused(tmp_path, name):
    arrays, message = ERRORS[name]
    with pytest.raises(DataError, match=message):
        recognition.read(saved(tmp_path, arrays))


def test_the_user_says_which_labels_are_meant(tmp_path):
    arrays = {"images": IMAGES, "fine_labels": LABELS, "coarse_labels": LABELS * 0}
    assert recognition.read(saved(tmp_path, arrays), label="fine_labels").labels.tolist() == LABELS.tolist()


def test_a_test_split_without_labels_is_left_out(tmp_path):
    listing = recognition.read(saved(tmp_path, {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES}))
    assert len(listing.names) == 6
    assert "Not used: 'x_test'." in listing.notes[-1]


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-40], lambda raw: raw[:300], lambda raw: b"PK" + raw[20:]])
def test_a_damaged_file_is_refused(tmp_path, spoil):
    path = saved(tmp_path, FORMS["images, labels"])
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError):
        load(str(path))


def test_x_with_two_axes_is_a_table_of_rows(tmp_path):
    assert is_table(str(saved(tmp_path, {"X": np.zeros((6, 3)), "y": LABELS})))


# Arrays of a program

PAIR = (IMAGES, LABELS)
GIVEN = {
    "a pair": (PAIR, {"": 6}),
    "a list": ([IMAGES.tolist(), NAMES[LABELS].tolist()], {"": 6}),
    "training and test": ((PAIR, PAIR), {"train": 6, "test": 6}),
    "training, validation, test": ((PAIR, PAIR, PAIR), {"train": 6, "validation": 6, "test": 6}),
    "by name": ({"training": PAIR, "dev": PAIR}, {"train": 6, "validation": 6}),
    "text as objects": ((IMAGES, NAMES[LABELS].astype(object)), {"": 6}),
}


@pytest.mark.parametrize("name", GIVEN)
def test_arrays_become_a_file_that_holds_the_same(name):
    data, sizes = GIVEN[name]
    listing = recognition.read(Path(source_of(data)))
    assert dict(zip(*np.unique(listing.splits, return_counts=True), strict=True)) == sizes
    assert (listing.pixels[:6] == IMAGES).all()
    assert source_of(data) == source_of(data)


@pytest.mark.parametrize(
    "data",
    [IMAGES, (IMAGES,), (IMAGES, LABELS[:5]), (LABELS, IMAGES), (1, 2), None, {"cats": PAIR}, {"train": IMAGES}],
)
def test_what_is_no_pair_of_images_and_labels_is_refused(data):
    with pytest.raises(DataError, match="Expected a name, a path, or arrays"):
        source_of(data)


def test_a_run_finds_the_arrays_that_it_was_trained_on(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    data = (rng.integers(0, 256, (60, 8, 8), dtype=np.uint8), NAMES[np.arange(60) % 2])
    settled, dataset = base.prepare(recipes.read("quick", data=source_of(data)), quiet=True)
    run = Run.create(settled, runs=tmp_path / "runs")
    run.write_data(dataset.record())
    run.write_split(dataset.split_rows())
    next((tmp_path / "cache" / "arrays").glob("*.npz")).unlink()
    with pytest.raises(DataError, match=r"no longer in the cache.*Give them again, in Python: data=\(images, labels\)"):
        base.reload(run)
    with pytest.raises(RunError, match="have changed"):
        base.reload(run, data=(data[0][:40], data[1][:40]))
    assert base.reload(run, data=data).splits.tolist() == dataset.splits.tolist()
    assert len(base.reload(run).names) == 60  # they are there again


def test_the_python_face_takes_arrays(monkeypatch):
    asked = []
    monkeypatch.setattr(base, "prepare", lambda recipe, *, quiet: asked.append(recipe.data) or 1 / 0)
    for verb in (lambda: saccade.train(data=PAIR), lambda: saccade.check(PAIR)):
        with pytest.raises(ZeroDivisionError):
            verb()
    assert asked == [source_of(PAIR)] * 2
