import csv
import io
import json

import pytest


def region(label, left, top, right, bottom, *, rotation=0):
    value = {"x": left / 0.4, "y": top / 0.3, "width": (right - left) / 0.4, "height": (bottom - top) / 0.3}
    return {
        "type": "rectanglelabels",
        "original_width": 40,
        "original_height": 30,
        "value": {**value, "rotation": rotation, "rectanglelabels": [label]},
    }


def task(image, rows, **more):
    return {"id": 1, "data": {"image": image}, "annotations": [{"result": [region(*row) for row in rows], **more}]}


def smaller(image, rows):
    """Return a task as JSON-MIN has it."""
    made = [region(*row) for row in rows]
    boxes = [{**each["value"], "original_width": 40, "original_height": 30} for each in made]
    return {"id": 1, "image": image, "annotator": 1, **({"label": boxes} if boxes else {})}


def table(tasks, *, separator=","):
    """Return tasks as the CSV export has them: JSON-MIN, its lists of rectangles as JSON in a cell."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=separator)
    rows.writerow(["image", "id", "label", "annotator", "annotation_id", "created_at", "lead_time"])
    for each in tasks:
        label = each.get("label", "")
        label = label if isinstance(label, str) else json.dumps(label)
        rows.writerow([each["image"], 7, label, each.get("annotator", ""), 9, "2023-01-01T00:00:00Z", 2.5])
    return out.getvalue()


GOOD = task("good.jpg", [("cat", 0, 0, 9, 9)])


def bad(**changes):
    made = task("bad.jpg", [("cat", 1, 1, 9, 9)])
    made["annotations"][0]["result"][0]["value"] |= changes
    return made


MALFORMED = {
    "no json": ('[{"rectanglelabels": ["a"]]', "cannot be read as JSON"),
    "cut short": (json.dumps([GOOD, bad()])[:-3], "cannot be read as JSON"),
    "an object": (json.dumps({"tasks": [GOOD]}), "is no list of tasks"),
    "too deep": (json.dumps([GOOD, "[[["]).replace('"[[["', "[" * 90 + "]" * 90), "nested too deeply"),
    "no image": ({**bad(), "data": {}}, "task whose image is not there"),
    "a number for an image": ({**bad(), "data": {"image": 7}}, "task whose image is not there"),
    "an image that is not there": ({**bad(), "data": {"image": "gone.jpg"}}, "task whose image is not there"),
    "nobody annotated it": ({**bad(), "annotations": []}, "task without an annotation"),
    "no annotations": ({"id": 2, "data": {"image": "bad.jpg"}}, "task without an annotation"),
    "all was cancelled": (task("bad.jpg", [("cat", 1, 1, 9, 9)], was_cancelled=True), "task without an annotation"),
    "other regions": (
        {**bad(), "annotations": [{"result": [{"type": "polygonlabels", "value": {"points": []}}]}]},
        "only other kinds of regions",
    ),
    "turned": (bad(rotation=30), "rotated box: turned by 30 degrees"),
    "turned by a text": (bad(rotation="much"), "rotated box"),
    "no label": (bad(rectanglelabels=[]), "box without a class"),
    "a number for a label": (bad(rectanglelabels=[3]), "box without a class"),
    "a text for the list of labels": (bad(rectanglelabels="cat"), "box without a class"),
    "two labels": (bad(rectanglelabels=["cat", "dog"]), "box of several classes: cat, dog"),
    "a text": (bad(x="left"), "sides are no numbers"),
    "nothing": (bad(y=None), "sides are no numbers"),
    "infinite": (bad(width=float("inf")), "sides are no numbers"),
    "no width": (bad(width=0), "without an area"),
    "inverted": (bad(height=-4), "inverted box"),
    "outside": (bad(x=190), "outside of its image"),
    "the same image twice": (task("good.jpg", [("cat", 1, 1, 9, 9)]), "named twice"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_malformed_ends_in_one_sentence(case, photo, complaint, tmp_path):
    said, expected = MALFORMED[case]
    photo("good.jpg")
    if isinstance(said, dict) and said["data"].get("image") == "bad.jpg":
        photo("bad.jpg")
    (tmp_path / "export.json").write_text(said if isinstance(said, str) else json.dumps([GOOD, said]))
    assert expected in complaint(tmp_path)


@pytest.mark.parametrize("form", [task, smaller])
def test_boxes_are_read(form, photo, read, tmp_path, truth):
    for name in truth:
        photo(f"images/{name}")
    (tmp_path / "export.json").write_text(json.dumps([form(name, rows) for name, rows in truth.items()]))
    images = read(tmp_path).images
    assert len(images) == len(truth)
    for image in images:
        found = sorted((each.name, each.left, each.top, each.right, each.bottom) for each in image.objects)
        for one, row in zip(found, sorted(truth[image.path.name]), strict=True):
            assert one[0] == row[0]
            assert one[1:] == pytest.approx(row[1:])


@pytest.mark.parametrize(("ending", "separator"), [("csv", ","), ("tsv", "\t")])
def test_tables_are_read(ending, separator, photo, boxes, tmp_path, truth):
    for name in truth:
        photo(f"images/{name}")
    said = table([smaller(name, rows) for name, rows in truth.items()], separator=separator)
    (tmp_path / f"export.{ending}").write_text(said, encoding="utf-8")
    found = boxes(tmp_path)
    assert {name: [row[0] for row in rows] for name, rows in found.items()} == {
        name: sorted(row[0] for row in rows) for name, rows in truth.items()
    }
    assert found["one.jpg"][0][1:] == pytest.approx(truth["one.jpg"][0][1:])


ROWS = {
    "no json": ({"label": '[{"rectanglelabels": '}, "boxes cannot be read as JSON"),
    "nobody annotated it": ({"annotator": "", "label": ""}, "task without an annotation"),
    "other regions": ({"label": [{"polygonlabels": ["cat"], "points": []}]}, "only other kinds of regions"),
    "turned": (
        {"label": [{"rectanglelabels": ["cat"], "x": 1, "y": 1, "width": 9, "height": 9, "rotation": 30}]},
        "rotated",
    ),
    "an image that is not there": ({"image": "gone.jpg"}, "task whose image is not there"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_is_malformed_ends_in_one_sentence(case, photo, complaint, tmp_path):
    changes, expected = ROWS[case]
    photo("good.jpg")
    if "image" not in changes:
        photo("bad.jpg")
    rows = [smaller("good.jpg", [("cat", 0, 0, 9, 9)]), {**smaller("bad.jpg", [("cat", 0, 0, 9, 9)]), **changes}]
    (tmp_path / "export.csv").write_text(table(rows))
    assert expected in complaint(tmp_path)


def test_numbers_of_a_row_name_no_image(photo, complaint, tmp_path):
    photo("7.jpg")
    photo("good.jpg")
    (tmp_path / "export.csv").write_text(
        table([smaller(name, [("cat", 0, 0, 9, 9)]) for name in ("gone.jpg", "good.jpg")])
    )
    with pytest.raises(AssertionError, match="not annotated"):
        complaint(tmp_path)  # two are skipped: the task, and the image that no task names


@pytest.mark.parametrize(
    "said",
    [
        "/data/upload/7/0a1b2c3d-good.jpg",
        "/data/local-files/?d=photos%2Fgood.jpg",
        "/data/local-files/?d=photos\\good.jpg",
        "file:///home/me/photos/good.jpg",
        "https://example.com/photos/good.jpg?key=1",
        "s3://bucket/good.jpg",
    ],
)
def test_images_are_found_however_label_studio_calls_them(said, photo, boxes, tmp_path):
    photo("photos/good.jpg")
    (tmp_path / "export.json").write_text(json.dumps([task(said, [("cat", 0, 0, 9, 9)])]))
    assert list(boxes(tmp_path)) == ["good.jpg"]


def test_the_annotation_that_is_marked_as_true_counts(photo, read, tmp_path):
    photo("good.jpg")
    said = task("good.jpg", [("cat", 0, 0, 9, 9)])
    said["annotations"].append({"ground_truth": True, "result": [region("dog", 0, 0, 9, 9)]})
    (tmp_path / "export.json").write_text(json.dumps([said]))
    assert [each.name for each in read(tmp_path).images[0].objects] == ["dog"]
