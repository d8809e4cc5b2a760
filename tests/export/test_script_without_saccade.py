"""The script of the page on shipping answers with an exported file, without anything of ours."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from saccade import export
from saccade.tasks.classification.predictor import predict_arrays

pytestmark = pytest.mark.heavy

PAGE = Path(__file__).parents[2] / "docs" / "ship.md"


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (found,) = [block for block in blocks if "onnxruntime" in block]
    path = tmp_path_factory.mktemp("script") / "answer.py"
    path.write_text(found, encoding="utf-8")
    assert "saccade" not in found
    return path


def test_the_script_answers_like_the_run(script, make_run, tmp_path):
    run = make_run(temperature=2.0)
    export.export(run, to="onnx", timed=False, quiet=True)
    image = tmp_path / "new.png"
    pixels = np.random.default_rng(3).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(image)
    command = [sys.executable, str(script), str(run.exported("model.onnx")), str(image)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    (expected,) = predict_arrays(run, pixels[None])
    told = ast.literal_eval(done.stdout)
    assert list(told) == list(expected.probabilities)
    np.testing.assert_allclose(list(told.values()), list(expected.probabilities.values()), atol=2e-3)
