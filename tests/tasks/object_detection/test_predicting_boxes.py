import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from saccade.core.errors import DataError, RecipeError
from saccade.modalities.images.intake import Intake
from saccade.tasks.object_detection.answer_files import FileNames
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.predictor import DetectionPredictor
from saccade.tasks.object_detection.terminal import predict_images

BOX, SCORE = (16, 16, 48, 48), 0.9


def one_dog(pixels):
    """Find the same dog in every image that is not black, and an unsure cat."""
    made = {"boxes": np.zeros((len(pixels), 100, 4), np.float32), "scores": np.zeros((len(pixels), 100), np.float32)}
    made["classes"] = np.zeros((len(pixels), 100), np.int32)
    bright = pixels.reshape(len(pixels), -1).max(axis=1) > 0
    made["boxes"][:, 0], made["classes"][:, 0], made["scores"][:, 0] = BOX, 1, SCORE * bright
    made["boxes"][:, 1], made["scores"][:, 1] = (0, 0, 10, 10), 0.25 * bright
    return made


@pytest.fixture
def predictor():
    return DetectionPredictor(
        "small", one_dog, Intake((64, 64, 3), "stretch"), ("cat", "dog"), 0.5, ConfidenceThreshold(0.4)
    )


@pytest.fixture
def photos(tmp_path):
    """A photo of 200×100 pixels with a dog, and one with nothing."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(np.full((100, 200, 3), 120, np.uint8)).save(folder / "dog.jpg")
    Image.fromarray(np.zeros((100, 200, 3), np.uint8)).save(folder / "none.png")
    return folder


def test_a_line_a_box_is_printed_and_an_image_without_any_is_not_lost(predictor, photos, capsys):
    predict_images(predictor, "small", [str(photos)], form="table")
    out, err = capsys.readouterr()
    dog, none = out.splitlines()
    assert dog.split() == ["dog", "0.900", "50", "25", "150", "75", str(photos / "dog.jpg")]
    assert none.split() == ["–", str(photos / "none.png")]
    assert "Found: 1 × dog, from a score of 0.40 on." in err


def test_json_has_a_line_an_image_with_all_its_boxes(predictor, photos, capsys):
    predict_images(predictor, "small", [str(photos)], form="json", threshold=0.2)
    dog, none = map(json.loads, capsys.readouterr().out.splitlines())
    assert (dog["width"], dog["height"]) == (200, 100)
    assert [(each["class"], each["box"]) for each in dog["objects"]] == [
        ("dog", [50, 25, 150, 75]),
        ("cat", [0, 0, 31.25, 15.62]),
    ]
    assert none["objects"] == []


def test_csv_has_a_row_a_box(predictor, photos, capsys):
    predict_images(predictor, "small", [str(photos)], form="csv")
    dog, none = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert dog == {
        "file": str(photos / "dog.jpg"),
        "label": "dog",
        "score": "0.900000",
        "xmin": "50.00",
        "ymin": "25.00",
        "xmax": "150.00",
        "ymax": "75.00",
    }
    assert not any(none[name] for name in ("label", "score", "xmin"))


def test_an_image_that_cannot_be_read_does_not_stop_the_others(predictor, photos, capsys):
    (photos / "bad.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(DataError, match="1 of 3 files"):
        predict_images(predictor, "small", [str(photos)], form="json")
    assert "Found: 1 × dog" in capsys.readouterr().err


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_that_is_no_score_is_refused(predictor, photos, threshold):
    with pytest.raises(RecipeError, match="from 0 to 1"):
        predict_images(predictor, "small", [str(photos)], form="table", threshold=threshold)


def test_coco_holds_images_boxes_and_categories(predictor, photos, tmp_path, capsys):
    predict_images(predictor, "small", [str(photos)], form="table", coco=tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())
    assert [each["file_name"] for each in found["images"]] == [str(photos / "dog.jpg"), str(photos / "none.png")]
    (box,) = found["annotations"]
    assert (box["image_id"], box["category_id"], box["bbox"], box["area"]) == (1, 2, [50, 25, 100, 50], 5000)
    assert box["score"] == pytest.approx(0.9)
    assert [each["name"] for each in found["categories"]] == ["cat", "dog"]
    assert str(tmp_path / "found.json") in capsys.readouterr().err


def test_yolo_has_a_file_an_image_also_where_nothing_is_found(predictor, photos, tmp_path):
    predict_images(predictor, "small", [str(photos)], form="table", yolo=tmp_path / "labels")
    assert (tmp_path / "labels" / "dog.txt").read_text() == "1 0.500000 0.500000 0.500000 0.500000\n"
    assert (tmp_path / "labels" / "none.txt").read_text() == ""
    assert (tmp_path / "labels" / "classes.txt").read_text() == "cat\ndog\n"


def test_drawings_are_images_with_the_boxes_on_them(predictor, photos, tmp_path):
    predict_images(predictor, "small", [str(photos)], form="table", draw=tmp_path / "drawn")
    dog, none = (Image.open(tmp_path / "drawn" / f"{name}.jpg") for name in ("dog", "none"))
    assert dog.size == none.size == (480, 240)
    assert np.asarray(dog).std() > 5
    assert np.asarray(none).max() < 5


def test_a_place_that_cannot_be_written_is_named(predictor, photos, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(DataError, match="Name another place"):
        predict_images(predictor, "small", [str(photos)], form="table", yolo=tmp_path / "taken")


def test_files_of_images_with_one_name_do_not_overwrite_each_other():
    names = FileNames(".txt")
    assert [names.next(each) for each in ("a/1.png", "b/1.png", "b/1.jpg", "c/2.png", "1")] == [
        "1.txt",
        "b-1.txt",
        "b-1-2.txt",
        "2.txt",
        "1-2.txt",
    ]
