import json

import pytest


def entry(name, rows):
    return {
        "image": name,
        "annotations": [
            {
                "label": label,
                "coordinates": {
                    "x": (left + right) / 2,
                    "y": (top + bottom) / 2,
                    "width": right - left,
                    "height": bottom - top,
                },
            }
            for label, left, top, right, bottom in rows
        ],
    }


GOOD = entry("good.jpg", [("cat", 0, 0, 9, 9)])


def bad(**changes):
    made = entry("bad.jpg", [("cat", 1, 1, 9, 9)])
    box = made["annotations"][0]
    for name, value in changes.items():
        (box if name in box else box["coordinates"])[name] = value
    return made


MALFORMED = {
    "no json": ('[{"image": "a", "annotations": [{"coordinates": }]', "cannot be read as JSON"),
    "cut short": (json.dumps([GOOD, bad()])[:-3], "cannot be read as JSON"),
    "an object": (json.dumps({"all": [GOOD]}), "is no list of images"),
    "too deep": (json.dumps([GOOD, "[" * 3]).replace('"[[["', "[" * 90 + "]" * 90), "nested too deeply"),
    "no image": ({"annotations": bad()["annotations"]}, "entry without an image"),
    "a number for an image": ({**bad(), "image": 7}, "entry without an image"),
    "an image that is not there": ({**bad(), "image": "gone.jpg"}, "gone.jpg: image that is named and is not there"),
    "no label": (bad(label=""), "box without a class"),
    "a number for a label": (bad(label=3), "box without a class"),
    "nothing for a label": (bad(label=None), "box without a class"),
    "no coordinates": (bad(coordinates=None), "sides are no numbers"),
    "a list of coordinates": (bad(coordinates=[1, 2, 3, 4]), "sides are no numbers"),
    "empty coordinates": (bad(coordinates={}), "sides are no numbers"),
    "a text": (bad(x="left"), "sides are no numbers"),
    "nothing": (bad(y=None), "sides are no numbers"),
    "not a number": (bad(x=float("nan")), "sides are no numbers"),
    "infinite": (bad(width=float("inf")), "sides are no numbers"),
    "truth": (bad(height=True), "sides are no numbers"),
    "no width": (bad(width=0), "without an area"),
    "inverted": (bad(height=-4), "inverted box"),
    "outside": (bad(x=90), "outside of its image"),
    "the same image twice": ({**bad(), "image": "good.jpg"}, "named twice"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_malformed_ends_in_one_sentence(case, photo, complaint, tmp_path):
    said, expected = MALFORMED[case]
    photo("good.jpg")
    if isinstance(said, dict) and said.get("image") == "bad.jpg":
        photo("bad.jpg")
    (tmp_path / "boxes.json").write_text(said if isinstance(said, str) else json.dumps([GOOD, said]))
    assert expected in complaint(tmp_path)


def test_boxes_are_read(photo, boxes, tmp_path, truth):
    for name in truth:
        photo(f"images/{name}")
    (tmp_path / "boxes.json").write_text(json.dumps([entry(name, rows) for name, rows in truth.items()]))
    assert boxes(tmp_path) == {name: sorted(rows) for name, rows in truth.items()}


def test_splits_come_from_folders(photo, read, tmp_path):
    for split in ("train", "valid"):
        photo(f"{split}/good.jpg")
        (tmp_path / split / "_annotations.createml.json").write_text(json.dumps([GOOD]))
    assert [image.split for image in read(tmp_path).images] == ["train", "validation"]
