import csv
import io

import polars as pl
import pytest

from saccade.core import registry

HEAD = ("path", "label", "xmin", "ymin", "xmax", "ymax")


def rows_of(truth):
    for name, rows in truth.items():
        yield from ((name, *row) for row in rows)
        if not rows:
            yield (name, "", "", "", "", "")


def text_of(head, rows, *, separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([head, *rows])
    return out.getvalue()


SHAPES = {
    "as documented": (HEAD, lambda row: row),
    "of TensorFlow": (
        ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"),
        lambda row: (row[0], 40, 30, *row[1:]),
    ),
    "left and width": (
        ("image", "category", "x", "y", "w", "h"),
        lambda row: (*row[:4], *((row[4] - row[2], row[5] - row[3]) if row[1] else ("", ""))),
    ),
    "of Roboflow, sizes of the images called otherwise": (
        ("image_name", "x1", "y1", "x2", "y2", "class", "image_width", "image_height"),
        lambda row: (row[0], *row[2:], row[1], 40, 30),
    ),
    "a list": (
        ("image_id", "label", "bbox"),
        lambda row: (*row[:2], f"[{row[2]}, {row[3]}, {row[4] - row[2]}, {row[5] - row[3]}]" if row[1] else ""),
    ),
    "fractions": (
        ("ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"),
        lambda row: (*row[:2], *((row[2] / 40, row[4] / 40, row[3] / 30, row[5] / 30) if row[1] else [""] * 4)),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_boxes_are_read(shape, photo, read, tmp_path, truth):
    head, change = SHAPES[shape]
    for name in truth:
        photo(f"images/{name}")
    (tmp_path / "boxes.csv").write_text(text_of(head, map(change, rows_of(truth))))
    images = read(tmp_path).images
    assert len(images) == len(truth)
    for image in images:
        found = sorted((each.name, each.left, each.top, each.right, each.bottom) for each in image.objects)
        for one, row in zip(found, sorted(truth[image.path.name]), strict=True):
            assert one[0] == row[0]
            assert one[1:] == pytest.approx(row[1:])


@pytest.mark.parametrize("name", ["boxes.csv", "boxes.tsv", "boxes.parquet"])
def test_a_table_is_read_in_any_form_and_named_itself(name, photo, boxes, tmp_path, truth):
    for each in truth:
        photo(each)
    rows = [[str(cell) for cell in row] for row in rows_of(truth)]
    if name.endswith(".parquet"):
        pl.DataFrame(rows, schema=list(HEAD), orient="row").write_parquet(tmp_path / name)
    else:
        separator = "\t" if name.endswith(".tsv") else ";"
        (tmp_path / name).write_text(text_of(HEAD, rows, separator=separator), encoding="utf-8-sig")
    assert boxes(tmp_path / name) == {each: sorted(rows) for each, rows in truth.items()}


def test_splits_come_from_a_column_or_from_names_of_tables(photo, read, tmp_path):
    for name in ("a.jpg", "b.jpg"):
        photo(name)
    (tmp_path / "boxes.csv").write_text(
        "path,label,xmin,ymin,xmax,ymax,split\na.jpg,cat,1,1,9,9,train\nb.jpg,cat,1,1,9,9,val\n"
    )
    assert [image.split for image in read(tmp_path).images] == ["train", "validation"]
    (tmp_path / "boxes.csv").unlink()
    for split, name in (("train", "a"), ("test", "b")):
        (tmp_path / f"{split}_labels.csv").write_text(f"filename,class,xmin,ymin,xmax,ymax\n{name}.jpg,cat,1,1,9,9\n")
    assert {image.path.stem: image.split for image in read(tmp_path).images} == {"a": "train", "b": "test"}


def test_without_a_column_of_classes_all_objects_are_of_one(photo, read, tmp_path):
    photo("a.jpg")
    (tmp_path / "boxes.csv").write_text("path,xmin,ymin,xmax,ymax\na.jpg,1,1,9,9\n")
    found = read(tmp_path)
    assert found.images[0].objects[0].name == "object"
    assert any("all are 'object'" in note for note in found.notes)


MALFORMED = {
    "a text": ("bad.jpg,cat,left,1,9,9", "sides are no numbers"),
    "nothing in one": ("bad.jpg,cat,1,,9,9", "sides are no numbers"),
    "not a number": ("bad.jpg,cat,nan,1,9,9", "sides are no numbers"),
    "infinite": ("bad.jpg,cat,1,1,inf,9", "sides are no numbers"),
    "two points": ("bad.jpg,cat,1.2.3,1,9,9", "sides are no numbers"),
    "a formula": ("bad.jpg,cat,=A1,1,9,9", "sides are no numbers"),
    "inverted across": ("bad.jpg,cat,9,1,1,9", "inverted box"),
    "inverted down": ("bad.jpg,cat,1,9,9,1", "inverted box"),
    "no width": ("bad.jpg,cat,9,1,9,9", "without an area"),
    "no height": ("bad.jpg,cat,1,9,9,9", "without an area"),
    "right of the image": ("bad.jpg,cat,50,1,60,9", "outside of its image"),
    "above the image": ("bad.jpg,cat,1,-9,9,-1", "outside of its image"),
    "no class": ("bad.jpg,,1,1,9,9", "box without a class"),
    "a space for a class": ('bad.jpg," ",1,1,9,9', "box without a class"),
    "no image": (",cat,1,1,9,9", "row 3: row without an image"),
    "an image that is not there": ("gone.jpg,cat,1,1,9,9", "gone.jpg: image that is named and is not there"),
    "a row that is too short": ("bad.jpg,cat,1,1", "sides are no numbers"),
    "a class alone": ("bad.jpg,cat,1", "sides are no numbers"),
    "an open quotation mark": ('bad.jpg,"cat,1,1,9,9', "row with a class and without a box"),
    "binary": ("bad.jpg,cat,1,\0,9,9", "has no boxes"),
    "a number as an image": ("7,cat,1,1,9,9", "7: image that is named and is not there"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_malformed_ends_in_one_sentence(case, photo, complaint, tmp_path):
    row, expected = MALFORMED[case]
    photo("good.jpg")
    if row.startswith("bad.jpg"):
        photo("bad.jpg")
    (tmp_path / "boxes.csv").write_text(f"{','.join(HEAD)}\ngood.jpg,cat,1,1,9,9\n{row}\n")
    said = complaint(tmp_path / "boxes.csv")
    assert expected in said


def test_a_table_without_a_header_has_an_image_its_box_and_its_class(photo, read, tmp_path):
    for name in ("a.jpg", "b.jpg"):
        photo(f"images/{name}")
    (tmp_path / "annotations.csv").write_text("images/a.jpg,1,2,9,8,cat\nimages/b.jpg,,,,,\nimages/a.jpg,3,4,9,8,dog\n")
    found = read(tmp_path)
    assert [[(each.name, each.left, each.bottom) for each in image.objects] for image in found.images] == [
        [("cat", 1, 8), ("dog", 3, 8)],
        [],
    ]
    assert any("no header" in note for note in found.notes)


@pytest.mark.parametrize("column", ["IsGroupOf", "iscrowd", "difficult"])
def test_a_group_or_a_difficult_object_is_ignored(column, photo, read, tmp_path):
    photo("a.jpg")
    (tmp_path / "t.csv").write_text(
        f"path,label,xmin,ymin,xmax,ymax,{column}\na.jpg,cat,1,1,9,9,1\na.jpg,cat,3,3,9,9,0\n"
    )
    assert [each.is_ignored for each in read(tmp_path).images[0].objects] == [True, False]


def test_tables_of_the_splits_that_say_the_same_say_it_once(photo, read, tmp_path):
    for split in ("train", "test"):
        photo(f"{split}/{split}.jpg")
        (tmp_path / split / "_annotations.csv").write_text(f"path,label,xmin,ymin,xmax,ymax\n{split}.jpg,cat,1,1,9,9\n")
    found = read(tmp_path)
    assert [image.split for image in found.images] == ["test", "train"]
    assert len(found.notes) == len(set(found.notes)) == 2


def test_a_row_without_a_box_says_that_there_is_nothing(photo, boxes, tmp_path):
    for name in ("a.jpg", "b.jpg"):
        photo(name)
    (tmp_path / "boxes.csv").write_text("path,label,xmin,ymin,xmax,ymax\na.jpg,cat,1,1,9,9\nb.jpg,No finding,,,,\n")
    assert boxes(tmp_path)["b.jpg"] == []


@pytest.mark.parametrize("head", ["path,label", "path,label,x,y", "id,a,b,c,d", "xmin,ymin,xmax,ymax"])
def test_other_tables_are_none(head, photo, tmp_path):
    photo("a.jpg")
    (tmp_path / "t.csv").write_text(f"{head}\n{','.join(['1'] * len(head.split(',')))}\n")
    assert not registry.load("box_formats", "table_of_boxes").recognises(tmp_path)
