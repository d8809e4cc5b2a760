"""Files of boxes in a folder, and the splits that their names say."""

import pytest

from saccade.modalities.images.box_files import MOST_FOLDERS, files_ending, split_by_file, split_by_folders


def test_a_file_of_boxes_is_found_beside_thousands_of_others(tmp_path):
    for number in range(3000):
        (tmp_path / f"{number}.jpg").touch()
    (tmp_path / "_annotations.coco.JSON").touch()
    assert [path.name for path in files_ending(tmp_path, (".json",))] == ["_annotations.coco.JSON"]


def test_only_so_many_folders_are_looked_into(tmp_path):
    for number in range(MOST_FOLDERS + 20):
        (tmp_path / f"{number:03d}").mkdir()
        (tmp_path / f"{number:03d}" / "a.xml").touch()
    assert len(list(files_ending(tmp_path, (".xml",)))) == MOST_FOLDERS - 1


def test_hidden_files_and_folders_that_are_not_there_are_none(tmp_path):
    (tmp_path / ".a.xml").touch()
    assert not list(files_ending(tmp_path, (".xml",)))
    assert not list(files_ending(tmp_path / "nowhere", (".xml",)))


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("annotations/instances_train2017.json", "train"),
        ("instances_val2017.json", "validation"),
        ("valid/_annotations.coco.json", "validation"),
        ("test_labels.csv", "test"),
        ("boxes.json", ""),
    ],
)
def test_files_of_boxes_say_their_split(name, split, tmp_path):
    assert split_by_file(tmp_path / name, tmp_path) == split


def test_the_outermost_folder_says_the_split(tmp_path):
    assert split_by_folders(tmp_path / "images" / "val" / "train" / "a.jpg", tmp_path) == "validation"
    assert split_by_folders(tmp_path / "images" / "a.jpg", tmp_path) == ""
