import base64
import hashlib
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from saccade.tasks.classification.abstention import Level
from saccade.tasks.classification.calibration import Calibration

pytestmark = pytest.mark.heavy

JSON = {"Content-Type": "application/json"}
PNG = {"Content-Type": "image/png"}
INFER = "/v2/models/photos/infer"


def labels(response):
    assert response.status_code == 200, response.text
    return [each["class"] for each in response.json()["predictions"]]


def refused(response, status, message):
    assert response.status_code == status, response.text
    assert list(response.json()) == ["error"]
    assert message in response.json()["error"]


def at_once(count, ask):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, range(count)))


def tensor(images, **other):
    values = np.asarray(images, np.uint8)
    return {
        "inputs": [{"name": "pixels", "datatype": "UINT8", "shape": list(values.shape), "data": values.tolist()}],
        **other,
    }


# POST /predict


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "IMAGE/PNG; x=y"])
def test_a_raw_body_is_one_image(serve, png, kind):
    response = serve().post("/predict", content=png(0), headers={"Content-Type": kind})
    assert labels(response) == ["dark <b>"]
    (answer,) = response.json()["predictions"]
    assert answer["probabilities"] == {"bright": 0, "dark <b>": 1}
    assert answer["probability"] == 1
    assert response.json()["model"] == "photos"


def test_a_form_has_many_images_answered_in_order_by_name(serve, png):
    files = [("file", ("a.png", png(255))), ("other", ("ü.png", png(0))), ("file", ("c.png", png(200)))]
    response = serve().post("/predict", files=files)
    assert labels(response) == ["bright", "dark <b>", "bright"]
    assert [each["name"] for each in response.json()["predictions"]] == ["a.png", "ü.png", "c.png"]


def test_a_name_in_a_strange_charset_is_answered(serve, png):
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="+2AA-.png"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b; charset=utf-7"}  # where that is half a character
    response = serve().post("/predict", content=head + png() + b"\r\n--b--\r\n", headers=headers)
    assert labels(response) == ["bright"]
    assert response.json()["predictions"][0]["name"] == "?.png"


def test_json_has_images_in_base64(serve, png):
    content = {"images": [base64.b64encode(png(level)).decode() for level in (0, 255)]}
    assert labels(serve().post("/predict", json=content)) == ["dark <b>", "bright"]


def test_an_answer_may_be_left_undecided(serve, predictor, png):
    levels = (Level(1, 0, 100, 20, 0.3), Level(0.5, 0.9, 50, 0, 0.01))
    object.__setattr__(predictor, "calibration", Calibration(1, 100, (1, 1), (0, 0), levels))
    client = serve(alone=True)
    assert labels(client.post("/predict?abstain=0.02", content=png(140), headers=PNG)) == [None]
    assert labels(client.post("/predict?abstain=0.02", content=png(255), headers=PNG)) == ["bright"]
    assert labels(client.post("/predict", content=png(140), headers=PNG)) == ["bright"]
    refused(client.post("/predict?abstain=0.001", content=png(), headers=PNG), 422, "cannot be promised")
    refused(client.post("/predict?abstain=some", content=png(), headers=PNG), 422, "should be a number")


@pytest.mark.parametrize(
    ("headers", "content", "status", "message"),
    [
        (PNG, b"", 422, "empty"),
        (PNG, b"hello", 422, "looks like text"),
        (PNG, b"\x89PNG\r\n\x1a\n" + bytes(100), 422, "damaged or cut short"),
        ({"Content-Type": "text/html"}, b"<p>", 415, "Expected an image/"),
        ({**PNG, "Content-Encoding": "gzip"}, b"", 415, "Compressed"),
        (JSON, b"{", 400, "no JSON"),
        (JSON, b"\xff", 400, "no JSON"),
        (JSON, b"[" * 90_000, 400, "nested too deeply"),
        (JSON, b"[" * 61 + b"]" * 61, 400, "nested too deeply"),
        (JSON, b'{"a":' * 900 + b"1" + b"}" * 900, 400, "nested too deeply"),
        (JSON, b"1" * 5000, 400, "a number of thousands of digits"),
        (JSON, b"[]", 422, '{"images"'),
        (JSON, b'{"images": [1]}', 422, '{"images"'),
        (JSON, b'{"images": []}', 422, "no image"),
        (JSON, b'{"images": ["%%%"]}', 422, "Image 1: not base64"),
        (JSON, '{"images": ["ü"]}'.encode(), 422, "Image 1: not base64"),
        ({"Content-Type": "multipart/form-data"}, b"", 400, "boundary"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"no form", 400, "form is damaged"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--\r\n", 422, "no image"),
    ],
)
def test_what_is_no_image_gets_one_clear_message(serve, headers, content, status, message):
    refused(serve().post("/predict", content=content, headers=headers), status, message)


def test_of_many_images_the_bad_one_is_named(serve, png):
    files = [("file", ("a.png", png())), ("file", ("b.png", png()[:-30]))]
    refused(serve().post("/predict", files=files), 422, "Image 2 of 2: ")


# Limits


def test_a_body_over_the_limit_is_not_kept(serve, png):
    client = serve(body_bytes=1000)
    refused(client.post("/predict", content=bytes(1001), headers=PNG), 413, "larger than 0.001 MB")
    refused(client.post("/predict", content=iter([bytes(600)] * 3), headers=PNG), 413, "larger than 0.001 MB")
    refused(client.post("/predict", content=bytes(3_000_000), headers=PNG), 413, "larger than 0.001 MB")
    assert labels(client.post("/predict", content=png(), headers=PNG)) == ["bright"]


def test_a_image_of_too_many_pixels_is_not_decoded(serve, png):
    client = serve(image_pixels=399)
    refused(client.post("/predict", content=png(), headers=PNG), 422, "20×20 is more than 0.000399 megapixels")
    huge = png(size=(9000, 9000))  # more than what is decoded at once, in a file that is small
    refused(client.post("/predict", content=huge, headers=PNG), 422, "9000×9000 is more than")


def test_too_many_images_are_sent_away(serve, png):
    client = serve(images=3)
    message = "More than 3 images"
    refused(client.post("/predict", files=[("f", ("a.png", png()))] * 4), 413, message)
    refused(client.post("/predict", json={"images": ["aaaa"] * 4}), 413, message)
    refused(client.post(INFER, json=tensor(np.zeros((4, 8, 8, 1)))), 413, message)


def test_a_body_that_does_not_come_is_not_waited_for(serve):
    client = serve(seconds=0.5)
    with socket.create_connection((client.base_url.host, client.base_url.port), 5) as slow:
        slow.sendall(
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 99\r\n\r\nabc"
        )
        answer = b"".join(iter(lambda: slow.recv(4096), b""))  # until the service closes
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"did not arrive within 0.5 seconds" in answer


def test_an_answer_that_does_not_come_is_not_waited_for(serve, network, png):
    network.seconds = 1
    client = serve(seconds=0.3)
    response = client.post("/predict", content=png(), headers=PNG)
    refused(response, 503, "No answer within 0.3 seconds")
    assert response.headers["Retry-After"] == "1"


# Batching and back-pressure


def test_requests_that_wait_are_answered_together_and_each_gets_its_own(serve, network, png):
    client = serve()
    network.seconds, network.batches = 0.05, []
    levels = np.linspace(0, 255, 64).astype(int)

    def ask(number):
        return client.post("/predict", content=png(int(levels[number])), headers=PNG).json()["predictions"][0]

    answers = at_once(64, ask)
    assert [each["probabilities"]["bright"] for each in answers] == pytest.approx(levels / 255, abs=1e-6)
    assert sum(network.batches) == 64
    assert len(network.batches) <= 32
    assert max(network.batches) > 4


def test_a_lone_request_does_not_wait_for_others(serve, network, png):
    client = serve()
    network.batches = []
    for _ in range(5):
        client.post("/predict", content=png(), headers=PNG)
    assert network.batches == [1] * 5


def test_a_batch_never_exceeds_its_limit(serve, network, png):
    client = serve(batch=4)
    network.seconds, network.batches = 0.02, []
    files = [("f", ("a.png", png()))] * 3
    at_once(8, lambda _: labels(client.post("/predict", files=files)))
    client.post("/predict", files=files * 3)  # larger than a batch
    assert sum(network.batches) == 8 * 3 + 9
    assert max(network.batches) <= 4


def test_when_too_much_waits_clients_are_told_to_come_back(serve, network, png):
    network.seconds = 0.3
    client = serve(waiting=8, images=8)
    responses = at_once(32, lambda _: client.post("/predict", content=png(), headers=PNG))
    statuses = [response.status_code for response in responses]
    assert set(statuses) == {200, 503}
    assert statuses.count(200) >= 8
    turned_away = next(response for response in responses if response.status_code == 503)
    refused(turned_away, 503, "inputs are waiting already")
    assert turned_away.headers["Retry-After"] == "1"
    network.seconds = 0
    assert labels(client.post("/predict", content=png(), headers=PNG)) == ["bright"]  # nothing is left behind


def test_large_bodies_at_once_do_not_fill_the_memory(serve):
    client = serve(body_bytes=1_000_000, bytes_in_flight=1_500_000, seconds=5)
    with socket.create_connection((client.base_url.host, client.base_url.port), 5) as slow:
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 900000\r\n\r\n"
        slow.sendall(head + bytes(800_000))
        deadline = time.monotonic() + 5
        while "saccade_body_bytes 800000" not in client.get("/metrics").text and time.monotonic() < deadline:
            time.sleep(0.02)
        refused(client.post("/predict", content=bytes(900_000), headers=PNG), 503, "Too many large requests")
    while "saccade_body_bytes 0.0" not in client.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_network_that_fails_is_our_fault_and_the_next_request_is_answered(serve, network, png):
    client = serve()
    network.error = RuntimeError("secret inside")
    failed = client.post("/predict", content=png(), headers=PNG)
    refused(failed, 500, "fault of the service")
    assert "secret" not in failed.text
    network.error = None
    assert labels(client.post("/predict", content=png(), headers=PNG)) == ["bright"]


# Token


def test_without_the_token_nothing_is_answered(serve, png):
    client = serve(token="correct-horse")
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "correct-horse"}):
        for address in ("/predict", INFER):
            response = client.post(address, content=png(), headers={**PNG, **given})
            refused(response, 401, "Send the token")
            assert response.headers["WWW-Authenticate"] == "Bearer"
        refused(client.get("/metrics", headers=given), 401, "Send the token")
        refused(client.get("/nowhere", headers=given), 401, "Send the token")
    for scheme in ("Bearer", "bearer"):
        right = {"Authorization": f"{scheme} correct-horse"}
        assert labels(client.post("/predict", content=png(), headers={**PNG, **right})) == ["bright"]
    for address in ("/healthz", "/readyz", "/v2/health/live", "/v2/health/ready", "/", "/docs", "/openapi.json"):
        assert client.get(address).status_code == 200


def test_the_token_is_compared_in_constant_time(serve, monkeypatch):
    compared = []
    monkeypatch.setattr("hmac.compare_digest", lambda *texts: compared.append(texts))
    assert serve(token="correct-horse").get("/metrics").status_code == 401
    assert compared == [(b"", b"correct-horse")]


# Open Inference Protocol


def test_tensors_are_answered_as_the_protocol_says(serve):
    client = serve()
    assert client.get("/v2").json()["name"] == "saccade"
    about = client.get("/v2/models/photos").json()
    (taken,) = about["inputs"]
    assert (taken["name"], taken["datatype"], taken["shape"]) == ("pixels", "UINT8", [-1, 8, 8, 1])
    assert taken["parameters"] == {"meaning": "images, grey, 0 to 255"}
    (given,) = about["outputs"]
    assert (given["name"], given["datatype"], given["shape"]) == ("probabilities", "FP32", [-1, 2])
    images = np.stack([np.full((8, 8, 1), level) for level in (255, 0, 51)])
    answer = client.post(INFER, json=tensor(images, id="7")).json()
    assert (answer["model_name"], answer["id"]) == ("photos", "7")
    (output,) = answer["outputs"]
    assert output["shape"] == [3, 2]
    assert output["data"] == pytest.approx([1, 0, 0, 1, 0.2, 0.8])
    flat = tensor(images)
    flat["inputs"][0]["data"] = images.reshape(-1).tolist()
    assert client.post(INFER, json=flat).json()["outputs"] == [output]


def changed(**changes):
    content = tensor(np.zeros((1, 8, 8, 1)))
    content["inputs"][0].update(changes)
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "one input"),
        ({"inputs": []}, "one input"),
        ({"inputs": [1]}, "one input"),
        (changed(name="x"), "called 'pixels'"),
        (changed(datatype="FP32"), "UINT8"),
        (changed(shape=[1, 8, 8]), "[n, 8, 8, 1]"),
        (changed(shape=[0, 8, 8, 1], data=[]), "n at least 1"),
        (changed(shape=[True, 8, 8, 1]), "[n, 8, 8, 1]"),
        (changed(shape="1881"), "[n, 8, 8, 1]"),
        (changed(data=[1, 2]), "64 whole numbers"),
        (changed(data=[256] * 64), "64 whole numbers"),
        (changed(data=[-1] * 64), "64 whole numbers"),
        (changed(data=[10**30] * 64), "64 whole numbers"),
        (changed(data=[0.5] * 64), "64 whole numbers"),
        (changed(data=["a"] * 64), "64 whole numbers"),
        (changed(data=[float("nan")] * 64), "64 whole numbers"),
        (changed(data=[float("inf")] * 64), "64 whole numbers"),
        (changed(data=[1e39] * 64), "64 whole numbers"),
        (changed(parameters={"binary_data_size": [[[]]]}), "64 bytes after the JSON"),
        (changed(data=[[1], [1, 2]]), "64 whole numbers"),
        (changed(data=None), "64 whole numbers"),
        (changed(parameters={"binary_data_size": 64}), "64 bytes after the JSON"),
        (tensor(np.zeros((1, 8, 8, 1)), outputs=[{"name": "x"}]), "one output"),
        (tensor(np.zeros((1, 8, 8, 1)), outputs=3), "list of objects"),
        (tensor(np.zeros((1, 8, 8, 1)), parameters=3), "parameters"),
        (tensor(np.zeros((1, 8, 8, 1)), id=3), "id"),
    ],
)
def test_another_tensor_than_the_networks_is_refused(serve, content, message):
    # not by httpx, which writes no NaN
    refused(serve().post(INFER, content=json.dumps(content), headers=JSON), 422, message)


@pytest.mark.parametrize("length", ["x", "-1", "999999", "9" * 50, "²"])
def test_a_wrong_length_of_the_json_is_refused(serve, length):
    header = {"Inference-Header-Content-Length": length.encode()}
    refused(serve().post(INFER, content=json.dumps(changed()), headers=header), 400, "number of bytes")


def test_another_model_is_not_here(serve):
    client = serve()
    for address in ("/v2/models/x", "/v2/models/x/ready", "/v2/models/x/versions/1", "/v2/models/x/versions/1/ready"):
        refused(client.get(address), 404, "Its name is 'photos'")
    refused(client.post("/v2/models/x/infer", json={}), 404, "Its name is 'photos'")
    refused(client.post("/v2/models/x/versions/1/infer", json={}), 404, "Its name is 'photos'")


@pytest.mark.parametrize("end", ["", "/ready", "/infer"])
def test_the_only_version_may_be_named_and_no_other(serve, end):
    client = serve()
    asked = {"json": tensor(np.zeros((1, 8, 8, 1)))} if end == "/infer" else {}
    method = "POST" if end == "/infer" else "GET"
    unversioned = client.request(method, f"/v2/models/photos{end}", **asked)
    named = client.request(method, f"/v2/models/photos/versions/1{end}", **asked)
    assert (named.status_code, named.json()) == (200, unversioned.json())
    for version in ("2", "01", "-1", "latest", "%00", "1.0"):
        other = client.request(method, f"/v2/models/photos/versions/{version}{end}", **asked)
        refused(other, 404, "Its version is '1'")


@pytest.mark.parametrize("place", ["id", "name", "text"])
@pytest.mark.parametrize("half", [rb"\ud800", rb"\uD83D x", rb"\udc00\ud800", "\ud800".encode(errors="surrogatepass")])
def test_half_a_character_is_no_json(serve, place, half):
    content = json.dumps(tensor(np.zeros((1, 8, 8, 1)), id="?", text="?")).encode()
    before = b'"pixels"' if place == "name" else b'"%b": "?"' % place.encode()
    changed = content.replace(before, before.replace(b"pixels" if place == "name" else b"?", half))
    assert changed != content
    refused(serve().post(INFER, content=changed, headers=JSON), 400, "no JSON: ")


def test_an_emoji_written_as_two_halves_comes_back(serve):
    content = json.dumps(tensor(np.zeros((1, 8, 8, 1)), id="😀")).encode()
    assert rb"\ud83d\ude00" in content
    assert serve().post(INFER, content=content).json()["id"] == "😀"


def test_an_answer_that_is_no_number_is_not_given(serve, network, png):
    client = serve()
    network.scale = np.nan
    said = "no finite answer to input 1"
    refused(client.post("/predict", content=png(), headers=PNG), 422, said)
    for is_binary in (False, True):
        asked = tensor(np.zeros((1, 8, 8, 1)), parameters={"binary_data_output": is_binary})
        refused(client.post(INFER, json=asked), 422, said)


@pytest.mark.parametrize("is_binary", [True, False])
def test_the_client_of_triton_understands_it(serve, is_binary):
    triton = pytest.importorskip("tritonclient.http")
    refusal = pytest.importorskip("tritonclient.utils").InferenceServerException
    url = serve().base_url
    client = triton.InferenceServerClient(f"{url.host}:{url.port}")
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("photos")
    assert client.is_model_ready("photos", "1")
    assert not client.is_model_ready("photos", "2")
    assert not client.is_model_ready("x")
    assert client.get_model_metadata("photos")["platform"] == "saccade_onnx"
    pixels = triton.InferInput("pixels", [2, 8, 8, 1], "UINT8")
    pixels.set_data_from_numpy(np.stack([np.full((8, 8, 1), 255), np.zeros((8, 8, 1))]).astype(np.uint8), is_binary)
    wanted = triton.InferRequestedOutput("probabilities", binary_data=is_binary)
    for outputs in ([wanted], None):
        for version in ("", "1"):
            answer = client.infer("photos", [pixels], version, outputs=outputs, request_id="9")
            assert answer.get_response()["id"] == "9"
            assert np.array_equal(answer.as_numpy("probabilities"), [[1, 0], [0, 1]])
    with pytest.raises(refusal, match="Its version is '1'"):
        client.infer("photos", [pixels], "2")
    client.close()


# The rest


def test_it_is_healthy_and_ready(serve):
    client = serve()
    assert client.get("/healthz").json() == {"live": True}
    assert client.get("/readyz").json() == {"ready": True}


def test_prometheus_finds_what_was_done(serve, png):
    client = serve(alone=True)
    client.post("/predict", files=[("f", ("a.png", png(255)))] * 2 + [("f", ("b.png", png(0)))])
    client.post("/predict", content=b"no", headers=PNG)
    client.get("/wp-login.php")
    client.get("/.env")
    measures = client.get("/metrics").text
    for line in (
        'saccade_requests_total{path="/predict",status="200"} 1.0',
        'saccade_requests_total{path="/predict",status="422"} 1.0',
        'saccade_requests_total{path="other",status="404"} 2.0',
        'saccade_answers_total{class="bright"} 2.0',
        "saccade_batch_images_sum 3.0",
        "saccade_waiting_images 0.0",
    ):
        assert line in measures.splitlines()
    assert "wp-login" not in measures


def test_other_methods_and_addresses_are_refused_as_json(serve):
    client = serve()
    refused(client.get("/predict"), 405, "Method Not Allowed")
    refused(client.get("/nowhere"), 404, "/docs")


def test_a_client_that_goes_away_leaves_nothing_behind(serve, network, png):
    client = serve()
    network.seconds = 0.5
    with pytest.raises(httpx.ReadTimeout):
        client.post("/predict", content=png(), headers=PNG, timeout=0.1)
    network.seconds = 0
    assert labels(client.post("/predict", content=png(), headers=PNG)) == ["bright"]
    assert "saccade_waiting_images 0.0" in client.get("/metrics").text


def test_the_description_has_every_address(serve):
    client = serve()
    described = client.get("/openapi.json").json()["paths"]
    assert {"/predict", "/healthz", "/readyz", "/metrics", "/v2", INFER} <= set(described)
    page = client.get("/docs")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for address in described:
        assert address in page.text


def test_on_its_page_only_the_scripts_of_the_page_run(serve):
    page = serve().get("/")
    scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    allowed = re.search(r"script-src ([^;]*);", page.headers["Content-Security-Policy"])[1].split()
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(scripts) >= 2 and allowed == [f"'sha256-{digest}'" for digest in digests]
