"""What is asked of a run is answered about photos that take, decoded, ten times what a limit leaves of memory.

Training within such a limit is in tests/training/test_streaming.py.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux"),
]

SCRIPT = Path(__file__).with_name("limited_command.py")
SIDE, LEFT = 512, 256 * 2**20
FEW, MANY = 60, 10 * LEFT // (3 * SIDE**2) + 1
RECIPE = """
model:
  name: convnet
  layers: [{max_pool: 32}, {conv: 4, kernel_size: 3}, flatten]
augment: {flip: none, rotate: 0, colour: 0}
batch_size: 8
learning_rate: 0.01
steps: 60
class_weights: none
"""


def draw(folder, count):
    """Write photos of two classes, which differ in where they are bright."""
    random = np.random.default_rng(count)
    for number in range(count):
        kind = number % 2
        coarse = random.integers(0, 100, (4, 4, 3), np.uint8)
        coarse[:, 2 * kind : 2 * kind + 2] += 100
        path = folder / ("left", "right")[kind] / f"{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BILINEAR).save(path)


def limited(place, *words, left=LEFT):
    """Run a command on the few photos, then within the limit on the many, and return what it prints of these."""
    script = [sys.executable, SCRIPT, left]
    few, many = ([str(word).format("few") for word in words], [str(word).format("many") for word in words])
    command = shlex.join(map(str, [*script, *few, "--and-then", *many]))
    environment = {name: value for name, value in os.environ.items() if name != "SACCADE_ONNX_AFTER_TRAINING"}
    environment |= {"SACCADE_CACHE": str(place / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    # a thread's stack counts against the limit whole, though little of it is used
    command = f"ulimit -s 2048; exec {command}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, cwd=place, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "limited\n" in done.stderr
    return done.stdout.rpartition("much:\n")[2]


def test_evaluation_report_and_prediction_work_within_a_tenth_of_the_data(tmp_path):
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    for name, count in (("few", FEW), ("many", MANY)):
        draw(tmp_path / name, count)
    words = ["train", "recipe.yaml", "data={}", f"image_size={SIDE}", "--run", "run-{}", "--quiet"]
    limited(tmp_path, *words, left=100 * LEFT)
    evaluation = json.loads(limited(tmp_path, "evaluate", "run-{}", "--json"))
    assert evaluation["metrics"]["accuracy"]["value"] > 0.9
    limited(tmp_path, "report", "run-{}")
    assert 10_000 < (tmp_path / "run-many" / "report.html").stat().st_size < 5_000_000
    draw(tmp_path / "other-few", FEW + 2)
    (tmp_path / "other-many").symlink_to(tmp_path / "many")
    evaluation = json.loads(limited(tmp_path, "evaluate", "run-few", "--data", "other-{}", "--json"))
    assert evaluation["split"] == "other"
    assert evaluation["images"] == MANY
    assert evaluation["other_data"]["seen"]["train"] < MANY  # near-duplicates of its own images were looked for
    answers = [json.loads(line) for line in limited(tmp_path, "predict", "run-{}", "{}", "--json").splitlines()]
    assert len(answers) == MANY
    assert np.mean([answer["class"] == Path(answer["file"]).parent.name for answer in answers]) > 0.9
