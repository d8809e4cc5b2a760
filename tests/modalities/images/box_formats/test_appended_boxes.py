import json

import pytest

from saccade.core.errors import DataError
from saccade.modalities.images import box_recognition
from saccade.modalities.images.box_formats import appended_boxes
from saccade.modalities.images.label_file import LabelFile, SaidBox, Word
from saccade.modalities.images.loading import load

SIZE = (30, 40)  # height and width


@pytest.fixture
def said(tmp_path, photo, truth):
    """Give the label file of photos, which says the truth of them, and one photo more."""
    file = LabelFile.beside(tmp_path, kind="boxes")
    for name in truth:
        photo(name)
    photo("nobody.jpg")
    file.append_boxes([word(name, *boxes) for name, boxes in truth.items()])
    return file


def word(name, *boxes, size=SIZE):
    return Word(name, None, boxes=tuple(SaidBox(label, tuple(sides)) for label, *sides in boxes), size=size)


def coco(folder, names, *, ignored=0):
    images = [{"id": number, "file_name": name, "width": 40, "height": 30} for number, name in enumerate(names)]
    boxes = [{"image_id": each["id"], "category_id": 1, "bbox": [2, 2, 10, 10], "iscrowd": ignored} for each in images]
    content = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "fox"}]}
    (folder / "boxes.json").write_text(json.dumps(content))


def test_what_was_drawn_is_read_from_the_folder_and_from_the_file(said, boxes, truth):
    for source in (said.path.parent, said.path):
        assert boxes(source) == {name: sorted(of) for name, of in truth.items()}


def test_an_image_of_which_nothing_is_said_is_left_out_and_counted(said, read):
    found = read(said.path)
    assert sorted(each.path.name for each in found.images) == ["empty.jpg", "größe 2.png", "one.jpg"]
    assert "1 image without a word was left out." in found.notes


def test_a_word_that_is_taken_back_is_left_out(said, boxes):
    said.append_boxes([Word("one.jpg", None)])
    assert "one.jpg" not in boxes(said.path)


def test_the_address_finds_the_boxes_as_they_were(said, boxes, read):
    before, address = boxes(said.path), read(said.path).address
    said.append_boxes([word("one.jpg"), word("nobody.jpg", ("cat", 1, 1, 5, 5))])
    assert address.endswith("labels.jsonl@3")
    assert boxes(said.path) != before
    assert boxes(said.path.with_name(address.rpartition("/")[2])) == before


def test_a_photo_that_exif_turns_has_its_boxes_as_it_is_seen(tmp_path, photo, boxes):
    photo("turned.jpg", size=(40, 30), orientation=6)  # seen, it is 30 wide and 40 high
    LabelFile.beside(tmp_path, kind="boxes").append_boxes([word("turned.jpg", ("cat", 1, 30, 9, 39), size=(40, 30))])
    assert boxes(tmp_path) == {"turned.jpg": [("cat", 1.0, 30.0, 9.0, 39.0)]}


def test_a_photo_that_was_resized_since_has_its_boxes_scaled(tmp_path, photo, boxes):
    photo("one.jpg", size=(80, 60))
    LabelFile.beside(tmp_path, kind="boxes").append_boxes([word("one.jpg", ("cat", 1, 2, 9, 8))])
    assert boxes(tmp_path) == {"one.jpg": [("cat", 2.0, 4.0, 18.0, 16.0)]}


def test_words_stand_over_the_boxes_of_other_files(tmp_path, photo, boxes, read):
    for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg"):
        photo(name)
    coco(tmp_path, ["a.jpg", "b.jpg", "c.jpg"])
    file = LabelFile.beside(tmp_path, folders="annotations", kind="boxes")
    file.append_boxes([word("b.jpg", ("cat", 1, 1, 5, 5)), Word("c.jpg", None), word("d.jpg")])
    assert boxes(tmp_path) == {
        "a.jpg": [("fox", 2.0, 2.0, 12.0, 12.0)],
        "b.jpg": [("cat", 1.0, 1.0, 5.0, 5.0)],
        "d.jpg": [],
    }
    assert not [each for each in read(tmp_path).skipped_items if each.name == "d.jpg"]


def test_what_other_files_call_ignored_stays_so(tmp_path, photo, read):
    photo("a.jpg")
    photo("b.jpg")
    coco(tmp_path, ["a.jpg"], ignored=1)
    LabelFile.beside(tmp_path, folders="annotations", kind="boxes").append_boxes([word("b.jpg", ("cat", 1, 1, 5, 5))])
    found = {each.name: each.objects[0].is_ignored for each in read(tmp_path).images}
    assert found == {"a.jpg": True, "b.jpg": False}


def test_other_files_do_not_count_where_the_first_line_does_not_say_so(tmp_path, photo, boxes):
    photo("a.jpg")
    photo("b.jpg")
    LabelFile.beside(tmp_path, kind="boxes").append_boxes([word("b.jpg", ("cat", 1, 1, 5, 5))])
    coco(tmp_path, ["a.jpg"])
    assert set(boxes(tmp_path)) == {"b.jpg"}


def test_an_image_that_is_gone_is_skipped_and_said(said, read):
    (said.path.parent / "one.jpg").unlink()
    reasons = {each.name: each.reason for each in read(said.path).skipped_items}
    assert reasons == {"one.jpg": "there is no such file."}


def test_a_file_without_a_word_that_counts_says_what_to_do(said):
    said.append_boxes([Word(each, None) for each in said.read().last_words])
    with pytest.raises(DataError, match="says nothing yet of the images in .*, 4 in all"):
        appended_boxes.read(said.path)


def test_a_classifier_is_told_that_there_are_boxes(said):
    with pytest.raises(DataError, match="has boxes around objects and not the classes of images"):
        load(said.path, quiet=True)


def test_a_label_file_of_classes_has_no_boxes(tmp_path, photo):
    photo("a.jpg")
    LabelFile.beside(tmp_path).append([("a.jpg", "cat")])
    assert box_recognition.format_of(tmp_path) is None
