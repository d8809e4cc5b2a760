import numpy as np
import pytest
from PIL import Image

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError, RunError
from saccade.core.model_metadata import ModelMetadata, as_texts
from saccade.modalities.images.intake import Intake
from saccade.modalities.images.streams import Remarks
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.detections import signature
from saccade.tasks.object_detection.predictor import DetectionPredictor, predictor_of_file

SIDE = 64
FOUND = {"boxes": [(16, 16, 48, 48), (0, 20, 8, 40)], "scores": [0.9, 0.2], "classes": [1, 0]}
"""What the network of these tests finds in every image, in its own pixels."""


def always(pixels):
    """Answer every image alike, as a network would."""
    made = {"boxes": np.zeros((len(pixels), 100, 4), np.float32), "scores": np.zeros((len(pixels), 100), np.float32)}
    made["classes"] = np.zeros((len(pixels), 100), np.int32)
    for name, values in FOUND.items():
        made[name][:, : len(values)] = values
    return made


def predictor_of(fit="pad", channels=1):
    intake = Intake((SIDE, SIDE, channels), fit)
    return DetectionPredictor("small", always, intake, ("cat", "dog"), 0.5, ConfidenceThreshold(0.4))


@pytest.fixture
def photo(tmp_path):
    """An image 128 pixels wide and 64 high."""
    Image.fromarray(np.full((64, 128), 90, np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.mark.parametrize(
    ("fit", "box"),
    [
        ("stretch", [32, 16, 96, 48]),
        ("pad", [32, 0, 96, 64]),  # 16 rows above and below are padding, and boxes do not leave the image
    ],
)
def test_boxes_come_in_pixels_of_the_file(photo, fit, box):
    ((name, found),) = predictor_of(fit).predict_files([photo])
    assert name == str(photo)
    assert found.size == (64, 128)
    assert found.boxes.tolist() == [box]
    assert found.to_dicts(("cat", "dog"))[0]["class"] == "dog"


def test_boxes_of_a_turned_photo_lie_where_a_person_sees_them(tmp_path):
    image = Image.fromarray(np.full((64, 128), 90, np.uint8))
    exif = image.getexif()
    exif[274] = 6
    image.save(tmp_path / "upright.jpg", exif=exif)
    ((_, found),) = predictor_of("stretch").predict_files([tmp_path / "upright.jpg"])
    assert found.size == (128, 64)
    assert found.boxes.tolist() == [[16, 32, 48, 96]]


def test_images_of_many_sizes_keep_their_own_though_they_are_answered_together(tmp_path):
    sizes = [(64, 64), (128, 64), (32, 96)]
    for number, size in enumerate(sizes):
        Image.new("L", size[::-1]).save(tmp_path / f"{number}.png")
    (tmp_path / "1b.png").write_bytes(b"no image")
    answers = list(predictor_of().predict_files([tmp_path], remarks=Remarks()))
    assert [each.size for _, each in answers if not isinstance(each, SkippedItem)] == sizes
    assert [name[-6:] for name, each in answers if isinstance(each, SkippedItem)] == ["1b.png"]


def test_the_image_is_at_hand_where_its_boxes_are_wanted_beside_it(photo):
    (found,) = predictor_of().find_in_files([photo], remarks=Remarks())
    assert (found.name, found.content) == (str(photo), photo)
    assert found.detections.scores.tolist() == pytest.approx([0.9, 0.2])  # whatever the threshold


@pytest.mark.parametrize(("threshold", "count"), [(None, 1), (0.1, 2), (0.95, 0), (0, 2)])
def test_boxes_below_the_threshold_are_no_answers(threshold, count):
    (found,) = predictor_of().predict(np.zeros((SIDE, SIDE), np.uint8), threshold=threshold)
    assert len(found) == count


@pytest.mark.parametrize("shape", [(64, 128), (1, 64, 128), (64, 128, 1), (1, 64, 128, 1)])
def test_arrays_may_have_any_size(shape):
    (found,) = predictor_of("stretch").predict(np.zeros(shape, np.uint8))
    assert found.boxes.tolist() == [[32, 16, 96, 48]]


@pytest.mark.parametrize("shape", [(2, 64, 64, 3), (5,), (1, 2, 64, 64, 1)])
def test_arrays_of_another_kind_are_refused(shape):
    with pytest.raises(DataError, match="Expected images"):
        predictor_of().predict(np.zeros(shape, np.uint8))


def test_pixels_that_were_scaled_already_are_refused():
    with pytest.raises(DataError, match="multiply by 255"):
        predictor_of().predict(np.full((30, 40), 0.5))


def metadata_of(**changed):
    intake = Intake((SIDE, SIDE, 1), "pad")
    threshold = ConfidenceThreshold(0.3, images=20, precision=0.9, recall=0.8)
    texts = {**intake.to_dict(), "classes": ["cat", "dog"], "overlap": 0.5, "confidence_threshold": threshold.to_dict()}
    origin = dict.fromkeys(("name", "precision", "network_hash", "data_hash", "licence", "recipe", "made_by"), "")
    kind = {"task": "object_detection", "modality": "images", "signature": signature(intake)}
    return ModelMetadata(**origin, **kind, texts=as_texts({**texts, **changed}))


def test_a_file_says_all_that_is_needed_to_ask_it(tmp_path):
    opened = predictor_of_file(tmp_path / "model.onnx", metadata_of(), always, engine="onnx")
    assert (opened.objects, opened.threshold.value, opened.overlap) == (("cat", "dog"), 0.3, 0.5)
    (found,) = opened.predict(np.zeros((SIDE, SIDE), np.uint8))
    assert found.numbers.tolist() == [1]


@pytest.mark.parametrize(
    "damage",
    [
        {"classes": []},
        {"classes": ["cat", "cat"]},
        {"classes": [1]},
        {"classes": None},
        {"overlap": "much"},
        {"confidence_threshold": {"value": 2}},
        {"confidence_threshold": {}},
        {"image_shape": [0, 64, 1]},
        {"fit": "bend"},
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(tmp_path, damage):
    with pytest.raises(RunError):
        predictor_of_file(tmp_path / "model.onnx", metadata_of(**damage), always, engine="onnx")


def test_a_class_without_a_name_in_a_file_does_no_harm(tmp_path):
    opened = predictor_of_file(tmp_path / "model.onnx", metadata_of(classes=["cat"]), always, engine="onnx")
    (found,) = opened.predict(np.zeros((SIDE, SIDE), np.uint8))
    assert found.to_dicts(opened.objects)[0]["class"] == "cat"
