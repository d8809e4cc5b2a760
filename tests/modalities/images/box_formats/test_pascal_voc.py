import pytest

from saccade.core import registry

SIDES = ("xmin", "ymin", "xmax", "ymax")
BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


def annotation(name, rows, *, size=(40, 30), head="", more=""):
    objects = "".join(
        f"<object><name>{label}</name>{more}<bndbox>"
        + "".join(f"<{side}>{text}</{side}>" for side, text in zip(SIDES, sides, strict=True))
        + "</bndbox></object>"
        for label, *sides in rows
    )
    shape = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>"
    return f"{head}<annotation><filename>{name}</filename>{shape}{objects}</annotation>"


def one_based(rows):
    return [(label, left + 1, top + 1, right, bottom) for label, left, top, right, bottom in rows]


@pytest.fixture
def voc(tmp_path, photo):
    """Return what writes an image and its file of boxes, each in a folder."""

    def write(name, text, *, images="JPEGImages", folder="Annotations", stem=""):
        photo(f"{images}/{name}")
        file = tmp_path / folder / f"{stem or name.rpartition('.')[0]}.xml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


@pytest.mark.parametrize("folders", [("JPEGImages", "Annotations"), ("images", "xml"), (".", "."), ("train", "train")])
def test_boxes_are_read_wherever_their_files_lie(folders, voc, boxes, tmp_path, truth):
    for name, rows in truth.items():
        voc(name, annotation(name, one_based(rows)), images=folders[0], folder=folders[1])
    assert boxes(tmp_path) == {name: sorted(rows) for name, rows in truth.items()}


def test_files_belong_to_the_image_of_their_own_name_before_the_one_that_they_name(voc, boxes, tmp_path):
    voc("a.jpg", annotation("b.jpg", [("cat", 1, 1, 10, 10)]))
    voc("b.jpg", annotation("b.jpg", [("dog", 1, 1, 20, 20)]))
    voc("photo.jpg", annotation("photo.jpg", [("cow", 1, 1, 5, 5)]), stem="0001")
    assert {name: found[0][0] for name, found in boxes(tmp_path).items()} == {
        "a.jpg": "cat",
        "b.jpg": "dog",
        "photo.jpg": "cow",
    }


def test_splits_come_from_lists_and_trainval_counts_last(voc, read, tmp_path):
    for name in "abcd":
        voc(f"{name}.jpg", annotation(f"{name}.jpg", [("cat", 1, 1, 10, 10)]))
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    for name, content in {
        "train": "a\n",
        "val": "b\n",
        "trainval": "a\nb\n",
        "test": "c\n",
        "cat_train": "a  1\n",
    }.items():
        (lists / f"{name}.txt").write_text(content)
    found = read(tmp_path)
    assert {image.path.stem: image.split for image in found.images} == {"a": "train", "b": "validation", "c": "test"}
    assert [item.reason for item in found.skipped_items] == ["in none of the lists in ImageSets/Main."]


def test_splits_come_from_folders(voc, read, tmp_path):
    for split in ("train", "valid", "test"):
        voc("same.jpg", annotation("same.jpg", [("cat", 1, 1, 10, 10)]), images=split, folder=split)
    assert {image.name: image.split for image in read(tmp_path).images} == {
        "train/same.jpg": "train",
        "valid/same.jpg": "validation",
        "test/same.jpg": "test",
    }


def test_what_is_difficult_is_ignored(voc, read, tmp_path):
    voc("a.jpg", annotation("a.jpg", [("cat", 1, 1, 10, 10)], more="<difficult>1</difficult>"))
    assert [each.is_ignored for each in read(tmp_path).images[0].objects] == [True]


def test_images_without_a_file_were_not_annotated(voc, photo, complaint, tmp_path):
    voc("a.jpg", annotation("a.jpg", [("cat", 1, 1, 10, 10)]))
    photo("JPEGImages/b.jpg")
    assert complaint(tmp_path) == "JPEGImages/b.jpg: image without a file of boxes, not annotated."


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (5, (2, 4, 8, 12)),
        (6, (22, 4, 28, 12)),
        (7, (22, 28, 28, 36)),
        (8, (2, 28, 8, 36)),
    ],
)
def test_boxes_on_a_photo_as_it_is_stored_are_turned_with_it(orientation, expected, photo, boxes, tmp_path):
    photo("a.jpg", orientation=orientation)
    (tmp_path / "a.xml").write_text(annotation("a.jpg", [("cat", 5, 3, 12, 8)]))
    assert boxes(tmp_path) == {"a.jpg": [("cat", *map(float, expected))]}


def test_boxes_on_a_photo_as_it_is_seen_stay(photo, boxes, tmp_path):
    photo("a.jpg", orientation=6)
    (tmp_path / "a.xml").write_text(annotation("a.jpg", [("cat", 5, 3, 12, 8)], size=(30, 40)))
    assert boxes(tmp_path) == {"a.jpg": [("cat", 4, 2, 12, 8)]}


def test_boxes_for_another_size_are_scaled(voc, read, tmp_path):
    voc("a.jpg", annotation("a.jpg", [("cat", 1, 1, 40, 40)], size=(80, 60)))
    found = read(tmp_path)
    assert (found.images[0].objects[0].right, found.images[0].objects[0].bottom) == (20, 20)
    assert any("scaled: 1" in note for note in found.notes)


def test_boxes_that_reach_out_are_cut_off(voc, read, tmp_path):
    voc("a.jpg", annotation("a.jpg", [("cat", -4, 1, 60, 20)]))
    found = read(tmp_path)
    assert (found.images[0].objects[0].left, found.images[0].objects[0].right) == (0, 40)
    assert any("cut off at its side: 1" in note for note in found.notes)


def test_copies_of_one_photo_share_a_group(voc, read, tmp_path):
    for name in ("a_jpg.rf.0123456789abcdef.jpg", "a_jpg.rf.fedcba9876543210.jpg", "b_jpg.rf.00112233445566aa.jpg"):
        voc(name, annotation(name, [("cat", 1, 1, 10, 10)]))
    assert [image.group for image in read(tmp_path).images] == ["a_jpg", "a_jpg", "b_jpg"]


def bad(*sides, label="cat"):
    return annotation("bad.jpg", [(label, *sides)])


def ended(text):
    return annotation("bad.jpg", []).replace("</annotation>", f"{text}</annotation>")


MALFORMED = {
    "no xml": ("boxes: 1 2 3 4 <annotation>", "cannot be used: no XML at line 1"),
    "cut short": (bad(1, 1, 9, 9)[:-20], "cannot be used: no XML"),
    "nothing but a start": ("<annotation>", "cannot be used: no XML"),
    "a bomb": (annotation("bad.jpg", [("&b;", 1, 1, 9, 9)], head=BOMB), "document type"),
    "another file": (
        annotation("bad.jpg", [("&x;", 1, 1, 9, 9)], head='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "document type",
    ),
    "another root": (f"<data>{bad(1, 1, 9, 9)}</data>", "cannot be used: it begins with <data>"),
    "an unknown encoding": (b'<?xml version="1.0" encoding="klingon"?>' + bad(1, 1, 9, 9).encode(), "cannot be used"),
    "half a character": (bad(1, 1, 9, 9).encode().replace(b"cat", b"c\xff"), "cannot be used: no XML"),
    "a text for a number": (bad("one", 1, 9, 9), "<xmin> of object 1 is 'one', no number"),
    "an empty number": (bad(1, "", 9, 9), "<ymin> of object 1 is '', no number"),
    "not a number": (bad("nan", 1, 9, 9), "sides are no numbers"),
    "infinite": (bad(1, 1, "inf", 9), "sides are no numbers"),
    "inverted across": (bad(20, 1, 9, 9), "inverted box"),
    "inverted down": (bad(1, 20, 9, 9), "inverted box"),
    "no area": (bad(10, 1, 9, 9), "without an area"),
    "right of the image": (bad(50, 1, 60, 9), "outside of its image: 49 0 60 9 in 40×30"),
    "left of the image": (bad(-20, 1, -10, 9), "outside of its image"),
    "no class": (bad(1, 1, 9, 9, label=" "), "box without a class"),
    "no box": (ended("<object><name>a</name></object>"), "no <bndbox>"),
    "a turned box": (
        annotation("bad.jpg", []).replace("</annotation>", "<object><robndbox/></object></annotation>"),
        "a rotated box",
    ),
    "no corner": (bad(1, 1, 9, 9).replace("<xmax>9</xmax>", ""), "<xmax> of object 1 is ''"),
    "another image's size": (
        annotation("bad.jpg", [("cat", 1, 1, 9, 9)], size=(100, 30)),
        "they are for one of 100×30 pixels, and this has 40×30",
    ),
    "no image": (bad(1, 1, 9, 9).replace("bad.jpg", "gone.jpg"), "there is no lost.* and no gone.jpg"),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_malformed_ends_in_one_sentence(case, voc, complaint, tmp_path):
    text, expected = MALFORMED[case]
    voc("good.jpg", annotation("good.jpg", [("cat", 1, 1, 9, 9)]))
    if case == "no image":
        (tmp_path / "Annotations" / "lost.xml").write_text(text)
    else:
        voc("bad.jpg", text)
    assert expected in complaint(tmp_path)


@pytest.mark.parametrize("case", ["inverted across", "no class", "infinite", "no area", "another image's size"])
def test_without_any_usable_box_the_first_is_named(case, voc, complaint, tmp_path):
    text, expected = MALFORMED[case]
    voc("bad.jpg", text)
    said = complaint(tmp_path)
    assert "no box that can be used" in said
    assert "bad.jpg" in said
    assert expected in said


def test_a_folder_of_other_xml_is_none(tmp_path, photo):
    photo("cat/a.jpg")
    (tmp_path / "cat" / "notes.xml").write_text("<notes/>")
    assert not registry.load("box_formats", "pascal_voc").recognises(tmp_path)
