"""Data with boxes are known without a word; others are left to other tasks."""

import zipfile

import pytest
from PIL import Image

from saccade.core import registry
from saccade.core.errors import DataError
from saccade.modalities.images import box_recognition
from saccade.tasks import steps
from saccade.tasks.object_detection.recognition import default_recipe

XML = (
    "<annotation><object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
    "</object></annotation>"
)
COCO = '{"images": [], "annotations": [{"category_id": 1}], "categories": []}'
CREATE_ML = '[{"image": "a.jpg", "annotations": [{"label": "x", "coordinates": {}}]}]'
LABEL_STUDIO = '[{"data": {}, "annotations": [{"result": [{"value": {"rectanglelabels": ["a"]}}]}]}]'
FILES = {
    "pascal_voc": {"Annotations/a.xml": XML},
    "coco": {"annotations/instances_default.json": COCO},
    "create_ml": {"boxes.json": CREATE_ML},
    "label_studio": {"export.json": LABEL_STUDIO},
    "yolo": {"labels/train/a.txt": "0 .5 .5 .1 .1\n"},
    "table_of_boxes": {"boxes.csv": "path,label,xmin,ymin,xmax,ymax\na.jpg,cat,1,1,9,9\n"},
}  # fmt: skip


def written(folder, files):
    for name, text in {**files, "images/a.jpg": None, "images/b.jpg": None}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            Image.new("RGB", (20, 20)).save(path)
        else:
            path.write_text(text)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_every_format_is_known_in_a_folder_and_no_other_task_takes_it(name, tmp_path):
    folder = written(tmp_path / "boxes", FILES[name])
    assert [
        each for each in registry.names("box_formats") if registry.load("box_formats", each).recognises(folder)
    ] == [name]
    assert default_recipe(str(folder)) == "object_detection"
    assert steps.default_recipe(str(folder)) == "object_detection"


@pytest.mark.parametrize("name", ["pascal_voc", "yolo"])
def test_archives_are_known(name, tmp_path):
    folder = written(tmp_path / "boxes", FILES[name])
    archive = tmp_path / "boxes.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*.*")):
            packed.write(path, path.relative_to(tmp_path))
    assert steps.default_recipe(str(archive)) == "object_detection"


def test_a_yaml_file_that_describes_data_is_no_recipe(tmp_path):
    folder = written(tmp_path / "boxes", {**FILES["yolo"], "data.yaml": "train: images/train\nnc: 1\nnames: [cat]\n"})
    described = str(folder / "data.yaml")
    assert steps.what_to_train(described, {"epochs": 2}) == ("object_detection", {"data": described, "epochs": 2})
    assert steps.what_to_train(None, {"data": described})[0] == "object_detection"
    (folder / "recipe.yaml").write_text("task: object_detection\ndata: boxes\n")
    assert steps.what_to_train(str(folder / "recipe.yaml"), {}) == (str(folder / "recipe.yaml"), {})


@pytest.mark.parametrize(("name", "text"), [("a.xml", XML), ("data.yaml", "train: ../train\nnc: 1\nnames: [cat]\n")])
def test_boxes_without_their_images_are_told_so(name, text, tmp_path):
    (tmp_path / "boxes").mkdir()
    (tmp_path / "boxes" / name).write_text(text)
    with pytest.raises(DataError, match="no images. Name the folder that has both"):
        box_recognition.read(tmp_path / "boxes", quiet=True)


def test_a_table_or_a_json_file_is_known_itself(tmp_path):
    folder = written(tmp_path / "boxes", {**FILES["table_of_boxes"], **FILES["coco"]})
    assert steps.default_recipe(str(folder / "boxes.csv")) == "object_detection"
    assert steps.default_recipe(str(folder / "annotations" / "instances_default.json")) == "object_detection"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.txt": "photos of cats\n", "LICENSE.txt": "MIT\n"},
        {"labels.csv": "path,label\nimages/a.jpg,cat\nimages/b.jpg,dog\n"},
        {"meta.json": '{"images": 2}', "notes.xml": "<notes/>", "train.txt": "images/a.jpg 0\nimages/b.jpg 1\n"},
    ],
)
def test_data_without_boxes_are_left_to_other_tasks(files, tmp_path):
    assert default_recipe(str(written(tmp_path / "photos", files))) is None


@pytest.mark.parametrize("data", ["mnist", "nowhere", "nowhere/photos.zip"])
def test_named_data_without_boxes_and_what_is_not_there_are_left(data):
    assert default_recipe(data) is None


def test_a_damaged_archive_is_left_to_what_reads_it(tmp_path):
    (tmp_path / "boxes.zip").write_bytes(b"PK no archive")
    assert default_recipe(str(tmp_path / "boxes.zip")) is None


def test_scattered_digits_have_a_recipe_of_their_own():
    assert default_recipe("scattered_digits") == "scattered-digits"
