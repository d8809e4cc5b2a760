import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from saccade.backend import keras
from saccade.run import Run
from saccade.training import resume, train


def kill_after(looks, folder):
    script = Path(__file__).with_name("killed_training.py")
    return subprocess.run([sys.executable, str(script), str(folder), str(looks)], check=False).returncode


def test_after_kill_9_in_two_processes_the_weights_are_those_of_an_unbroken_run(recipe, dataset, tmp_path):
    assert kill_after(8, tmp_path / "killed") == -signal.SIGKILL
    assert kill_after(6, tmp_path / "killed") == -signal.SIGKILL
    assert Run(tmp_path / "killed").manifest["status"] == "running"
    resumed, whole = resume(Run(tmp_path / "killed"), dataset), train(recipe, dataset, folder=tmp_path / "whole")
    for path in ("model_path", "last_model_path"):
        first, second = (keras.models.load_model(getattr(run, path)).get_weights() for run in (resumed, whole))
        assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
