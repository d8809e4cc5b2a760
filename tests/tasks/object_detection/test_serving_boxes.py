import io
import json

import numpy as np
import pytest
from PIL import Image

from saccade import serving
from saccade.modalities.images.intake import Intake
from saccade.tasks.object_detection.confidence_threshold import ConfidenceThreshold
from saccade.tasks.object_detection.predictor import DetectionPredictor

testclient = pytest.importorskip("starlette.testclient")


def two_objects(pixels):
    made = {"boxes": np.zeros((len(pixels), 100, 4), np.float32), "scores": np.zeros((len(pixels), 100), np.float32)}
    made["classes"] = np.zeros((len(pixels), 100), np.int32)
    made["boxes"][:, :2], made["scores"][:, :2], made["classes"][:, :2] = [16, 16, 48, 48], [0.9, 0.2], [1, 0]
    return made


@pytest.fixture(scope="module")
def client():
    predictor = DetectionPredictor(
        "small", two_objects, Intake((64, 64, 3), "stretch"), ("cat", "<dog>"), 0.5, ConfidenceThreshold(0.4)
    )
    with testclient.TestClient(serving.make_app(predictor, name="small"), base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture(scope="module")
def photo():
    """A photo of 200×100 pixels, held upright: 100×200 to a person."""
    image, file = Image.new("RGB", (200, 100), "grey"), io.BytesIO()
    exif = image.getexif()
    exif[274] = 6
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def ask(client, photo, **query):
    return client.post("/predict", content=photo, headers={"Content-Type": "image/jpeg"}, params=query)


def test_boxes_come_in_pixels_of_the_image_that_was_sent(client, photo):
    (said,) = ask(client, photo).json()["predictions"]
    assert (said["width"], said["height"]) == (100, 200)
    assert said["objects"] == [{"class": "<dog>", "score": pytest.approx(0.9), "box": [25, 50, 75, 150]}]


def test_another_threshold_may_be_asked_for(client, photo):
    answer = ask(client, photo, threshold=0.1).json()
    assert answer["threshold"] == 0.1
    assert [each["class"] for each in answer["predictions"][0]["objects"]] == ["<dog>", "cat"]


@pytest.mark.parametrize("wrong", ["much", "2", "-1", "nan"])
def test_a_threshold_that_is_no_score_is_refused(client, photo, wrong):
    answer = ask(client, photo, threshold=wrong)
    assert answer.status_code == 422
    assert "score from 0 to 1" in answer.json()["error"]


def test_the_open_inference_protocol_has_the_three_outputs(client):
    described = client.get("/v2/models/small").json()
    assert [(each["name"], each["datatype"], each["shape"]) for each in described["outputs"]] == [
        ("boxes", "FP32", [-1, 100, 4]),
        ("scores", "FP32", [-1, 100]),
        ("classes", "INT32", [-1, 100]),
    ]
    pixels = {"name": "pixels", "shape": [1, 64, 64, 3], "datatype": "UINT8", "data": [0] * (64 * 64 * 3)}
    answer = client.post("/v2/models/small/infer", json={"inputs": [pixels]}).json()
    by_name = {each["name"]: each for each in answer["outputs"]}
    assert by_name["boxes"]["data"][:4] == [16, 16, 48, 48]
    assert by_name["classes"]["data"][:3] == [1, 0, 0]


def test_page_and_description_name_the_classes_safely(client):
    page, described = client.get("/").text, client.get("/openapi.json").json()
    assert "Finds 2 classes of objects: cat, &lt;dog&gt;." in page
    assert "<dog>" not in page
    assert "threshold" in json.dumps(described)


def test_objects_are_counted_for_prometheus(client, photo):
    ask(client, photo)
    assert 'saccade_answers_total{class="<dog>"}' in client.get("/metrics").text
