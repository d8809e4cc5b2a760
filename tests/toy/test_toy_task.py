"""The third law: a task of another package needs no change of ours, from training to the service."""

import json
from pathlib import Path

import pytest
from PIL import Image

import saccade
from saccade.cli import run as command_line
from saccade.core import registry
from saccade.core.run import Run

pytestmark = pytest.mark.heavy

PACKAGES = Path(__file__).parent


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """Put the package where an installed one lies: its folder has the module and its metadata."""
    monkeypatch.syspath_prepend(str(PACKAGES))
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two evaluated runs of the toy task."""
    folder = tmp_path_factory.mktemp("toy")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PACKAGES))
        registry._installed.cache_clear()
        for seed in (0, 1):
            words = ["task=brightness", "model=one_number", f"seed={seed}", "learning_rate=0.05", "epochs=8"]
            arguments = ["train", "digits", *words, "--runs", str(folder), "--name", "toy", "--evaluate", "-q"]
            assert command_line(arguments) == 0
    return folder / "toy-1", folder / "toy-2"


def said(capsys, *words):
    assert command_line([*map(str, words)]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_it_is_listed_with_its_network(capsys):
    assert "Say how bright an image is." in said(capsys, "list", "tasks")
    assert "one_number" in said(capsys, "list", "models")


def test_its_settings_are_in_the_help(capsys):
    shown = said(capsys, "train", "--task", "brightness", "--help")
    assert "--image-size" in shown
    assert "--threshold" not in shown


def test_it_is_described_and_checked_before_training(capsys, tmp_path):
    shown = said(capsys, "train", "digits", "task=brightness", "model=one_number", "steps=2", "--run", tmp_path / "run")
    assert "1,797 images, as bright as they are" in shown
    assert "Finished" in shown or "Best" in shown


def test_it_learns(trained, capsys):
    assert Run(trained[0]).evaluation["error"] < 0.02
    assert "off by" in said(capsys, "evaluate", trained[0], "--split", "validation")


def test_it_predicts_from_the_run_and_from_an_exported_file(trained, capsys, tmp_path):
    pytest.importorskip("tf2onnx")
    Image.new("L", (8, 8), 128).save(tmp_path / "grey.png")
    by_run = said(capsys, "predict", trained[0], tmp_path / "grey.png")
    assert float(by_run.split()[0]) == pytest.approx(0.5, abs=0.2)
    exported = json.loads(said(capsys, "export", trained[0], "--json"))
    assert exported["parity"]["agreement"] == 1
    assert said(capsys, "predict", exported["path"], tmp_path / "grey.png") == by_run


def test_it_is_compared_reported_inspected_and_loaded_in_python(trained, capsys):
    assert "is better" in said(capsys, "compare", *trained)
    said(capsys, "report", trained[0])
    assert "is off by" in (trained[0] / "report.html").read_text()
    assert "layers" in said(capsys, "inspect", trained[0])
    assert saccade.load(trained[0]).summary()[-1].name == "number"


def test_what_it_has_no_way_for_is_said_in_a_sentence(trained, capsys):
    assert command_line(["threshold", str(trained[0])]) == 2
    assert "brightness of images has no way yet" in capsys.readouterr().err
    assert command_line(["predict", str(trained[0]), "x.png", "--abstain", "1%"]) == 2
    assert "--abstain is not for" in capsys.readouterr().err


def test_it_answers_over_http(trained):
    testclient = pytest.importorskip("starlette.testclient")
    from saccade.inference import open_run
    from saccade.serving import make_app

    with testclient.TestClient(make_app(open_run(Run(trained[0]))), base_url="http://127.0.0.1") as client:
        ones = {"name": "pixels", "shape": [1, 8, 8, 1], "datatype": "UINT8", "data": [255] * 64}
        answer = client.post("/v2/models/model/infer", json={"inputs": [ones]}).json()
        assert answer["outputs"][0]["name"] == "brightness"
        assert answer["outputs"][0]["data"][0] > 0.5
