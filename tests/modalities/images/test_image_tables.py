"""Tables that name images, as people have them: a new form is one line of a list."""

import io
import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from saccade.core import recipe as recipes
from saccade.core.errors import DataError, RecipeError
from saccade.core.split_names import split_of
from saccade.modalities.images import recognition
from saccade.modalities.images.loading import load
from saccade.tasks import base
from saccade.tasks.modality import is_table

IMAGES = ("a.png", "b.png", "c.png", "d.png")
CLASSES = {"a": "cat", "b": "dog", "c": "cat", "d": "dog"}


def put(folder, files, images=IMAGES):
    """Write text, bytes and small images into a folder."""
    for number, name in enumerate(images):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 6), (60 * number % 256, 20, 200)).save(path)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def found(listing):
    """Return the class of each image by its file's name without folder and ending."""
    rows = zip(listing.files, listing.labels.tolist(), strict=True)
    return {Path(file).stem: listing.classes[label] for file, label in rows}


PLAIN = "path,label\na.png,cat\nb.png,dog\nc.png,cat\nd.png,dog\n"
BARE = "id,label\na,cat\nb,dog\nc,cat\nd,dog\n"
ONE_HOT = "filename, cat, dog\na.png, 1, 0\nb.png, 0, 1\nc.png, 1, 0\nd.png, 0, 1\n"


def within(folder, images=IMAGES):
    return [f"{folder}/{name}" for name in images]


def named(column, label, *, more="", cell=""):
    """Return a table with columns called so, and perhaps another."""
    rows = [f"{name}.png,{label_}{cell}" for name, label_ in CLASSES.items()]
    return "\n".join([f"{column},{label}{more}", *rows]) + "\n"


# What the columns are called and hold; every table says the same: a and c are cats, b and d are dogs.
FORMS = {
    "image, label": (named("image", "label"), IMAGES),
    "filename, class": (named("filename", "class"), IMAGES),
    "file_name, label": (named("file_name", "label"), within("train")),
    "names without ending": (BARE, within("train")),
    "a column called in capitals": (named(" Image_ID ", " Label "), within("images")),
    "any names at all": (named("Bild", "Sorte"), within("Bilder")),
    "more columns": (named("image_id", "dx", more=",age,sex", cell=",41.5,f"), within("HAM_part_1")),
    "images in two folders": (named("image_id", "dx"), [*within("one", IMAGES[:2]), *within("two", IMAGES[2:])]),
    "images in folders of folders": (named("name", "species"), within("archive/photos")),
    "no header": (PLAIN.partition("\n")[2], IMAGES),
    "no header, no ending": (BARE.partition("\n")[2], within("train")),
    "one-hot": (ONE_HOT, IMAGES),
    "one-hot of truth": (ONE_HOT.replace("1", "True").replace("0", "False"), IMAGES),
    "the label first": ("breed,id\n" + "".join(f"{v},{k}\n" for k, v in CLASSES.items()), within("train")),
    "a class as number and name": ("id,class_id,class_name\na,0,cat\nb,1,dog\nc,0,cat\nd,1,dog\n", within("train")),
    "paths of another machine": (PLAIN.replace("\n", "\n/home/me/data/", 4), IMAGES),
    "paths of another system": (PLAIN.replace("\n", "\nC:\\data\\pets\\", 4), within("pets")),
    "addresses": (PLAIN.replace("\n", "\nhttps://example.org/x/", 4).replace(".png", ".png?size=9"), IMAGES),
    "a name in capitals": (PLAIN.replace("a.png", "A.PNG"), IMAGES),
    "Label Studio, uploaded": ("id,image,choice\n" + "".join(
        f"{i},/data/upload/1/0123abcd-{k}.png,{v}\n" for i, (k, v) in enumerate(CLASSES.items())), within("images")),
    "Label Studio, local files": ("image,choice,id\n" + "".join(
        f"/data/local-files/?d=shots/{k}.png,{v},{i}\n" for i, (k, v) in enumerate(CLASSES.items())), within("shots")),
    "a label in brackets": (PLAIN.replace(",cat", ",['cat']"), IMAGES),
    "splits of a benchmark": (named("path", "label", more=",Usage", cell=",Training"), IMAGES),
}  # fmt: skip

DIALECTS = {
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "bars": PLAIN.replace(",", "|").encode(),
    "spaces": PLAIN.replace(",", " , ").encode(),
    "in quotes": PLAIN.replace(".png", '.png"').replace("\n", '\n"', 4).encode(),
    "a byte order mark": PLAIN.encode("utf-8-sig"),
    "UTF-16": PLAIN.encode("utf-16"),
    "CR LF": PLAIN.replace("\n", "\r\n").encode(),
    "CR": PLAIN.replace("\n", "\r").encode(),
    "blank lines first": b"\n\r\n" + PLAIN.encode(),
    "blank lines between": PLAIN.replace("\n", "\n\n").encode(),
    "sep=;": b"sep=;\n" + PLAIN.replace(",", ";").encode(),
    "comments": b"# exported today\n" + PLAIN.encode(),
    "dots before": PLAIN.replace("\n", "\n./", 4).encode(),
    "empty columns": PLAIN.replace("\n", ",,\n").encode(),
    "odd line ends in cells": PLAIN.replace("path,", "path,caption,")
    .replace(".png,", ".png,one\u2028two\x0c,")
    .encode(),
    "no last line end": PLAIN.strip().encode(),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_table_of_images_is_read_whatever_its_columns(tmp_path, name):
    content, images = FORMS[name]
    put(tmp_path, {"table.csv": content}, images)
    assert not is_table(str(tmp_path / "table.csv"))
    assert found(recognition.read(tmp_path / "table.csv")) == CLASSES


@pytest.mark.parametrize("header", ["id,label\n", ""])
def test_whole_numbers_name_images_in_a_column_called_so_or_without_a_header(tmp_path, header):
    put(tmp_path, {"t.csv": f"{header}1,cat\n2,dog\n3,cat\n"}, ("1.png", "2.png", "3.png"))
    assert found(recognition.read(tmp_path / "t.csv")) == {"1": "cat", "2": "dog", "3": "cat"}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_table_of_images_is_read_in_every_dialect(tmp_path, name):
    put(tmp_path, {"table.csv": DIALECTS[name]})
    assert not is_table(str(tmp_path / "table.csv"))
    assert found(recognition.read(tmp_path / "table.csv")) == CLASSES


def records(**columns):
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


TASKS = [
    {
        "id": number,
        "data": {"image": f"/data/upload/3/0a1b2c3d-{name}.png"},
        "annotations": [{"result": [{"type": "choices", "value": {"choices": [label]}}]}],
    }
    for number, (name, label) in enumerate(CLASSES.items())
]
COLUMNS = {"file_name": [f"{name}.png" for name in CLASSES], "label": list(CLASSES.values())}
FILES = {
    "list.tsv": PLAIN.replace(",", "\t"),
    "list.txt": PLAIN.partition("\n")[2].replace(",", " "),
    "metadata.jsonl": "\n".join(map(json.dumps, records(**COLUMNS))),
    "records.json": json.dumps(records(**COLUMNS)),
    "tasks.json": json.dumps(TASKS),
    "tasks-min.json": json.dumps(records(image=COLUMNS["file_name"], choice=COLUMNS["label"])),
}


@pytest.mark.parametrize("name", FILES)
def test_other_files_name_images_too(tmp_path, name):
    put(tmp_path, {name: FILES[name]})
    assert not is_table(str(tmp_path / name))
    assert found(recognition.read(tmp_path / name)) == CLASSES


def test_parquet_names_images_too(tmp_path):
    put(tmp_path, {})
    pl.DataFrame(COLUMNS).write_parquet(tmp_path / "list.parquet")
    assert not is_table(str(tmp_path / "list.parquet"))
    assert found(recognition.read(tmp_path / "list.parquet")) == CLASSES


# What is told

NOTES = {
    "Images from the column 'image_id' in imgs/, labels from 'dx'; not used: 'age'.":
        "image_id,dx,age\na,cat,1.5\nb,dog,2.5\n",
    "Images from the column 'id' in imgs/, labels from 'label', groups from 'patient_id'.":
        "id,label,patient_id\na,cat,7\nb,dog,7\n",
    "Images from the column 'file' in imgs/, labels from 'class', splits from 'set'.":
        "file,class,set\na.png,cat,Training\nb.png,dog,dev\n",
    "Images from the column 'x' in imgs/, labels from the 2 columns 'cat' to 'dog'.": "x,cat,dog\na,1,0\nb,0,1\n",
    "The table has no header: its first line names an image.": "a.png,cat\nb.png,dog\n",
    "Some text is not UTF-8; it was read as Latin-1 (Windows-1252).": "path,label\na.png,K\xe4tzchen\nb.png,dog\n",
}  # fmt: skip


@pytest.mark.parametrize("note", NOTES)
def test_it_is_said_which_columns_were_taken(tmp_path, note):
    put(tmp_path, {"table.csv": NOTES[note].encode("latin-1")}, within("imgs", IMAGES[:2]))
    assert note in recognition.read(tmp_path / "table.csv").notes


def test_columns_that_are_called_as_they_should_need_no_words(tmp_path):
    put(tmp_path, {"table.csv": "path,label,split\na.png,cat,train\nb.png,dog,test\n"})
    assert recognition.read(tmp_path / "table.csv").notes == ()


def test_names_of_splits_in_a_column_are_known(tmp_path):
    put(tmp_path, {"t.csv": "path,label,split\na.png,cat,Training\nb.png,dog,dev\nc.png,cat,TEST\nd.png,dog,\n"})
    assert recognition.read(tmp_path / "t.csv").splits.tolist() == ["train", "validation", "test", ""]


def test_the_user_says_which_column_holds_the_classes(tmp_path):
    put(tmp_path, {"t.csv": "image,colour,shape\na,red,round\nb,red,square\nc,blue,round\nd,blue,square\n"})
    with pytest.raises(DataError, match=r"nothing says which column .*'colour' \(2 values\), 'shape' .*--label colour"):
        recognition.read(tmp_path / "t.csv")
    assert found(recognition.read(tmp_path / "t.csv", label="Shape"))["b"] == "square"
    with pytest.raises(DataError, match="no column 'shap'.* Did you mean 'shape'"):
        recognition.read(tmp_path / "t.csv", label="shap")


def test_a_link_to_itself_hides_no_other_file(tmp_path):
    put(tmp_path, {"t.csv": BARE}, within("images"))
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "images" / "loop").symlink_to("loop")
    assert found(recognition.read(tmp_path / "t.csv")) == CLASSES
    assert found(recognition.read(tmp_path)) == CLASSES


def test_a_folder_has_no_column_of_classes(make_images):
    with pytest.raises(DataError, match="'label' is for tables, and .* is none"):
        load(str(make_images({"a": 2, "b": 2})), label="dx")


def test_images_without_classes_can_be_listed(tmp_path):
    put(tmp_path, {"t.csv": "id\na\nb\n"})
    listing = recognition.read(tmp_path / "t.csv", labelled=False)
    assert (listing.classes, len(listing.files)) == (("",), 2)


# Several labels an image

SEVERAL = {
    "one-hot with several": "filename,cat,dog,eel\na.png,1,1,0\nb.png,0,1,0\nc.png,0,0,1\n",
    "attributes of 1 and -1": "image_id,young,smiling,hat\na.png,1,1,-1\nb.png,-1,1,-1\nc.png,-1,-1,-1\n",
    "lists with commas": 'image,labels\na.png,"cat,dog"\nb.png,cat\nc.png,dog\n',
    "lists with bars": "image,Finding Labels\na.png,mass|edema\nb.png,mass\nc.png,edema|mass|hernia\n",
    "lists with spaces": "image,tags\na.png,cat dog\nb.png,cat\nc.png,dog\n",
    "lists of which none stands alone": "image,tags\na.png,haze primary\nb.png,clear primary river\nc.png,haze river\n",
    "lists in brackets": "image,label\na.png,\"['cat', 'dog']\"\nb.png,['cat']\nc.png,['dog']\n",
    "Label Studio": 'image,choice\na.png,"{""choices"":[""cat"",""dog""]}"\nb.png,cat\nc.png,dog\n',
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_labels_an_image_are_refused(tmp_path, name):
    put(tmp_path, {"t.csv": SEVERAL[name]})
    with pytest.raises(DataError, match=r"several labels.*\(multi-label\), see saccade list tasks"):
        recognition.read(tmp_path / "t.csv")


def test_one_of_many_attributes_can_be_the_class(tmp_path):
    put(tmp_path, {"t.csv": SEVERAL["attributes of 1 and -1"]})
    assert found(recognition.read(tmp_path / "t.csv", label="young")) == {"a": "1", "b": "-1", "c": "-1"}


@pytest.mark.parametrize("classes", [("cat", "dog", "cat dog"), ("cat", "dog", "cat, dog"), ("a", "b", "a+b")])
def test_folders_of_several_labels_are_refused(make_images, classes):
    with pytest.raises(DataError, match=f"'{classes[2][0]}.*' and '.*together.*If .* is one class, call it"):
        load(str(make_images(dict.fromkeys(classes, 2)).absolute()))


@pytest.mark.parametrize(
    "classes",
    [
        ("hot dog", "dog", "cat"),
        ("red circle", "red square", "blue circle", "blue square"),
        ("rust", "leaf rust", "leaf spot"),
    ],
)
def test_classes_of_several_words_are_classes(make_images, classes):
    assert load(str(make_images(dict.fromkeys(classes, 2)))).classes == tuple(sorted(classes))


# Tables that cannot be used

USELESS = {
    "no such images": ("image_id,label\nP_1.jpg,nv\nP_2.jpg,mel\n",
        r"None of the 2 rows .* P_1.jpg: there is no such file"),
    "measurements": (
        "id,score\n" + "".join(f"{name},{number}.5\n" for number, name in enumerate("abcdefghijklmnopqrstuvwx")),
        "holds 24 different values in 24 rows, numbers that were measured",
    ),
    "a header alone": ("path,label\n", r"has a header \(path, label\) but no rows"),
    "an open quotation mark": ('path,label\na.png,"cat\nb.png,dog\n', "opened and never closed, .* the row 'a.png'"),
    "only names": ("id\na\nb\n", "has no column with classes"),
}  # fmt: skip


@pytest.mark.parametrize("name", USELESS)
def test_a_table_of_images_that_cannot_be_used_is_no_table_of_rows(tmp_path, name):
    content, message = USELESS[name]
    put(tmp_path, {"t.csv": content}, [f"{letter}.png" for letter in "abcdefghijklmnopqrstuvwx"])
    assert name == "an open quotation mark" or not is_table(str(tmp_path / "t.csv"))
    with pytest.raises(DataError, match=message):
        recognition.read(tmp_path / "t.csv")


def test_rows_are_wanted_where_the_names_of_images_are_ignored(tmp_path):
    put(tmp_path, {"t.csv": "photo,price,weight\na.png,1.5,2.5\nb.png,2.5,3.5\n"})
    assert not is_table(str(tmp_path / "t.csv"))
    assert is_table(str(tmp_path / "t.csv"), columns={"photo": "ignore"})
    with pytest.raises(RecipeError, match=r"'ae' takes the rows .* a column names some .*columns.NAME=ignore"):
        base.prepare(recipes.read("ae", data=str(tmp_path / "t.csv")), quiet=True)


ROWS = {
    "numbers": "x,y,label\n" + "".join(f"{n}.5,{n},{n % 2}\n" for n in range(50)),
    "numbered rows": "id,value\n" + "".join(f"{n},{n}.25\n" for n in range(50)),
    "text": "name,city,amount\nAnna,Bonn,3\nBert,Köln,4\n",
    "whole numbers that files happen to be called by": "minute,value\n" + "".join(f"{n},{n}.25\n" for n in range(9)),
    "files that are no images": "file,size\na.txt,3\nb.txt,4\n",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_table_of_rows_stays_one_beside_images(tmp_path, name):
    numbered = [f"{number}.png" for number in range(9)] if "whole" in name else []
    put(tmp_path, {"t.csv": ROWS[name], "a.txt": "x", "b.txt": "y"}, images=[*IMAGES, *numbered])
    assert is_table(str(tmp_path / "t.csv"))


def test_the_first_rows_tell_what_a_table_of_any_size_holds(tmp_path, monkeypatch):
    put(tmp_path, {"t.csv": "x,y\n" + "0.5,cat\n" * 400_000})
    asked = []
    read = Path.open
    monkeypatch.setattr(Path, "open", lambda *a, **k: asked.append(read(*a, **k)) or asked[-1])
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("all of it was read"))
    assert is_table(str(tmp_path / "t.csv"))
    assert asked


# Tables in a folder, and in an archive

FOLDERS = {
    "train.csv beside train/": (
        {"train.csv": BARE, "test.csv": "id\ne\n", "sample_submission.csv": "id,label\ne,cat\n"},
        [*within("train"), "test/e.png"]),
    "labels.csv beside images/": ({"labels.csv": named("filename", "breed")}, within("images")),
    "Roboflow": ({"train/_classes.csv": ONE_HOT}, within("train")),
    "Roboflow with class folders": ({"train/_classes.csv": ONE_HOT.replace("\n", "\nx/", 4)}, within("train/x")),
    "the Hub's image folder": ({"train/metadata.jsonl": FILES["metadata.jsonl"]}, within("train")),
    "two folders that are no classes": ({"meta.csv": named("image_id", "dx")},
        [*within("part_1", IMAGES[:2]), *within("part_2", IMAGES[2:])]),
    "a readme beside them": ({"dogs/train.csv": BARE, "dogs/README.md": "about"}, within("dogs/train")),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_read_by_the_table_in_it(tmp_path, name):
    files, images = FOLDERS[name]
    put(tmp_path, files, images)
    listing = recognition.read(tmp_path)
    assert found(listing) == CLASSES
    assert any("Labels come from the table" in note for note in listing.notes)


def test_a_table_for_each_split_gives_the_splits(tmp_path):
    files = {"train.csv": BARE, "valid.csv": "id,label\ne,cat\n", "test.csv": "id,label\nf,dog\n"}
    put(tmp_path, files, [*within("train"), "valid/e.png", "test/f.png"])
    assert Counter(recognition.read(tmp_path).splits.tolist()) == {"train": 4, "validation": 1, "test": 1}
    assert split_of("valid") == "validation"


def test_what_a_folder_has_beside_the_table_is_said(tmp_path):
    files, images = FOLDERS["train.csv beside train/"]
    put(tmp_path, files, images)
    assert recognition.read(tmp_path).notes[1:] == (
        "Tables that were not used: sample_submission.csv, test.csv.",
        "Images that no row names were left out: 1 in test/.",
    )


def test_several_tables_that_are_no_splits_are_asked_about(tmp_path):
    put(tmp_path, {"a.csv": BARE, "b.csv": BARE}, within("images"))
    with pytest.raises(DataError, match=r"several tables that name images: a.csv, b.csv. Give the one to use"):
        recognition.read(tmp_path)


@pytest.mark.parametrize("name", ["birds.csv", "sizes.csv"])
def test_folders_of_classes_count_where_a_table_repeats_them_or_says_no_classes(make_images, name):
    folder = make_images({"cat": 2, "dog": 2})
    content = {"birds.csv": "filepaths,labels\ncat/0.png,cat\ncat/1.png,cat\ndog/0.png,dog\ndog/1.png,dog\n"}
    content["sizes.csv"] = "file,width,height\ncat/0.png,8.5,8.5\ndog/0.png,8.5,8.5\n"
    (folder / name).write_text(content[name])
    assert recognition.read(folder).names[0] == "cat/0.png"


# Images within Parquet, as the Hub writes them

HUB = {"huggingface": json.dumps({"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}})}


def put_parquet(path, labels, *, plain=False, column="image", metadata=HUB, **more):
    """Write as many small images, each of its own colour, with their labels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    contents = []
    for number in range(len(labels)):
        file = io.BytesIO()
        Image.new("RGB", (6, 6), (len(path.stem), 9 * number, 200)).save(file, "PNG")
        contents.append(file.getvalue() if plain else {"bytes": file.getvalue(), "path": f"{number}.png"})
    pl.DataFrame({column: contents, "label": labels, **more}).write_parquet(path, metadata=metadata)


PARQUET = {
    "bytes": {"labels": [0, 1, 0], "plain": True, "column": "path"},
    "bytes and path": {"labels": [0, 1, 0]},
    "classes in words": {"labels": ["cat", "dog", "cat"]},
    "classes in words, no names": {"labels": ["cat", "dog", "cat"], "metadata": None},
    "more columns": {"labels": [0, 1, 0], "caption": ["a", "b", "c"], "mask_id": [7, 8, 9]},
}


@pytest.mark.parametrize("name", PARQUET)
def test_parquet_with_the_bytes_of_images_is_read(tmp_path, name):
    put_parquet(tmp_path / "t.parquet", **PARQUET[name])
    assert not is_table(str(tmp_path / "t.parquet"))
    dataset = load(str(tmp_path / "t.parquet"), quiet=True)
    assert [dataset.classes[label] for label in dataset.labels] == ["cat", "dog", "cat"]
    assert dataset.images[:, 0, 0, 1].tolist() == [0, 9, 18]


SHARDS = {
    "in the folder": ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"),
    "in data/": ("data/train-00000-of-00002", "data/train-00001-of-00002", "data/test-00000-of-00001"),
    "in a folder a split": ("plain_text/train/0000", "plain_text/train/0001", "plain_text/test/0000"),
}


@pytest.mark.parametrize("name", SHARDS)
def test_parquet_files_of_a_folder_are_its_splits(tmp_path, name):
    for path in SHARDS[name]:
        put_parquet(tmp_path / f"{path}.parquet", [0, 1])
    (tmp_path / "README.md").write_text("about")
    listing = recognition.read(tmp_path)
    assert Counter(listing.splits.tolist()) == {"train": 4, "test": 2}
    assert listing.classes == ("cat", "dog")


def test_rows_of_parquet_without_image_or_label_are_put_aside(tmp_path):
    put_parquet(tmp_path / "t.parquet", [0, 1, -1])
    table = pl.read_parquet(tmp_path / "t.parquet").vstack(
        pl.DataFrame(
            {"image": [None], "label": [1]},
            schema_overrides={"image": pl.Struct({"bytes": pl.Binary, "path": pl.String})},
        )
    )
    table.write_parquet(tmp_path / "t.parquet", metadata=HUB)
    assert [skipped.reason for skipped in recognition.read(tmp_path / "t.parquet").skipped_items] == [
        "the row has no label.",
        "the row has no image.",
    ]


PARQUET_ERRORS = {
    "two images": (
        {"labels": [0], "column": "left"},
        "images in several columns, 'left' and 'right'. Call the one to take",
    ),
    "lists of labels": ({"labels": [[0, 1], [1]]}, "'label' holds lists. .*multi-label"),
    "a number without a name": ({"labels": [0, 1, 2]}, "has the label 2, and names for 2 classes only"),
}


@pytest.mark.parametrize("name", PARQUET_ERRORS)
def test_parquet_that_cannot_be_used_is_refused(tmp_path, name):
    settings, message = PARQUET_ERRORS[name]
    put_parquet(tmp_path / "t.parquet", **settings)
    if name == "two images":
        table = pl.read_parquet(tmp_path / "t.parquet")
        table.with_columns(right=pl.col("left")).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=message):
        recognition.read(tmp_path / "t.parquet")


def test_parquet_files_that_differ_are_refused(tmp_path):
    put_parquet(tmp_path / "a.parquet", [0, 1])
    put_parquet(tmp_path / "b.parquet", [0, 1], column="photo")
    with pytest.raises(DataError, match="have different columns"):
        recognition.read(tmp_path)


@pytest.mark.parametrize("content", [b"x1", b"RIFF\0\0\0\0WAVEfmt ", None])
def test_parquet_with_other_bytes_is_a_table_of_rows(tmp_path, content):
    values = pl.Series("hash", [content, content], pl.Binary)
    pl.DataFrame({"hash": values, "value": [1.5, 2.5]}).write_parquet(tmp_path / "t.parquet")
    assert is_table(str(tmp_path / "t.parquet"))


def test_parquet_of_the_hub_may_name_files_instead(tmp_path):
    put(tmp_path, {})
    kind = pl.Struct({"bytes": pl.Binary, "path": pl.String})
    images = pl.Series("image", [{"bytes": None, "path": path} for path in COLUMNS["file_name"]], kind)
    pl.DataFrame({"image": images, "label": COLUMNS["label"]}).write_parquet(tmp_path / "t.parquet")
    assert found(recognition.read(tmp_path / "t.parquet")) == CLASSES


def test_a_class_folder_is_not_searched_for_parquet(make_images, monkeypatch):
    folder = make_images({"cat": 60, "dog": 60})
    monkeypatch.setattr(
        "saccade.modalities.images.image_tables.parquet.image_columns", lambda _: pytest.fail("searched")
    )
    assert len(recognition.read(folder).files) == 120
