"""What only asks a run's network is answered by its ONNX file: neither Keras nor TensorFlow is loaded."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

from saccade.cli import train as cli_train
from saccade.export import after_training

pytestmark = [pytest.mark.heavy, pytest.mark.slow]

BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("keras", "tensorflow"):
            raise AssertionError(f"{name} was imported")

sys.meta_path.insert(0, Blocker())
import saccade.cli
sys.exit(saccade.cli.run(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The run of a training on digits, finished as usual, with its ONNX file."""
    folder = tmp_path_factory.mktemp("run") / "run"
    words = ["digits", "model=dense", "epochs=1", "--no-check", "--quiet", "--run", str(folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(after_training.SWITCH, raising=False)  # other tests do without the file
        CliRunner().invoke(cli_train.command, words, catch_exceptions=False)
    return folder


def without_keras(*words):
    """Return what a command prints where Keras cannot be imported."""
    command = [sys.executable, "-c", BLOCKED, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_evaluation_and_prediction_of_classes_need_no_keras(run, tmp_path):
    evaluation = json.loads(without_keras("evaluate", run, "--json"))
    assert evaluation["metrics"]["accuracy"]["value"] > 0.5
    image = tmp_path / "one.png"
    _draw(image)
    (answer,) = [json.loads(line) for line in without_keras("predict", run, image, "--json").splitlines()]
    assert answer["class"] in set("0123456789")


def _draw(path):
    image = Image.new("L", (28, 28))
    ImageDraw.Draw(image).line([(14, 4), (14, 24)], fill=255, width=3)
    image.save(path)
