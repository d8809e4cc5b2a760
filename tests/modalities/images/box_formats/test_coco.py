import json

import pytest

NAMES = {3: "cat", 90: "dog"}
NUMBER = {name: number for number, name in NAMES.items()}


def document(truth, *, folder=""):
    images = [
        {"id": 100 + at, "file_name": f"{folder}{name}", "width": 40, "height": 30} for at, name in enumerate(truth)
    ]
    boxes = [
        {
            "image_id": 100 + at,
            "category_id": NUMBER[label],
            "bbox": [left, top, right - left, bottom - top],
            "iscrowd": 0,
        }
        for at, rows in enumerate(truth.values())
        for label, left, top, right, bottom in rows
    ]
    return {
        "images": images,
        "annotations": [{"id": at, **each} for at, each in enumerate(boxes)],
        "categories": [{"id": number, "name": name} for number, name in NAMES.items()],
    }


GOOD = {"good.jpg": [("cat", 0, 0, 9, 9)], "bad.jpg": [("cat", 1, 2, 8, 9)]}


def changed(path, value):
    """Return the document of two images with something else in it; of None without it."""
    said = json.loads(json.dumps(document(GOOD)))
    *way, last = path
    place = said
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return said


BOX = ("annotations", 1, "bbox")
MALFORMED = {
    "no json": ('{"images": [], "annotations": [}, "categories"', "cannot be read as JSON"),
    "cut short": (json.dumps(document(GOOD))[:-9], "cannot be read as JSON"),
    "half a character": (json.dumps(document(GOOD)).encode().replace(b'"cat"', b'"\xff"'), "not UTF-8"),
    "too deep": (json.dumps(document(GOOD)).replace('"cat"', "[" * 90 + "]" * 90), "nested too deeply"),
    "no images": (changed(("images",), []), "names no images"),
    "images of another kind": (changed(("images",), "all"), "names no images"),
    "no file name": (changed(("images", 1, "file_name"), None), "image without a file_name"),
    "a number for a file name": (changed(("images", 1, "file_name"), 7), "image without a file_name"),
    "an image that is not there": (changed(("images", 1, "file_name"), "gone.jpg"), "is not there"),
    "a class that is not named": (changed(("annotations", 1, "category_id"), 7), "category_id 7"),
    "no class": (changed(("annotations", 1, "category_id"), None), "category_id None"),
    "a list for a class": (changed(("annotations", 1, "category_id"), [3]), "category_id None"),
    "no box": (changed(BOX, None), "sides are no numbers"),
    "three numbers": (changed(BOX, [1, 2, 3]), "sides are no numbers"),
    "texts": (changed(BOX, ["a", 2, 3, 4]), "sides are no numbers"),
    "nothing in a box": (changed(BOX, [1, None, 3, 4]), "sides are no numbers"),
    "not a number": (changed(BOX, [float("nan"), 2, 3, 4]), "sides are no numbers"),
    "infinite": (changed(BOX, [1, 2, float("inf"), 4]), "sides are no numbers"),
    "truth": (changed(BOX, [True, 2, 3, 4]), "sides are no numbers"),
    "no width": (changed(BOX, [1, 2, 0, 4]), "without an area"),
    "inverted": (changed(BOX, [10, 2, -5, 4]), "inverted box"),
    "outside": (changed(BOX, [41, 2, 5, 4]), "outside of its image"),
    "another size": (changed(("images", 1, "width"), 400), "for one of 400×30 pixels, and this has 40×30"),
    "the same image twice": (changed(("images", 1, "file_name"), "good.jpg"), "named twice"),
    "boxes of no image": (changed(("annotations", 1, "image_id"), 999), "that the file does not name"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_malformed_ends_in_one_sentence(case, photo, complaint, tmp_path):
    said, expected = MALFORMED[case]
    for name in GOOD:
        if not (
            case in {"an image that is not there", "no file name", "a number for a file name", "the same image twice"}
            and name == "bad.jpg"
        ):
            photo(name)
    text = said if isinstance(said, str | bytes) else json.dumps(said)
    (tmp_path / "boxes.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert expected in complaint(tmp_path)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_boxes_are_read(ascii_only, photo, boxes, tmp_path, truth):
    for name in truth:
        photo(f"images/{name}")
    (tmp_path / "annotations").mkdir()
    text = json.dumps(document(truth), ensure_ascii=ascii_only)
    (tmp_path / "annotations" / "instances.json").write_text(text, encoding="utf-8-sig")
    assert boxes(tmp_path) == {name: sorted(rows) for name, rows in truth.items()}
    assert boxes(tmp_path / "annotations" / "instances.json") == boxes(tmp_path)


@pytest.mark.parametrize("said", ["C:\\data\\photos\\", "/home/me/photos/", "https://example.com/photos/"])
def test_paths_of_another_machine_are_found_by_their_end(said, photo, boxes, tmp_path):
    photo("photos/good.jpg")
    (tmp_path / "boxes.json").write_text(json.dumps(document({"good.jpg": GOOD["good.jpg"]}, folder=said)))
    assert boxes(tmp_path) == {"good.jpg": [("cat", 0, 0, 9, 9)]}


def test_splits_come_from_names_of_files_and_others_than_instances_are_left(photo, read, tmp_path):
    (tmp_path / "annotations").mkdir()
    for split in ("train", "val"):
        photo(f"{split}2017/same.jpg")
        text = json.dumps(document({"same.jpg": [("cat", 0, 0, 9, 9)]}))
        (tmp_path / "annotations" / f"instances_{split}2017.json").write_text(text)
        (tmp_path / "annotations" / f"person_keypoints_{split}2017.json").write_text(text)
    found = {image.name: image.split for image in read(tmp_path).images}
    assert found == {"train2017/same.jpg": "train", "val2017/same.jpg": "validation"}


def test_splits_come_from_folders_as_roboflow_has_them(photo, read, tmp_path):
    for split in ("train", "valid", "test"):
        photo(f"{split}/a.jpg")
        (tmp_path / split / "_annotations.coco.json").write_text(json.dumps(document({"a.jpg": [("cat", 0, 0, 9, 9)]})))
    assert [image.split for image in read(tmp_path).images] == ["test", "train", "validation"]


def test_crowds_are_ignored_and_outlines_become_boxes(photo, read, tmp_path):
    photo("a.jpg")
    said = document({"a.jpg": [("cat", 0, 0, 9, 9), ("dog", 0, 0, 9, 9)]})
    said["annotations"][0]["iscrowd"] = 1
    said["annotations"][1] |= {"bbox": [], "segmentation": [[2, 3, 12, 3, 12, 20]]}
    (tmp_path / "boxes.json").write_text(json.dumps(said))
    crowd, outlined = read(tmp_path).images[0].objects
    assert crowd.is_ignored
    assert not outlined.is_ignored
    assert (outlined.left, outlined.top, outlined.right, outlined.bottom) == (2, 3, 12, 20)


def test_images_that_are_all_for_testing_are_cut_anew(photo, read, tmp_path):
    photo("a.jpg")
    (tmp_path / "test.json").write_text(json.dumps(document({"a.jpg": [("cat", 0, 0, 9, 9)]})))
    found = read(tmp_path)
    assert found.images[0].split == ""
    assert any("cut anew" in note for note in found.notes)
