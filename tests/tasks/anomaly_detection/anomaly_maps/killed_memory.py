"""Keep patches in the run given, and die by SIGKILL once its network is written: run by test_patch_memory_runs.py."""

import os
import signal
import sys
from pathlib import Path

from saccade import training
from saccade.core import recipe
from saccade.tasks import base
from saccade.tasks.anomaly_detection import thresholding

if __name__ == "__main__":
    settings = {"data": sys.argv[1], "image_size": 32, "model.patches": 30, "calibration": 40}
    prepared = base.prepare(recipe.read("patch-memory", **settings), quiet=True)
    thresholding.calibrate = lambda run, images: os.kill(os.getpid(), signal.SIGKILL)
    training.train(*prepared, folder=Path(sys.argv[2]))
