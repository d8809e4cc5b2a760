"""Train in the folder given, and die by SIGKILL after so many looks at the training: run by test_killing.py."""

import os
import signal
import sys
from pathlib import Path

from conftest import small_recipe, stripes
from saccade import training
from saccade.core.backend import keras
from saccade.core.run import Run
from saccade.training import callbacks, pace


class Killer(keras.callbacks.Callback):
    def __init__(self, looks):
        super().__init__()
        self.looks = looks

    def on_train_batch_end(self, batch, logs=None):
        self.looks -= 1
        if self.looks == 0:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    folder, looks = Path(sys.argv[1]), int(sys.argv[2])
    pace.STRETCH_SECONDS, callbacks.CHECKPOINT_SECONDS = 1e-9, 0
    if folder.exists():
        training.resume(Run.open(folder), stripes(), callbacks=[Killer(looks)])
    else:
        training.train(small_recipe(), stripes(), folder=folder, callbacks=[Killer(looks)])
