"""The command in a process of its own: starting, stopping, and what hostile clients do to its memory."""

import contextlib
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest
from PIL import Image

pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")
pytest.importorskip("uvicorn")

from saccade.cli import run as saccade  # noqa: E402
from saccade.core.model_metadata import ModelMetadata, as_texts  # noqa: E402
from saccade.modalities.images.intake import Intake  # noqa: E402
from saccade.tasks.classification.predictor import signature  # noqa: E402

pytestmark = pytest.mark.heavy

PNG = {"Content-Type": "image/png"}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """An .onnx file of ours, made without Keras: it says how bright an image of 8×8 is."""
    from onnx import TensorProto, helper

    text = {"task": "classification", "precision": "float32", "network_hash": "", "data_hash": "", "licence": ""}
    classes, intake = ("bright", "dark"), Intake((8, 8, 1), "pad")
    about = ModelMetadata(
        name="x",
        modality="images",
        recipe="",
        made_by="",
        signature=signature(intake, classes),
        texts=as_texts({"classes": classes, **intake.to_dict()}),
        **text,
    )
    nodes = [
        helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Div", ["mean", "white"], ["bright"]),
        helper.make_node("Sub", ["one", "bright"], ["dark"]),
        helper.make_node("Concat", ["bright", "dark"], ["probabilities"], axis=1),
    ]
    constants = [
        helper.make_tensor(name, TensorProto.FLOAT, [1], [value]) for name, value in (("white", 255), ("one", 1))
    ]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", 8, 8, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 2])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, about.to_texts())
    path = tmp_path_factory.mktemp("serving") / "lights.onnx"
    onnx.save(model, path)
    return path


class Served:
    """A running `saccade serve`, and its log."""

    def __init__(self, file, *options, before=(), **environment):
        command = [*before, sys.executable, "-m", "saccade", "serve", str(file), "--port", "0", *options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()
        deadline = time.monotonic() + 60
        while not self.events("Application startup complete."):
            assert self.process.poll() is None, "".join(self.log)
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.client = httpx.Client(base_url=self.events("listening")[0]["address"], timeout=30, verify=False)

    def workers(self):
        """Return the processes that answer: itself, or those that it started for it."""
        started = psutil.Process(self.process.pid).children()
        return [child for child in started if "spawn_main" in " ".join(child.cmdline())] or [
            psutil.Process(self.process.pid)
        ]

    def memory(self):
        return sum(worker.memory_info().rss for worker in self.workers())

    def events(self, name):
        found = [json.loads(line) for line in self.log if line.startswith("{")]
        return [event for event in found if event["event"] == name]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.client.close()
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()


def png(level=255, size=(20, 20)):
    content = io.BytesIO()
    Image.new("L", size, level).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_and_is_done_well(file, number):
    with Served(file) as served:
        assert served.client.post("/predict", content=png(), headers=PNG).json()["model"] == "lights"
        served.process.send_signal(number)
        assert served.process.wait(20) == 0
        served.reader.join()
        assert served.events("stopped")
        assert not any("Traceback" in line for line in served.log)


@pytest.mark.slow
def test_what_is_in_flight_is_answered_before_it_stops(file):
    with Served(file) as served:
        sent, started = threading.Event(), threading.Event()

        def slowly():
            yield png()[:20]
            started.set()
            sent.wait(10)
            yield png()[20:]

        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(served.client.post("/predict", content=slowly(), headers=PNG))
        )
        asking.start()
        started.wait(10)
        time.sleep(0.3)  # the head has arrived
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert served.process.poll() is None
        sent.set()
        asking.join(20)
        assert answers[0].json()["predictions"][0]["class"] == "bright"
        assert served.process.wait(20) == 0


def eventually(happens, seconds=20):
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_what_it_counted_stays(file):
    with Served(file, "--workers", "2") as served:
        eventually(lambda: len(served.events("Application startup complete.")) == 2)
        assert served.events("listening")[0]["workers"] == 2
        with contextlib.ExitStack() as stack:
            # a connection stays with its worker
            clients = [
                stack.enter_context(httpx.Client(base_url=served.client.base_url, verify=False)) for _ in range(20)
            ]
            for client in clients:
                assert client.post("/predict", content=png(), headers=PNG).status_code == 200
            for client in clients:
                measures = client.get("/metrics").text.splitlines()
                assert 'saccade_answers_total{class="bright"} 20.0' in measures
                assert "saccade_waiting_images 0.0" in measures
        killed = served.workers()[0].pid
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: len(served.events("Application startup complete.")) == 3)
        assert killed not in [worker.pid for worker in served.workers()]
        measures = httpx.get(f"{served.client.base_url}/metrics", verify=False).text
        assert 'saccade_answers_total{class="bright"} 20.0' in measures.splitlines()


@pytest.fixture
def hearing_hang_ups():
    """Let children hear that the terminal is closed, under nohup too: they inherit what is ignored, but no handler."""
    before = signal.signal(signal.SIGHUP, lambda *_: None)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hearing_hang_ups")
def test_workers_end_when_the_terminal_is_closed(file):
    with Served(file, "--workers", "2") as served:
        eventually(lambda: len(served.events("Application startup complete.")) == 2)
        workers = served.workers()
        for process in (*workers, served.process):
            process.send_signal(signal.SIGHUP)
        assert served.process.wait(20) == 0
        assert not any(worker.is_running() for worker in workers)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_service_under_nohup_outlives_its_terminal(file, workers):
    with Served(file, "--workers", workers, before=["nohup"]) as served:
        for process in {*served.workers(), psutil.Process(served.process.pid)}:
            process.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert served.client.post("/predict", content=png(), headers=PNG).status_code == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_can_be_stopped_as_soon_as_it_says_where_it_listens(file, workers):
    command = [sys.executable, "-m", "saccade", "serve", str(file), "--port", "0", "--workers", workers]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert json.loads(process.stderr.readline())["event"] == "listening"
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
        assert process.wait(20) == 0
    assert '"stopped"' in said


@pytest.mark.slow
def test_nobody_can_connect_while_the_last_requests_are_answered(file):
    with Served(file, "--workers", "2") as served:
        eventually(lambda: len(served.events("Application startup complete.")) == 2)
        with socket.create_connection((served.client.base_url.host, served.client.base_url.port)) as slow:
            slow.sendall(
                b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n"
                % len(png())
            )
            time.sleep(0.3)  # the head has arrived
            served.process.send_signal(signal.SIGTERM)
            eventually(lambda: len(served.events("Shutting down")) == 2)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{served.client.base_url}/healthz", timeout=5, verify=False)
            slow.sendall(png())
            assert slow.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert served.process.wait(20) == 0


@pytest.mark.slow
def test_a_file_that_has_gone_does_not_end_those_who_have_read_it(file, tmp_path):
    copy = shutil.copy(file, tmp_path / "copy.onnx")
    with Served(copy, "--workers", "2") as served:
        eventually(lambda: len(served.events("Application startup complete.")) == 2)
        copy.rename(tmp_path / "away.onnx")
        served.workers()[0].kill()
        eventually(lambda: served.events("worker cannot start"))
        assert (
            httpx.post(f"{served.client.base_url}/predict", content=png(), headers=PNG, verify=False).status_code == 200
        )
        (tmp_path / "away.onnx").rename(copy)
        eventually(lambda: len(served.events("Application startup complete.")) == 3)


@pytest.mark.slow
def test_workers_end_with_the_process_that_started_them(file):
    with Served(file, "--workers", "2") as served:
        eventually(lambda: len(served.events("Application startup complete.")) == 2)
        workers = served.workers()
        assert len(workers) == 2
        folder = Path(workers[0].environ()["PROMETHEUS_MULTIPROC_DIR"])
        assert folder.is_dir()
        served.process.kill()
        psutil.wait_procs(workers, 20)
        assert not any(worker.is_running() for worker in workers)
        assert not folder.exists()


NO_APP = """
from saccade.serving import serve

def make():
    raise RuntimeError("the network has gone")

if __name__ == "__main__":
    serve(make, port=0, workers=2)
"""


def test_a_script_without_its_main_guard_does_not_start_workers_for_ever(tmp_path):
    (tmp_path / "service.py").write_text(NO_APP.replace('if __name__ == "__main__":', "if True:"))
    command = [sys.executable, str(tmp_path / "service.py")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert "ServingError: A worker could not start" in done.stderr
    assert "freeze_support" in done.stderr  # Python's own advice


def test_workers_that_cannot_start_end_the_service(tmp_path):
    (tmp_path / "service.py").write_text(NO_APP)
    command = [sys.executable, str(tmp_path / "service.py")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "ServingError: A worker could not start" in done.stderr
    said = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert "the network has gone" in next(line for line in said if line["event"] == "worker cannot start")["traceback"]


@pytest.mark.slow
def test_the_log_has_a_json_object_a_line_that_no_client_can_forge(file):
    with Served(file) as served:
        served.client.post("/predict", content=png(), headers=PNG)
        served.client.get("/%0a%7B%22event%22:%22forged%22%7D")
        served.process.send_signal(signal.SIGTERM)
        served.process.wait(20)
        served.reader.join()
        assert all(json.loads(line)["level"] == "info" for line in served.log)
        first, second = served.events("request")
        assert (first["method"], first["path"], first["status"], first["images"]) == ("POST", "/predict", 200, 1)
        assert first["milliseconds"] > 0
        assert second["path"].startswith("/\n{")


def test_a_file_is_served_without_keras_and_tensorflow(file):
    with Served(file) as served:
        served.client.post("/predict", content=png(), headers=PNG)
        loaded = {Path(entry.path).name for worker in served.workers() for entry in worker.memory_maps()}
        assert any("onnxruntime" in name for name in loaded)
        assert not [name for name in loaded if "tensorflow" in name or "jaxlib" in name]


@pytest.mark.slow
def test_a_run_without_an_exported_file_is_served_by_keras(tmp_path, capfd):
    settings = ["epochs=1", "model=dense", "--run", str(tmp_path / "run"), "--quiet"]
    assert saccade(["train", "digits", *settings]) == 0
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)).save(tmp_path / "a.png")
    capfd.readouterr()
    assert saccade(["predict", str(tmp_path / "run"), str(tmp_path / "a.png"), "--json"]) == 0
    expected = json.loads(capfd.readouterr().out)
    with Served(tmp_path / "run") as served:
        assert served.client.get("/v2/models/run").json()["platform"] == "saccade_keras"
        content = [("file", ("a.png", (tmp_path / "a.png").read_bytes()))] * 3  # a batch that is no power of two
        answers = served.client.post("/predict", files=content).json()["predictions"]
        alone = served.client.post("/predict", content=(tmp_path / "a.png").read_bytes(), headers=PNG).json()
    for answer in (*answers, *alone["predictions"]):
        assert answer["class"] == expected["class"]
        assert answer["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)


@pytest.mark.slow
def test_the_token_comes_from_a_file_or_a_variable(file, tmp_path):
    (tmp_path / "token").write_text("from-a-file\n")
    for options, environment, token in (
        (["--token-file", str(tmp_path / "token")], {}, "from-a-file"),
        ([], {"SACCADE_TOKEN": "from-a-variable"}, "from-a-variable"),
    ):
        with Served(file, *options, **environment) as served:
            assert served.client.get("/metrics").status_code == 401
            assert served.client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_what_cannot_be_served_is_said_in_a_line(file, tmp_path, capfd, monkeypatch):
    assert saccade(["serve", str(tmp_path / "no.onnx")]) == 2
    assert "saccade export RUN" in capfd.readouterr().err
    assert saccade(["serve", str(file), "--host", "192.0.2.1"]) == 2
    assert "Cannot listen at 192.0.2.1" in capfd.readouterr().err.splitlines()[-1]
    monkeypatch.setenv("SACCADE_TOKEN", "short")
    assert saccade(["serve", str(file)]) == 2
    assert "8 characters or more" in capfd.readouterr().err


def hostile_bodies(count, seed):
    """Yield (headers, body): mutated images, truncated ones, wrong types, bombs, damaged forms and JSON."""
    chance = random.Random(seed)
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    whole = {}
    for form in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"):
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, form)
        whole[form] = content.getvalue()
    bomb = bytearray(png())
    for _ in range(count):
        form, content = chance.choice(list(whole.items()))
        mutated = bytearray(content)
        for _ in range(chance.randint(1, 20)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        bomb[16:24] = chance.randbytes(8)  # width and height in the header
        yield chance.choice(
            [
                ({"Content-Type": f"image/{form.lower()}"}, bytes(mutated)),
                ({"Content-Type": f"image/{form.lower()}"}, content[: chance.randrange(len(content) // 2)]),
                ({"Content-Type": "image/png"}, bytes(bomb)),
                ({"Content-Type": "image/png"}, chance.randbytes(chance.randrange(2000))),
                (
                    {"Content-Type": chance.choice(["text/plain", "a/b", "é", "multipart/form-data", "x" * 500])},
                    content,
                ),
                ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\n" + chance.randbytes(500)),
                (
                    {"Content-Type": "multipart/form-data; boundary=b"},
                    b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + bytes(mutated),
                ),
                ({"Content-Type": "application/json"}, b"[" * chance.randrange(5000)),
                ({"Content-Type": "application/json"}, json.dumps({"images": [None, 3, "x", {}]}).encode()),
                ({"Inference-Header-Content-Length": str(chance.randrange(-5, 99))}, chance.randbytes(50)),
            ]
        )


def attack(client, bodies):
    """Send bodies and return how often each status came; a mutated image may still be one."""
    statuses = {}
    for headers, body in bodies:
        address = "/v2/models/lights/infer" if "Inference-Header-Content-Length" in headers else "/predict"
        encoded = {key: value.encode() for key, value in headers.items()}
        status = client.post(address, content=body, headers=encoded).status_code
        statuses[status] = statuses.get(status, 0) + 1
    return statuses


HOSTILE = int(os.environ.get("SACCADE_HOSTILE", "600"))
"""Bodies; SACCADE_HOSTILE=10000 is the long way."""


@pytest.mark.slow
def test_hostile_bodies_get_4xx_and_leave_neither_crash_nor_memory(file):
    with Served(file, "--megapixels", "4") as served:
        attack(served.client, hostile_bodies(max(100, HOSTILE // 10), seed=1))
        before = served.memory()
        statuses = attack(served.client, hostile_bodies(HOSTILE, seed=2))
        growth = (served.memory() - before) / 1e6
        assert set(statuses) <= {200, 400, 413, 415, 422}, statuses
        assert sum(count for status, count in statuses.items() if status != 200) > HOSTILE / 2
        assert growth < 40, f"{growth:.1f} MB"
        assert served.client.post("/predict", content=png(), headers=PNG).status_code == 200
        assert not [line for line in served.log if re.search('Traceback|"level": "(warning|error|critical)"', line)]
