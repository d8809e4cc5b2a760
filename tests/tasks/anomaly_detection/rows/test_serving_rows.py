"""Rows over HTTP: the same answers as on the command line, in JSON, CSV and tensors, and on a page."""

import json
import math

import httpx
import numpy as np
import pytest
from made_rows import NAMES, make_rows, write_rows

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from saccade import serving
from saccade.inference import open_file, open_run
from saccade.modalities.tables.streaming import encoded_batches
from saccade.tasks.anomaly_detection.anomaly import scores_of
from saccade.tasks.anomaly_detection.row_streams import predict_rows

pytestmark = pytest.mark.heavy

CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def served(running):
    """Give a context of the service with some limits: `with served(predictor, rows=10) as address`."""
    return lambda predictor, **limits: running(
        serving.make_app(predictor, name="cards", limits=serving.Limits(**limits))
    )


@pytest.fixture(scope="module")
def predictor(made_table):
    return open_run(made_table)


@pytest.fixture(scope="module")
def client(predictor, served):
    with served(predictor, rows=400) as address, httpx.Client(base_url=address, timeout=20, verify=False) as client:
        yield client


@pytest.fixture
def expected(predictor, new_rows):
    return [anomaly.to_dict() for anomaly in predict_rows(predictor, new_rows)]


def as_json(rows):
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


def test_csv_is_answered_as_a_file(client, new_rows, expected, predictor):
    answer = client.post("/predict", content=new_rows.read_bytes(), headers=CSV).json()
    assert answer["rows"] == json.loads(json.dumps(expected))
    assert (answer["model"], answer["threshold"], answer["skipped_items"]) == ("cards", predictor.threshold.value, [])


def test_json_by_rows_and_by_columns_is_answered_alike(client, expected):
    rows = as_json(make_rows(300, seed=7))
    columns = {name: [row[name] for row in rows] for name in NAMES}
    for body in (rows, {"rows": rows}, {"columns": columns}):
        assert client.post("/predict", json=body).json()["rows"] == json.loads(json.dumps(expected))


def test_a_row_alone_is_answered_as_among_others(client, expected):
    row = as_json(make_rows(300, seed=7))[4]
    (answer,) = client.post("/predict", json={"columns": row}).json()["rows"]
    assert answer["score"] == pytest.approx(expected[4]["score"], rel=1e-6)
    assert client.post("/predict?reasons=4", json=[row]).json()["rows"][0]["reasons"][3]["column"]


def test_rows_that_cannot_be_read_are_said(client):
    rows = as_json(make_rows(20))
    rows[3]["amount"] = "much"
    answer = client.post("/predict", json=rows).json()
    assert answer["skipped_items"] == [{"row": "row 4", "reason": "'amount' is 'much', which is no finite number."}]
    assert [row["row"] for row in answer["rows"]] == [number for number in range(1, 21) if number != 4]


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        (b"{", "application/json", 400, "no JSON"),
        (b"7", "application/json", 422, "Expected a list of rows"),
        (b"[]", "application/json", 422, "There is no row"),
        (b"[1]", "application/json", 422, "Expected a list of rows"),
        (b'{"rows": {}}', "application/json", 422, "Expected a list of rows"),
        (b'{"columns": []}', "application/json", 422, "Expected a list of rows"),
        (b'[{"amount": 1}]', "application/json", 422, "lacks 3 of the 4 columns"),
        (b"amount,kind\n1,ATM\n", "text/csv", 422, "the body lacks 2 of the 4 columns"),
        (b"", "text/csv", 422, "the body is empty"),
        (b"\x89PNG", "text/csv", 422, "the body is no CSV but an image"),
        (b"\n", "text/csv", 422, "the body is empty"),
        (b"sep=;\n", "text/csv", 422, "the body is empty"),
        (b"# nothing\n,,\n", "text/csv", 422, "the body is empty"),
        (b'a,"b\n1,2\n', "text/csv", 422, "a quotation mark is opened and never closed"),
        (b"\0\0", "text/csv", 422, "the body is no CSV but a binary file"),
        (b"x", "image/png", 415, "Expected text/csv or application/json"),
    ],
)
def test_what_are_no_rows_is_refused_in_one_sentence(client, body, kind, status, said):
    response = client.post("/predict", content=body, headers={"Content-Type": kind})
    assert (response.status_code, said in response.json()["error"]) == (status, True), response.json()


@pytest.mark.parametrize(
    "written",
    [
        lambda text: b"\n\r\n" + text,
        lambda text: text.replace(b"\r\n", b"\n").replace(b"\n", b"\r"),
        lambda text: b"sep=,\n" + text,
        lambda text: b"# from the till\n" + text,
        lambda text: text.decode().encode("utf-16"),
    ],
)
def test_a_csv_body_is_read_as_a_file_is(client, tmp_path, written):
    plain = write_rows(tmp_path / "rows.csv", make_rows(9)).read_bytes()
    reference = client.post("/predict", content=plain, headers=CSV).json()
    found = client.post("/predict", content=written(plain), headers=CSV).json()
    assert found["rows"] == reference["rows"]
    assert len(found["notes"]) == len(reference["notes"]) + 1


def test_too_many_rows_and_odd_reasons_are_refused(client, tmp_path):
    many = write_rows(tmp_path / "many.csv", make_rows(401)).read_bytes()
    response = client.post("/predict", content=many, headers=CSV)
    assert (response.status_code, response.json()["error"]) == (
        413,
        "More than 400 rows in a request. Send them in several.",
    )
    assert client.post("/predict?reasons=many", json=as_json(make_rows(1))).status_code == 422


# The Open Inference Protocol


def test_the_tensors_say_what_they_are(client, predictor):
    about = client.get("/v2/models/cards").json()
    (taken,) = about["inputs"]
    assert (taken["name"], taken["datatype"], taken["shape"]) == ("columns", "FP32", [-1, 4])
    assert [output["name"] for output in about["outputs"]] == ["contributions", "score"]
    assert [column["name"] for column in about["parameters"]["columns"]] == list(predictor.schema.names)


@pytest.mark.parametrize("is_binary", [False, True])
def test_tensors_are_answered_with_contributions_and_score(client, predictor, new_rows, is_binary):
    (batch,) = encoded_batches(new_rows, predictor.schema)
    values = batch.values[:20]
    tensor = {"name": "columns", "datatype": "FP32", "shape": [20, 4]}
    headers, tail = {}, b""
    if is_binary:
        tail = values.astype("<f4").tobytes()
        tensor["parameters"] = {"binary_data_size": len(tail)}
    else:
        tensor["data"] = [[None if np.isnan(value) else float(value) for value in row] for row in values]
    head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": is_binary}}).encode()
    headers["Inference-Header-Content-Length"] = str(len(head))
    response = client.post("/v2/models/cards/infer", content=head + tail, headers=headers)
    assert response.status_code == 200, response.text
    expected = predictor.contributions(values)
    if is_binary:
        length = int(response.headers["inference-header-content-length"])
        found = np.frombuffer(response.content[length : length + 320], "<f4").reshape(20, 4)
        scores = np.frombuffer(response.content[length + 320 :], "<f8")
    else:
        contributions, score = response.json()["outputs"]
        found, scores = np.reshape(contributions["data"], (20, 4)), np.array(score["data"])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(scores, scores_of(expected), rtol=1e-6)


def test_one_output_may_be_asked_for(client):
    tensor = {"name": "columns", "datatype": "FP32", "shape": [1, 4], "data": [20, 0, None, 1]}
    asked = {"inputs": [tensor], "outputs": [{"name": "score"}]}
    (output,) = client.post("/v2/models/cards/infer", json=asked).json()["outputs"]
    assert (output["name"], output["datatype"], output["shape"]) == ("score", "FP64", [1])
    refused = client.post("/v2/models/cards/infer", json={**asked, "outputs": [{"name": "probabilities"}]})
    assert refused.json()["error"] == "The outputs are 'contributions' and 'score'."


@pytest.mark.parametrize(
    "data", [[1, 2, 3], ["1", 2, 3, 4], [True, 2, 3, 4], None, {"a": 1}, [[1, 2], [3]], [10**400] * 4]
)
def test_tensors_with_other_numbers_are_refused(client, data):
    tensor = {"name": "columns", "datatype": "FP32", "shape": [1, 4], "data": data}
    response = client.post("/v2/models/cards/infer", json={"inputs": [tensor]})
    assert (response.status_code, "Expected data of 4 numbers" in response.json()["error"]) == (422, True)


@pytest.mark.parametrize("wrong", [float("inf"), -float("inf"), np.nan, 1e39, -1e39, 10**39, 3.5e38])
@pytest.mark.parametrize("is_binary", [False, True])
def test_numbers_that_are_not_finite_are_refused_and_never_answered(client, wrong, is_binary):
    values = [1.0, 2.0, wrong, 1.0]
    tensor = {"name": "columns", "datatype": "FP32", "shape": [1, 4]}
    with np.errstate(over="ignore"):
        tail = np.array(values, float).astype("<f4").tobytes() if is_binary else b""
    tensor |= {"parameters": {"binary_data_size": len(tail)}} if is_binary else {"data": values}
    for wants_bytes in (False, True):
        head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": wants_bytes}}).encode()
        headers = {"Inference-Header-Content-Length": str(len(head))}
        response = client.post("/v2/models/cards/infer", content=head + tail, headers=headers)
        if is_binary and math.isnan(wrong):  # in bytes, this is how a value is missing: there is no null
            assert response.status_code == 200
            assert b"NaN" not in response.content
        else:
            said = response.json()["error"]
            expected = "Expected data of 4 numbers" if math.isnan(wrong) else "Value 3 of 'columns' is infinite"
            assert (response.status_code, said[: len(expected)]) == (422, expected)


# For people and clients


def test_metrics_count_alarms_and_normal_rows(client, new_rows):
    client.post("/predict", content=new_rows.read_bytes(), headers=CSV)
    measures = client.get("/metrics").text
    assert 'saccade_answers_total{class="alarm"}' in measures
    assert 'saccade_answers_total{class="normal"}' in measures


@pytest.mark.slow
def test_the_page_answers_pasted_rows_with_bars(chromium, complaints, served, exported_table, tmp_path):
    rows = make_rows(30, seed=3)
    rows[2][0] = "-900.5"
    with served(open_file(exported_table)) as address:
        # not set_window_size: a size that another test has emulated would stay
        size = {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        chromium.get(address)
        area = chromium.find_element(By.ID, "rows")
        area.clear()
        area.send_keys("\n".join(",".join(row[:4]) for row in [list(NAMES), *rows]))
        chromium.find_element(By.ID, "ask").click()
        status = chromium.find_element(By.ID, "status")
        WebDriverWait(chromium, 10).until(lambda _: "30 rows" in status.text, message=status.text)
        first = chromium.find_element(By.CSS_SELECTOR, "#answers article")
        assert "row 3 " in first.text
        assert "amount is −900.5" in first.text
        assert "usually" in first.text
        assert first.find_element(By.CSS_SELECTOR, "li").get_attribute("style").startswith("--split:")
        assert chromium.execute_script("return document.documentElement.scrollWidth") <= 390
        chromium.save_screenshot(str(tmp_path / "page.png"))
    assert not complaints(chromium)
