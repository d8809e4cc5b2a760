import pytest

from saccade.core import registry

NAMES = ["cat", "dog"]
DATA = "train: images/train\nval: images/val\nnc: 2\nnames: [cat, dog]\n"


def line(label, left, top, right, bottom):
    middle = ((left + right) / 80, (top + bottom) / 60)
    return f"{NAMES.index(label)} {middle[0]} {middle[1]} {(right - left) / 40} {(bottom - top) / 30}"


@pytest.fixture
def yolo(tmp_path, photo):
    """Return what writes an image and the lines of its boxes; None writes no file of them."""

    def write(name, lines, *, images="images", labels="labels"):
        photo(f"{images}/{name}")
        file = tmp_path / labels / f"{name.rpartition('.')[0]}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        if lines is not None:
            file.write_bytes(lines if isinstance(lines, bytes) else lines.encode())

    return write


@pytest.mark.parametrize("folders", [("images", "labels"), (".", "."), ("train/images", "train/labels")])
@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("data.yaml", "path: .\ntrain: x\nnames:\n  0: cat\n  1: dog\n"),
        ("data.yaml", DATA),
        ("classes.txt", "cat\r\ndog\r\n"),
        ("obj.names", "\ufeffcat\ndog\n"),
    ],
)
def test_boxes_are_read(folders, file, names, yolo, read, tmp_path, truth):
    for name, rows in truth.items():
        yolo(name, "\n".join(line(*row) for row in rows), images=folders[0], labels=folders[1])
    (tmp_path / file).write_text(names)
    for image in read(tmp_path).images:
        for found, row in zip(image.objects, truth[image.path.name], strict=True):
            assert found.name == row[0]
            assert (found.left, found.top, found.right, found.bottom) == pytest.approx(row[1:])


def test_images_without_a_file_or_with_an_empty_one_are_background(yolo, boxes, tmp_path):
    yolo("a.jpg", "0 .5 .5 .5 .5")
    yolo("b.jpg", "")
    yolo("c.jpg", None)
    found = boxes(tmp_path)
    assert found["a.jpg"] == [("class 0", 10, 7.5, 30, 22.5)]
    assert found["b.jpg"] == found["c.jpg"] == []


def test_a_folder_without_any_file_of_boxes_was_not_annotated(yolo, complaint, tmp_path):
    (tmp_path / "classes.txt").write_text("cat\n")
    yolo("a.jpg", "0 .5 .5 .5 .5", images="images/train", labels="labels/train")
    yolo("b.jpg", None, images="images/test", labels="labels/test")
    assert complaint(tmp_path) == "images/test/b.jpg: image of a folder without files of boxes, not annotated."


@pytest.mark.parametrize("way", ["images/{}", "{}/images"])
def test_splits_come_from_folders(way, yolo, read, tmp_path):
    for split in ("train", "val", "test"):
        images = way.format(split)
        yolo("same.jpg", f"{len(split) % 2} .5 .5 .5 .5", images=images, labels=images.replace("images", "labels"))
    assert {
        image.name.replace("images/", "").replace("/images", ""): (image.split, image.objects[0].name)
        for image in read(tmp_path).images
    } == {
        "train/same.jpg": ("train", "class 1"),
        "val/same.jpg": ("validation", "class 1"),
        "test/same.jpg": ("test", "class 0"),
    }


def test_splits_come_from_what_a_yaml_file_or_a_list_names(yolo, read, tmp_path):
    yolo("a.jpg", "0 .5 .5 .5 .5", images="images/north", labels="labels/north")
    yolo("b.jpg", "0 .5 .5 .5 .5", images="images/south", labels="labels/south")
    yolo("c.jpg", "0 .5 .5 .5 .5", images="images/west", labels="labels/west")
    (tmp_path / "kept.txt").write_text("/home/me/images/west/c.jpg\n")
    (tmp_path / "data.yaml").write_text("train: ../images/north\nval: images/south\ntest: kept.txt\nnames: {0: cat}\n")
    assert {image.path.stem: image.split for image in read(tmp_path).images} == {
        "a": "train",
        "b": "validation",
        "c": "test",
    }


def test_outlines_become_the_boxes_around_them_and_scores_are_left_out(yolo, read, tmp_path):
    yolo("a.jpg", "0 .25 .5 .5 .5 .75 1 .5 .9\n0 .5 .5 .5 .5 .93")
    (tmp_path / "classes.txt").write_text("cat")
    outline, scored = read(tmp_path).images[0].objects
    assert (outline.left, outline.top, outline.right, outline.bottom) == (10, 15, 30, 30)
    assert (scored.left, scored.right) == (10, 30)


def test_fractions_are_of_the_photo_as_it_is_seen(photo, read, tmp_path):
    photo("a.jpg", orientation=6)
    (tmp_path / "a.txt").write_text("0 .5 .5 1 1")
    found = read(tmp_path).images[0]
    assert found.size == (40, 30)
    assert (found.objects[0].right, found.objects[0].bottom) == (30, 40)


MALFORMED = {
    "three numbers": ("0 .5 .5 .5", "line of 4 values: expected a class and 4 numbers"),
    "a class alone": ("0", "line of 1 values"),
    "eight values": ("0 .5 .5 .5 .5 .5 .5 .5", "line of 8 values"),
    "the class as a text": ("cat .5 .5 .5 .5", "line whose class is no number: cat"),
    "half a class": ("0.5 .5 .5 .5 .5", "line whose class is no number"),
    "a class below none": ("-1 .5 .5 .5 .5", "line whose class is no number: -1"),
    "no number for a class": ("nan .5 .5 .5 .5", "line whose class is no number"),
    "an infinite class": ("inf .5 .5 .5 .5", "line whose class is no number"),
    "a class without a name": ("7 .5 .5 .5 .5", "class without a name: 7, named are 2"),
    "a text": ("0 left .5 .5 .5", "sides are no numbers"),
    "commas": ("0,.5,.5,.5,.5", "line whose class is no number"),
    "decimal commas": ("0 0,5 0,5 0,5 0,5", "sides are no numbers"),
    "not a number": ("0 nan .5 .5 .5", "sides are no numbers"),
    "infinite": ("0 .5 inf .5 .5", "sides are no numbers"),
    "no width": ("0 .5 .5 0 .5", "without an area"),
    "no height": ("0 .5 .5 .5 0", "without an area"),
    "inverted": ("0 .5 .5 -.5 .5", "inverted box"),
    "pixels": ("0 20 15 10 10", "outside of its image"),
    "outside": ("0 1.6 .5 .5 .5", "outside of its image"),
    "binary": (b"\x00\x01\xff\xfe\x80", "line of 1 values|line whose class"),
    "json": ('{"label": 0}', "line whose class is no number"),
    "a point for an outline": ("0 .5 .5 .5 .5 .5 .5", "without an area"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_malformed_ends_in_one_sentence(case, yolo, complaint, tmp_path):
    text, expected = MALFORMED[case]
    yolo("good.jpg", "0 .5 .5 .5 .5")
    yolo("bad.jpg", text)
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    said = complaint(tmp_path)
    assert "bad.jpg" in said
    assert any(each in said for each in expected.split("|"))


@pytest.mark.parametrize("case", ["outside", "pixels", "a class without a name", "no width"])
def test_without_any_usable_box_the_first_is_named(case, yolo, complaint, tmp_path):
    text, expected = MALFORMED[case]
    yolo("bad.jpg", text)
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    said = complaint(tmp_path)
    assert "no box that can be used" in said
    assert expected in said


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("images/train", "path: {root}"),
        ("images/train", "path: ../data"),
        ("{root}/images/train", ""),
        ("../data/images/train", ""),
    ],
)
def test_a_yaml_file_elsewhere_names_the_folder_of_the_images(named, path, yolo, read, tmp_path):
    yolo("a.jpg", "0 .5 .5 .5 .5", images="data/images/train", labels="data/labels/train")
    yolo("b.jpg", "1 .5 .5 .5 .5", images="data/images/other", labels="data/labels/other")
    file = tmp_path / "project" / "boxes.yaml"
    file.parent.mkdir()
    said = f"{path}\ntrain: {named}\nval: {named.replace('train', 'other')}\nnames: [salt & pepper, dog]\n"
    file.write_text(said.format(root=tmp_path / "data"))
    assert {image.split: image.objects[0].name for image in read(file).images} == {
        "train": "salt & pepper",
        "validation": "dog",
    }


@pytest.mark.parametrize("val", ["val:", "val: # none", "val: C:\\\\Users\\\\me\\\\images", f"val: {'x' * 300}"])
def test_folders_of_other_machines_and_none_leave_splits_to_the_folders(val, yolo, read, tmp_path):
    yolo("a.jpg", "0 .5 .5 .5 .5", images="images/train", labels="labels/train")
    yolo("b.jpg", "0 .5 .5 .5 .5", images="images/val", labels="labels/val")
    (tmp_path / "data.yaml").write_text(f"path: /content/drive/boxes\ntrain: /content/train\n{val}\nnames: [cat]\n")
    for where in (tmp_path, tmp_path / "data.yaml"):
        assert [image.split for image in read(where).images] == ["train", "validation"]


def test_a_yaml_file_that_cannot_be_read_is_named(yolo, read, tmp_path):
    yolo("a.jpg", "0 .5 .5 .5 .5")
    (tmp_path / "data.yaml").write_text("nc: 1\nnames: [cat\n")
    assert any("data.yaml cannot be read as YAML" in note for note in read(tmp_path).notes)


def test_names_of_another_kind_are_refused(yolo, complaint, tmp_path):
    yolo("a.jpg", "0 .5 .5 .5 .5")
    (tmp_path / "data.yaml").write_text("nc: 2\nnames: two\n")
    assert "neither a list nor numbers" in complaint(tmp_path)


@pytest.mark.parametrize("text", ["cat/a.jpg 0\n", "a photo of a cat\n", "", "1 2\n"])
def test_a_folder_with_other_texts_is_none(text, photo, tmp_path):
    photo("cat/a.jpg")
    (tmp_path / "cat" / "a.txt").write_text(text)
    assert not registry.load("box_formats", "yolo").recognises(tmp_path)
