"""Images over HTTP: whether they are alarms, and on request where; for programs, clients of the protocol and people."""

import httpx
import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from saccade import serving
from saccade.inference import open_file

PNG = {"Content-Type": "image/png"}


@pytest.fixture(scope="module")
def predictor(exported_images):
    return open_file(exported_images)


@pytest.fixture(scope="module")
def address(predictor, running):
    with running(serving.make_app(predictor, name="cloth", limits=serving.Limits(images=3))) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with httpx.Client(base_url=address, timeout=20, verify=False) as client:
        yield client


@pytest.fixture
def dent(photos):
    return photos / "dent" / "0.png"


def test_an_image_is_answered_as_its_file_is(client, dent, predictor):
    ((_, expected),) = predictor.predict_files([dent])
    answer = client.post("/predict", content=dent.read_bytes(), headers=PNG).json()
    (image,) = answer["images"]
    assert image == {"name": "", "score": expected.score, "alarm": expected.alarm, "p_value": expected.p_value}
    assert (answer["model"], answer["threshold"]) == ("cloth", predictor.threshold.value)


def test_the_map_comes_on_request(client, dent, predictor):
    (image,) = client.post("/predict?map=true", content=dent.read_bytes(), headers=PNG).json()["images"]
    expected = predictor.outputs(predictor.intake.content(dent.read_bytes())[None])["anomaly_map"][0]
    np.testing.assert_allclose(image["anomaly_map"], expected, atol=6e-4)


@pytest.mark.parametrize(("query", "status", "said"), [("map=maybe", 422, "true or false"), ("map=", 200, "")])
def test_odd_requests_are_refused_in_one_sentence(client, dent, query, status, said):
    answer = client.post(f"/predict?{query}", content=dent.read_bytes(), headers=PNG)
    assert (answer.status_code, said in answer.json().get("error", "")) == (status, True)


def test_what_is_no_image_or_too_many_is_refused(client, dent):
    assert client.post("/predict", content=b"text", headers=PNG).status_code == 422
    four = [("file", (f"{number}.png", dent.read_bytes())) for number in range(4)]
    assert client.post("/predict", files=four).status_code == 413


def test_tensors_are_answered_with_score_and_map(client, predictor):
    about = client.get("/v2/models/cloth").json()
    assert [(each["name"], each["datatype"], each["shape"]) for each in about["outputs"]] == [
        ("score", "FP64", [-1]),
        ("anomaly_map", "FP32", [-1, 18, 18]),
    ]
    assert "19 of 20 normal images" in about["outputs"][1]["parameters"]["meaning"]
    assert about["parameters"] == {"threshold": predictor.threshold.value}
    pixels = np.random.default_rng(0).integers(0, 256, (2, 18, 18, 1), dtype=np.uint8)
    tensor = {"name": "pixels", "datatype": "UINT8", "shape": list(pixels.shape), "data": pixels.ravel().tolist()}
    answer = client.post("/v2/models/cloth/infer", json={"inputs": [tensor]}).json()
    score, where = answer["outputs"]
    expected = predictor.outputs(pixels)
    np.testing.assert_allclose(score["data"], expected["score"])
    np.testing.assert_allclose(np.reshape(where["data"], where["shape"]), expected["anomaly_map"], rtol=1e-6)


def test_the_description_is_made_of_the_signature(client):
    told = client.get("/openapi.json").json()
    infer = told["paths"]["/v2/models/cloth/infer"]["post"]["responses"]["200"]["description"]
    assert "anomaly_map [n, 18, 18]: error of each pixel" in infer
    image = told["components"]["schemas"]["Predictions"]["properties"]["images"]["items"]
    assert "anomaly_map" in image["properties"]
    assert "anomaly_map" not in image["required"]


def test_metrics_count_alarms_and_normal_images(client, dent):
    client.post("/predict", content=dent.read_bytes(), headers=PNG)
    assert 'saccade_answers_total{class="' in client.get("/metrics").text


def test_a_person_drops_an_image_and_sees_where(chromium, address, dent):
    chromium.get(address)
    chromium.find_element(By.ID, "files").send_keys(str(dent))
    WebDriverWait(chromium, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, "#answers canvas"))
    assert chromium.find_element(By.ID, "status").text.startswith("1 image, ")
    assert "score" in chromium.find_element(By.CSS_SELECTOR, "#answers h3").text
    colours = chromium.execute_script(
        "const canvas = document.querySelectorAll('#answers canvas')[1];"
        "return new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    )
    assert colours > 10
    assert not chromium.get_log("browser")
