"""Files with their parity, a service that outlives the studio, and snippets that really work."""

import ast
import html
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from saccade.serving.example import Example
from saccade.studio.screens.ship import browser_runtime, snippets

pytestmark = pytest.mark.heavy


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(np.full((8, 8), 200, np.uint8)).save(tmp_path / "photo.jpg")
    return tmp_path


def test_the_table_says_how_the_file_answers(studio):
    page = studio.get("/runs/first/ship").text
    record = studio.run("first").parity["model.onnx"]
    assert f"{record['parity']['largest_difference']:.1g} (0.0001 allowed)" in page
    assert f"100.0% of {record['parity']['images']} validation images" in page


def test_a_file_is_downloaded_as_it_is(studio):
    answer = studio.get("/runs/first/export/model.onnx")
    assert answer.content == (studio.run("first").path / "export" / "model.onnx").read_bytes()
    assert "first-model.onnx" in answer.headers["content-disposition"]


@pytest.mark.parametrize("name", ["parity.json", "..%2frun.json", "nothing.onnx"])
def test_nothing_else_is_downloaded(studio, name):
    assert studio.client.get(f"/runs/first/export/{name}").status_code in {404, 422}


def test_a_format_that_there_is_not_is_refused(studio):
    assert "Did you mean" in studio.post("/runs/first/export", {"to": "onx"}, 422).text
    assert not studio.context.jobs.all()


@pytest.mark.slow
def test_an_export_is_made_beside_the_studio(studio):
    studio.post("/runs/second/export", {"to": "onnx", "precision": "float32"})
    page = studio.when_made("/runs/second/ship")
    assert "model.onnx" in page and "validation images" in page
    assert not studio.context.jobs.all(kind="export")


def test_a_file_of_an_older_network_is_called_so(studio):
    run = studio.run("first")
    shutil.copy(studio.run("second").model_path, run.model_path)
    assert "of an older network" in studio.get("/runs/first/ship").text


def snippet(page, title):
    found = re.search(rf'aria-label="{title}"><code>(.*?)</code>', page, re.DOTALL)
    return html.unescape(found[1])


def started(studio):
    studio.post("/runs/first/serve")
    for _ in range(600):
        page = studio.get("/runs/first/ship").text
        if found := re.search(r'It answers at <a href="(http://127[^"]+)"', page):
            return page, found[1]
        time.sleep(0.1)
    raise AssertionError(page)


@pytest.mark.slow
def test_a_service_is_started_asked_by_every_snippet_found_again_and_stopped(studio, open_studio, photo):
    page, address = started(studio)
    shell = subprocess.run(snippet(page, "Shell"), shell=True, cwd=photo, capture_output=True, text=True, check=True)
    (first,) = json.loads(shell.stdout)["predictions"]
    program = subprocess.run(
        [sys.executable, "-c", snippet(page, "Python")], cwd=photo, capture_output=True, text=True, check=True
    )
    (second,) = ast.literal_eval(program.stdout)["predictions"]
    assert second["class"] == first["class"] and address in snippet(page, "Python")
    if shutil.which("node"):
        (photo / "ask.mjs").write_text(snippet(page, "JavaScript"), encoding="utf-8")
        node = subprocess.run(["node", "ask.mjs"], cwd=photo, capture_output=True, text=True, check=True)
        assert (first["class"] or "null") in node.stdout  # null: none of its classes
    with open_studio(studio.workspace) as again:
        assert address in again.get("/runs/first/ship").text
        again.post("/runs/first/serve/stop")
        for _ in range(300):
            if "Start a service" in again.get("/runs/first/ship").text:
                break
            time.sleep(0.1)
        else:
            raise AssertionError("it did not stop")
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(snippet(page, "Shell"), shell=True, cwd=photo, capture_output=True, check=True)


def test_snippets_without_a_file_hold_the_body_itself():
    example = Example("application/json", text='{"ratings": {"It\'s": 5}}')
    line = snippets.curl(example, "http://127.0.0.1:1/predict")
    words = shlex.split(line)
    assert words[words.index("--data-binary") + 1] == example.text
    compile(snippets.python(example, "http://127.0.0.1:1/predict"), "snippet", "exec")


def test_held_out_inputs_and_answers_are_given_to_the_page_that_runs_the_file_itself(studio):
    told = studio.get("/runs/first/browser/answered").json()
    assert told["shape"] == [16, 8, 8, 1] and len(told["values"]) == 16 * 64 and told["type"] == "uint8"
    (probabilities,) = (each for name, each in told["outputs"].items() if name == "probabilities")
    assert probabilities["shape"] == [16, 10]


def test_only_that_page_may_run_webassembly(studio):
    assert "wasm-unsafe-eval" in studio.get("/runs/first/browser").headers["content-security-policy"]
    assert "wasm-unsafe-eval" not in studio.get("/runs/first/ship").headers["content-security-policy"]


def test_without_npm_it_says_how_the_runtime_comes(studio, monkeypatch):
    monkeypatch.setattr(browser_runtime, "is_there", lambda: False)
    monkeypatch.setattr(browser_runtime.shutil, "which", lambda name: None)
    assert "Bring it by npm" in studio.get("/runs/first/browser").text
    assert "npm is not installed" in studio.post("/runs/first/browser", status=422).text
    assert studio.get("/browser-runtime/ort.wasm.min.mjs", 404)


def test_what_npm_brings_must_be_what_it_should_be(monkeypatch, tmp_path):
    import tarfile

    def pack(place):
        with tarfile.open(f"{place}/onnxruntime-web.tgz", "w:gz") as archive:
            for name in browser_runtime.FILES:
                entry = tarfile.TarInfo(f"package/dist/{name}")
                entry.size = 4
                archive.addfile(entry, io.BytesIO(b"evil"))

    monkeypatch.setattr(browser_runtime, "_pack", pack)
    monkeypatch.setattr(browser_runtime, "folder", lambda: tmp_path / "runtime")
    monkeypatch.setattr(browser_runtime.shutil, "which", lambda name: name)
    with pytest.raises(browser_runtime.DownloadError, match="is not that of onnxruntime-web"):
        browser_runtime.bring()
    assert not browser_runtime.is_there()
