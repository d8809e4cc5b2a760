"""Prediction takes what training takes, and says what it does not answer: a new case is a line."""

import gzip
import io
import shutil
import struct
import threading
import time
import warnings
import zipfile

import numpy as np
import polars as pl
import pytest
from PIL import Image

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.skipped_files import by_reason
from saccade.modalities.images import file_kinds
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.streams import Remarks, answered, images

INTAKE = Intake((8, 8, 1), "pad")


@pytest.fixture
def shop(make_images):
    """Images in folders, and a file that is none."""
    folder = make_images({"shoes": 2, "hats/old": 1})
    (folder / "notes.txt").write_text("x")
    return folder


def zipped(shop):
    return shutil.make_archive(str(shop.with_name("packed")), "zip", shop)


def tarred(shop):
    return shutil.make_archive(str(shop.with_name("packed")), "gztar", shop)


def table(shop):
    path = shop / "table.csv"
    path.write_text("path\nhats/old/0.png\nshoes/0.png\nshoes/1.png\n")
    return path


def labelled_table(shop):
    path = shop / "table.parquet"
    names = ["hats/old/0.png", "shoes/0.png", "shoes/1.png"]
    pl.DataFrame({"path": names, "label": ["a", None, "b"]}).write_parquet(path)
    return path


def linked_folder(shop):
    folder = shop.with_name("links")
    folder.mkdir()
    for name in ("shoes", "hats"):
        (folder / name).symlink_to(shop / name)
    (folder / "shoes" / "back").symlink_to(folder)
    return folder


def linked_files(shop):
    folder = shop.with_name("links")
    for name in ("hats/old/0.png", "shoes/0.png", "shoes/1.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(shop / name)
    return folder


@pytest.mark.parametrize(
    "source", [lambda shop: shop, zipped, tarred, table, labelled_table, linked_folder, linked_files]
)
def test_whatever_training_takes_is_found_under_the_names_of_its_source(shop, source):
    path = source(shop)
    remarks = Remarks()
    found = list(images([path], remarks))
    below = f"{path}/" if source not in (zipped, tarred, table, labelled_table) else ""
    assert [each.name.removeprefix(below) for each in found] == ["hats/old/0.png", "shoes/0.png", "shoes/1.png"]
    assert all(each.name.startswith(below) for each in found)
    assert all(INTAKE.read(each, remarks).shape == (8, 8, 1) for each in found)


def test_arrays_of_images_are_found_in_a_folder_without_image_files(tmp_path):
    pixels = np.arange(3 * 5 * 4, dtype=np.uint8).reshape(3, 5, 4)
    for name, values in (("train-images-idx3-ubyte.gz", pixels), ("train-labels-idx1-ubyte.gz", np.zeros(3, np.uint8))):
        head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
        (tmp_path / name).write_bytes(gzip.compress(head + values.tobytes()))
    remarks = Remarks()
    found = list(images([tmp_path], remarks))
    assert [each.name for each in found] == ["train/00000", "train/00001", "train/00002"]
    assert INTAKE.read(found[1], remarks).shape == (8, 8, 1)
    assert remarks.skipped == []


def test_rows_of_a_table_whose_file_is_missing_are_not_answered(shop):
    path = shop / "table.csv"
    path.write_text("path\nshoes/0.png\nshoes/9.png\n")
    missing, there = images([path], Remarks())
    assert (missing.name, there.name) == ("shoes/9.png", "shoes/0.png")
    assert "no such file" in missing.reason


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.zip", b"no archive"), ("a.tar.gz", b"\x1f\x8b"), ("a.csv", b"one,two\nx,y\n"), ("a.parquet", b"PAR1")],
)
def test_a_source_that_cannot_be_read_does_not_stop_the_others(shop, name, content):
    (shop.parent / name).write_bytes(content)
    bad, good = images([shop.parent / name, shop / "shoes" / "0.png"], Remarks())
    assert isinstance(bad, SkippedItem)
    assert name in bad.reason
    assert good.name.endswith("0.png")


@pytest.mark.parametrize("name", ["", "x" * 300, "a\0b", "missing.zip", "missing.png", "folder/missing"])
def test_a_name_of_no_file_does_not_stop_the_others(shop, name):
    remarks = Remarks()
    first, second = images([shop.parent / name if name else shop / "notes.txt", shop / "shoes" / "0.png"], remarks)
    assert isinstance(first if isinstance(first, SkippedItem) else INTAKE.read(first, remarks), SkippedItem)
    assert INTAKE.read(second, remarks).shape == (8, 8, 1)


def test_names_in_the_folder_at_hand_have_no_dot(shop, monkeypatch):
    monkeypatch.chdir(shop)
    assert [each.name for each in images(["."], Remarks())] == ["hats/old/0.png", "shoes/0.png", "shoes/1.png"]


def test_a_image_that_a_table_names_twice_is_answered_once(shop):
    path = shop / "table.csv"
    path.write_text("path\nshoes/0.png\nshoes/0.png\n")
    remarks = Remarks()
    assert [each.name for each in images([path], remarks)] == ["shoes/0.png"]
    assert "more than once" in remarks.skipped[0].reason


def test_formats_that_are_not_read_stand_in_their_place_and_other_files_beside(shop, monkeypatch):
    monkeypatch.setattr(file_kinds, "heic_package", lambda: "")
    for name in ("hats/a.heic", "hats/a.nef", "shoes/a.svg", "shoes/a.md"):
        (shop / name).write_bytes(b"")
    remarks = Remarks()
    found = list(images([shop], remarks))
    assert [each.name.rpartition("/")[2] for each in found if isinstance(each, SkippedItem)] == [
        "a.heic",
        "a.nef",
        "a.svg",
    ]
    assert len(found) == 6
    (skipped,) = by_reason(remarks.skipped)
    assert skipped.what == "2 × no image by its name: 1 × .md, 1 × .txt"


def test_a_folder_of_other_files_says_what_it_has(shop):
    for name in ("shoes", "hats"):
        shutil.rmtree(shop / name)
    with pytest.raises(DataError, match=r"nothing to predict: no images, only 1 × no image by its name: \.txt"):
        list(images([shop], Remarks()))


def animation(folder):
    first, *rest = (Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue"))
    first.save(folder / "moving.gif", save_all=True, append_images=rest)
    return folder / "moving.gif"


def predicted(paths, remarks=None):
    return dict(answered(lambda images: images, list, paths, INTAKE.read, remarks))


def test_further_pages_are_remarked_and_the_first_is_answered(shop):
    remarks = Remarks()
    path = animation(shop)
    assert list(predicted([path], remarks)) == [str(path)]
    (skipped,) = by_reason(remarks.skipped)
    assert skipped.what == "page 1 of each is used; 2 pages of 1 file not"


def test_python_warns_of_further_pages_but_not_of_a_text_file(shop):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(predicted([shop])) == 3
    with pytest.warns(UserWarning, match="page 1 of each is used; 2 pages of 1 file not"):
        predicted([animation(shop)])


def test_a_zip_of_loose_images_in_a_folder_needs_no_classes(tmp_path):
    content = io.BytesIO()
    Image.new("L", (8, 8)).save(content, "PNG")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.png", content.getvalue())
        packed.writestr("__MACOSX/a.png", b"x")
    assert list(predicted([tmp_path / "a.zip"])) == ["a.png"]


# Images are read ahead, on all cores


def named(count):
    return [f"{number}.png" for number in range(count)]


def number_of(found):
    return int(found.content.stem)


def one_pixel(found, remarks):
    return np.full((1, 1, 1), number_of(found), np.uint8)


def test_answers_come_in_order_whichever_image_is_read_first():
    def read(found, remarks):
        time.sleep(0.05 * (number_of(found) % 5 == 0))
        remarks.skipped.append(SkippedItem(found.name, "page 2.", kind="page"))
        return one_pixel(found, remarks)

    remarks, taken = Remarks(), []
    found = list(
        answered(
            lambda pixels: pixels,
            lambda pixels: pixels.ravel().tolist(),
            named(20),
            read,
            remarks,
            taken=lambda each: taken.append(each.name),
        )
    )
    assert found == [(name, number) for number, name in enumerate(named(20))]
    assert [each.name for each in remarks.skipped] == taken == named(20)


def test_images_are_read_while_the_network_answers():
    """The network's answer waits for the reading of images behind its own batch."""
    read_all, count = threading.Event(), iter(range(130))

    def read(found, remarks):
        if next(count) > 100:
            read_all.set()
        return one_pixel(found, remarks)

    def answer(pixels):
        assert len(pixels) < 10 or read_all.wait(30)
        return pixels.ravel().tolist()

    assert len(list(answered(answer, list, named(129), read, Remarks()))) == 129


def test_large_images_do_not_pile_up():
    waiting, most = set(), [0]

    def read(found, remarks):
        waiting.add(found.name)
        most[0] = max(most[0], len(waiting))
        return np.zeros((1000, 1000, 3), np.uint8)

    def answer(pixels):
        return [0] * len(pixels)

    for name, _ in answered(answer, list, named(120), read, Remarks()):
        waiting.discard(name)
    assert most[0] <= 64 + 64_000_000 // 3_000_000


def test_large_images_are_answered_few_at_a_time():
    asked = []

    def answer(pixels):
        asked.append(len(pixels))
        return pixels[:, 0, 0, 0]

    def large(found, remarks):
        return np.broadcast_to(np.uint8(1), (2000, 2000, 1))

    assert len(list(answered(answer, list, named(20), large, Remarks()))) == 20
    assert max(asked) <= 4  # of 4 MB each


def test_who_stops_asking_stops_the_reading():
    begun = []

    def read(found, remarks):
        begun.append(found.name)
        time.sleep(0.01)
        return one_pixel(found, remarks)

    answers = answered(lambda pixels: pixels, list, named(10_000), read, Remarks())
    next(answers)
    answers.close()
    time.sleep(0.1)
    assert len(begun) < 200
